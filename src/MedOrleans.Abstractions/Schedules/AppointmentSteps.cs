using MedOrleans.Encounters;

namespace MedOrleans.Schedules;

/// <summary>A step of an appointment's life (R4, <c>appointmentstatus</c>).</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.AppointmentStep")]
public abstract record AppointmentStep
{
    /// <summary>Names this command: however often it is sent, it has one effect, and the first reply is given again.</summary>
    [Id(0)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();
}

/// <summary>When an appointment takes place: in slots by id, in a schedule's free slots that cover a time, or at a time that no slot stands for.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.AppointmentTime")]
public sealed record AppointmentTime
{
    /// <summary>The ids of the slots, free and without gaps; empty where the other members say when.</summary>
    [Id(0)]
    public IReadOnlyList<string> SlotIds { get; init; } = [];

    /// <summary>The id of the schedule whose free slots from <see cref="Start"/> to <see cref="End"/> are taken; null where slots are named, or the time needs none.</summary>
    [Id(1)]
    public string? ScheduleId { get; init; }

    /// <summary>When it begins; with slots, their beginning.</summary>
    [Id(2)]
    public DateTimeOffset? Start { get; init; }

    /// <summary>When it ends; with slots, their end.</summary>
    [Id(3)]
    public DateTimeOffset? End { get; init; }
}

/// <summary>Books: status <c>booked</c>, the slots <c>busy</c>. An appointment that is not there yet is made; one that is proposed, pending or on the waiting list becomes booked.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.BookAppointment")]
public sealed record BookAppointment : AppointmentStep
{
    /// <summary>When.</summary>
    [Id(0)]
    public AppointmentTime Time { get; init; } = new();

    /// <summary>The patient's id; null where <see cref="Proposed"/> or the appointment that is there names who comes.</summary>
    [Id(1)]
    public string? PatientId { get; init; }

    /// <summary>An Appointment as FHIR JSON that is booked with everything that it says; its <c>slot</c>, <c>start</c> and <c>end</c> count where <see cref="Time"/> says nothing.</summary>
    [Id(2)]
    public byte[]? Proposed { get; init; }

    /// <summary>What is to be done; null where nothing is said.</summary>
    [Id(3)]
    public CodedText? ServiceType { get; init; }

    /// <summary>The kind of appointment: a code of v2-0276.</summary>
    [Id(4)]
    public CodedText? AppointmentType { get; init; }

    /// <summary>Why.</summary>
    [Id(5)]
    public CodedText? Reason { get; init; }

    /// <summary>How it reads in a list.</summary>
    [Id(6)]
    public string? Description { get; init; }
}

/// <summary>Moves a booked appointment to another time: the slots that it had are free, the new ones busy, at one moment.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.RescheduleAppointment")]
public sealed record RescheduleAppointment : AppointmentStep
{
    /// <summary>When.</summary>
    [Id(0)]
    public AppointmentTime Time { get; init; } = new();
}

/// <summary>Cancels: status <c>cancelled</c>, the slots free.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.CancelAppointment")]
public sealed record CancelAppointment : AppointmentStep
{
    /// <summary>Why: a code of <c>appointment-cancellation-reason</c>.</summary>
    [Id(0)]
    public CodedText? Reason { get; init; }
}

/// <summary>The patient did not come: status <c>noshow</c>, the slots free. Not before the appointment begins.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.MarkNoShow")]
public sealed record MarkNoShow : AppointmentStep;

/// <summary>The patient is here: status <c>checked-in</c>, and an encounter with status <c>arrived</c> that names the appointment.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.CheckInAppointment")]
public sealed record CheckInAppointment : AppointmentStep
{
    /// <summary>The id of an encounter that was planned for it, or the id of the new one; null for a new one under the command's id.</summary>
    [Id(0)]
    public string? EncounterId { get; init; }

    /// <summary>A code of <c>v3-ActCode</c>; null for what the encounter has, or AMB.</summary>
    [Id(1)]
    public CodedText? Class { get; init; }

    /// <summary>When the patient came; null for now. Not in the future.</summary>
    [Id(2)]
    public DateTimeOffset? At { get; init; }
}
