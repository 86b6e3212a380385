namespace MedOrleans.Encounters;

/// <summary>A step of an encounter's life (R4, <c>encounter-status</c>).</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.EncounterStep")]
public abstract record EncounterStep
{
    /// <summary>Names this command: however often it is sent, it has one effect, and the first reply is given again.</summary>
    [Id(0)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();

    /// <summary>When the step took place; null for now. Not before the step that it follows, and not in the future.</summary>
    [Id(1)]
    public DateTimeOffset? At { get; init; }
}

/// <summary>A code with its system, or a text alone.</summary>
/// <param name="Code">The code; null where there is only a text.</param>
/// <param name="System">The code's system; null where it is understood.</param>
/// <param name="Display">How the code reads.</param>
/// <param name="Text">A text.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.CodedText")]
public sealed record CodedText([property: Id(0)] string? Code, [property: Id(1)] string? System = null, [property: Id(2)] string? Display = null, [property: Id(3)] string? Text = null);

/// <summary>Admits: status <c>in-progress</c>, into a bed where one is named. An encounter that is not there yet is made.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.AdmitEncounter")]
public sealed record AdmitEncounter : EncounterStep
{
    /// <summary>The patient's id, for an encounter that is not there yet.</summary>
    [Id(0)]
    public string? PatientId { get; init; }

    /// <summary>A code of <c>v3-ActCode</c>; null for what the encounter has, or IMP.</summary>
    [Id(1)]
    public CodedText? Class { get; init; }

    /// <summary>The id of the bed, room or ward; null for none.</summary>
    [Id(2)]
    public string? LocationId { get; init; }

    /// <summary>Where the patient comes from: a code of <c>admit-source</c>.</summary>
    [Id(3)]
    public CodedText? AdmitSource { get; init; }

    /// <summary>Why.</summary>
    [Id(4)]
    public CodedText? Reason { get; init; }

    /// <summary>The id of the practitioner in charge; null for none.</summary>
    [Id(5)]
    public string? AttenderId { get; init; }

    /// <summary>What an encounter that is not there yet says besides, as FHIR JSON: identifiers, type, participants. Its status, class, patient, times and places are the step's.</summary>
    [Id(6)]
    public byte[]? Proposed { get; init; }
}

/// <summary>Moves the patient to another place, or the encounter to another class, or both.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.TransferEncounter")]
public sealed record TransferEncounter : EncounterStep
{
    /// <summary>The id of the bed, room or ward; null where only the class changes.</summary>
    [Id(0)]
    public string? LocationId { get; init; }

    /// <summary>The new class; null where it stays.</summary>
    [Id(1)]
    public CodedText? Class { get; init; }
}

/// <summary>Discharges: status <c>finished</c>; the bed is left to housekeeping.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.DischargeEncounter")]
public sealed record DischargeEncounter : EncounterStep
{
    /// <summary>What becomes of the patient: a code of <c>discharge-disposition</c>.</summary>
    [Id(0)]
    public CodedText? Disposition { get; init; }
}

/// <summary>The patient goes on leave: status <c>onleave</c>; the bed stays theirs.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.LeaveEncounter")]
public sealed record LeaveEncounter : EncounterStep;

/// <summary>The patient returns from leave: status <c>in-progress</c>.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ReturnEncounter")]
public sealed record ReturnEncounter : EncounterStep;

/// <summary>The admission was an error: status <c>cancelled</c>; the bed is free again.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.CancelAdmit")]
public sealed record CancelAdmit : EncounterStep;

/// <summary>The last transfer was an error: the patient is where they were, in the class they had.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.CancelTransfer")]
public sealed record CancelTransfer : EncounterStep;

/// <summary>The discharge was an error: the encounter goes on as it was, in the same bed or another.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.CancelDischarge")]
public sealed record CancelDischarge : EncounterStep
{
    /// <summary>The id of another place, where the one before has been taken; null for that one.</summary>
    [Id(0)]
    public string? LocationId { get; init; }
}
