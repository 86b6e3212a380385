using MedOrleans.Schedules;
using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>An operation on appointments or schedules: what its definition says, and the step that a call makes.</summary>
/// <param name="Name">The name without its dollar sign.</param>
/// <param name="Type">The resource type that it is one of.</param>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">What it takes.</param>
internal sealed record BookingOperation(string Name, string Type, string Description, params OperationParameter[] Parameters) : FhirOperation(Name, Type, Description, Parameters)
{
    private static readonly OperationParameter[] s_time =
    [
        new("slot", "Reference", "A slot; several where one is not long enough. They have to be free, and follow one another.", Target: "Slot", IsList: true),
        new("schedule", "Reference", "A schedule whose free slots from start to end are taken, instead of slots that are named.", Target: "Schedule"),
        new("start", "dateTime", "When it begins: needed with a schedule, or where there is no slot."),
        new("end", "dateTime", "When it ends: needed with a schedule, or where there is no slot."),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<BookingOperation> All { get; } =
    [
        new("book", "Appointment", "Books an appointment: it is booked and its slots are busy, or neither. On an instance it books an appointment that is proposed, pending or on the waiting list.",
            [.. s_time, new("patient", "Reference", "The patient; needed where no appointment is given.", Target: "Patient"),
            new("appointment", "Appointment", "An appointment that is proposed: it is booked with all that it says, in the slots that it names unless others are given."),
            new("serviceType", "CodeableConcept", "What is to be done."), new("appointmentType", "CodeableConcept", "The kind of appointment (v2-0276)."),
            new("reason", "CodeableConcept", "Why."), new("description", "string", "How it reads in a list."), CommandId])
        {
            OnType = true, Needs = Interaction.Create | Interaction.Update, Step = static input => new BookAppointment
            {
                Time = TimeOf(input), PatientId = input.Id("patient", "Patient"), Proposed = input.Resource("appointment", "Appointment"), ServiceType = input.Code("serviceType"),
                AppointmentType = input.Code("appointmentType"), Reason = input.Code("reason"), Description = input.Text("description"), CommandId = input.CommandId(),
            },
        },
        new("reschedule", "Appointment", "Moves a pending or booked appointment to another time: at one moment the slots that it had are free and the new ones busy.", [.. s_time, CommandId])
        {
            Step = static input => new RescheduleAppointment { Time = TimeOf(input), CommandId = input.CommandId() },
        },
        new("cancel", "Appointment", "Cancels an appointment; its slots are free.", new("reason", "CodeableConcept", "Why (appointment-cancellation-reason)."), CommandId)
        {
            Step = static input => new CancelAppointment { Reason = input.Code("reason"), CommandId = input.CommandId() },
        },
        new("no-show", "Appointment", "The patient did not come, once the appointment has begun; its slots are free.", CommandId)
        {
            Step = static input => new MarkNoShow { CommandId = input.CommandId() },
        },
        new("check-in", "Appointment", "The patient is here: the appointment is checked-in, and an encounter that names it has arrived.",
            new("encounter", "Reference", "An encounter that was planned for it; a new one where it is not given.", Target: "Encounter"),
            new("class", "Coding", "A code of v3-ActCode; what the encounter has, or AMB, where it is not given."), At, CommandId)
        {
            ReturnType = "Encounter", Returns = "The encounter that it starts.", Also = [("Encounter", Interaction.Create | Interaction.Update)],
            Step = static input => new CheckInAppointment { EncounterId = input.Id("encounter", "Encounter"), Class = input.Code("class"), At = input.Time("at"), CommandId = input.CommandId() },
        },
        new("generate-slots", "Schedule", "Makes free slots by a pattern, in local time: one after another between two times of day, on some days of the week. Times at which the schedule has a slot already are left out.",
            new("from", "date", "The first day.", IsRequired: true), new("to", "date", "The last day.", IsRequired: true),
            new("start", "time", "When the first slot of a day begins.", IsRequired: true), new("end", "time", "When the last slot of a day is over at the latest; 00:00:00 is the end of the day.", IsRequired: true),
            new("minutes", "positiveInt", "The length of a slot.", IsRequired: true), new("day", "code", "A day of the week: mon, tue, wed, thu, fri, sat, sun; all where none is given.", IsList: true),
            new("timeZone", "code", "The IANA name of the time zone, Europe/Berlin; UTC where it is not given."), new("serviceType", "CodeableConcept", "What can be done in the slots."), CommandId)
        {
            Pattern = static input => new GenerateSlots
            {
                From = input.Date("from") ?? default, To = input.Date("to") ?? default, Start = input.TimeOfDay("start") ?? default, End = input.TimeOfDay("end") ?? default,
                Minutes = input.Number("minutes") ?? 0, Days = DaysOf(input), TimeZone = input.Text("timeZone") ?? "UTC", ServiceType = input.Code("serviceType"), CommandId = input.CommandId(),
            },
        },
    ];

    /// <summary>Makes an appointment's step of a call's parameters; null for an operation on schedules.</summary>
    public Func<OperationInput, AppointmentStep>? Step { get; init; }

    /// <summary>Makes a pattern of slots of a call's parameters; null for an operation on appointments.</summary>
    public Func<OperationInput, GenerateSlots>? Pattern { get; init; }

    private static AppointmentTime TimeOf(OperationInput input) => new()
    {
        SlotIds = input.Ids("slot", "Slot"),
        ScheduleId = input.Id("schedule", "Schedule"),
        Start = input.Time("start"),
        End = input.Time("end"),
    };

    private static List<DayOfWeek> DaysOf(OperationInput input)
    {
        string[] names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        var days = new List<DayOfWeek>();
        foreach (var text in input.Texts("day"))
        {
            if (Array.IndexOf(names, text) is var day && day >= 0)
            {
                days.Add((DayOfWeek)day);
            }
            else
            {
                input.Refuse("day", "is one of mon, tue, wed, thu, fri, sat, sun");
            }
        }

        return days;
    }
}
