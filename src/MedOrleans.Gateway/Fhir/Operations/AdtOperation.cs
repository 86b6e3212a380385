using MedOrleans.Encounters;
using MedOrleans.Security;
using MedOrleans.Wards;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>An operation on encounters or beds: what its definition says, and the step that a call makes.</summary>
/// <param name="Name">The name without its dollar sign.</param>
/// <param name="Type">The resource type that it is one of.</param>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">What it takes.</param>
internal sealed record AdtOperation(string Name, string Type, string Description, params OperationParameter[] Parameters) : FhirOperation(Name, Type, Description, Parameters)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<AdtOperation> All { get; } =
    [
        new("admit", "Encounter", "Admits a patient: the encounter becomes in-progress, and occupies the bed where one is named. Without an encounter a new one is made.",
            new("encounter", "Reference", "The encounter, planned, arrived or triaged; a new one where it is not given.", Target: "Encounter"),
            new("patient", "Reference", "The patient, needed for a new encounter.", Target: "Patient"),
            new("class", "Coding", "A code of v3-ActCode; what the encounter has, or IMP, where it is not given."),
            new("location", "Reference", "The bed, room or ward.", Target: "Location"),
            new("admitSource", "CodeableConcept", "Where the patient comes from (admit-source)."),
            new("reason", "CodeableConcept", "Why."),
            new("attender", "Reference", "The practitioner in charge.", Target: "Practitioner"),
            At, CommandId)
        {
            OnType = true, Needs = Interaction.Create | Interaction.Update, Step = static input => new AdmitEncounter
            {
                PatientId = input.Id("patient", "Patient"), Class = input.Code("class"), LocationId = input.Id("location", "Location"), AdmitSource = input.Code("admitSource"),
                Reason = input.Code("reason"), AttenderId = input.Id("attender", "Practitioner"), At = input.Time("at"), CommandId = input.CommandId(),
            },
        },
        new("transfer", "Encounter", "Moves a patient to another bed, room or ward, or the encounter to another class. The bed that is left waits for housekeeping.",
            new("location", "Reference", "The bed, room or ward.", Target: "Location"), new("class", "Coding", "The new class (v3-ActCode)."), At, CommandId)
        {
            Step = static input => new TransferEncounter { LocationId = input.Id("location", "Location"), Class = input.Code("class"), At = input.Time("at"), CommandId = input.CommandId() },
        },
        new("discharge", "Encounter", "Discharges a patient: the encounter is finished, and the bed waits for housekeeping.",
            new("disposition", "CodeableConcept", "What becomes of the patient (discharge-disposition)."), At, CommandId)
        {
            Step = static input => new DischargeEncounter { Disposition = input.Code("disposition"), At = input.Time("at"), CommandId = input.CommandId() },
        },
        new("leave", "Encounter", "The patient goes on leave; the bed stays theirs.", At, CommandId)
        {
            Step = static input => new LeaveEncounter { At = input.Time("at"), CommandId = input.CommandId() },
        },
        new("return", "Encounter", "The patient returns from leave.", At, CommandId)
        {
            Step = static input => new ReturnEncounter { At = input.Time("at"), CommandId = input.CommandId() },
        },
        new("cancel-admit", "Encounter", "The admission was an error: the encounter is cancelled, and the bed free.", At, CommandId)
        {
            Step = static input => new CancelAdmit { At = input.Time("at"), CommandId = input.CommandId() },
        },
        new("cancel-transfer", "Encounter", "The last transfer was an error: the patient is where they were, in the class they had.", CommandId)
        {
            Step = static input => new CancelTransfer { CommandId = input.CommandId() },
        },
        new("cancel-discharge", "Encounter", "The discharge was an error: the encounter goes on as it was, in the same bed or another.",
            new("location", "Reference", "Another bed, where the one before is no longer free.", Target: "Location"), At, CommandId)
        {
            Step = static input => new CancelDischarge { LocationId = input.Id("location", "Location"), At = input.Time("at"), CommandId = input.CommandId() },
        },
        new("reserve", "Location", "Keeps a free bed for a patient or an encounter: nobody else is laid in it until it is released, or the time is over.",
            new("patient", "Reference", "The patient; this or the encounter.", Target: "Patient"), new("encounter", "Reference", "The encounter.", Target: "Encounter"),
            new("until", "dateTime", "When the reservation ends by itself."), CommandId)
        {
            BedStep = static input => new ReserveBed { PatientId = input.Id("patient", "Patient"), EncounterId = input.Id("encounter", "Encounter"), Until = input.Time("until"), CommandId = input.CommandId() },
        },
        new("block", "Location", "Takes an empty bed out of use.", new("state", "code", "A code of v2-0116: C closed (unless given), H housekeeping, I isolated, K contaminated."), CommandId)
        {
            BedStep = static input => new BlockBed { State = input.Text("state") ?? "C", CommandId = input.CommandId() },
        },
        new("release", "Location", "Makes an empty bed free: it is clean, or no longer blocked or reserved.", CommandId)
        {
            BedStep = static input => new ReleaseBed { CommandId = input.CommandId() },
        },
        new("swap", "Location", "Exchanges the patients of two occupied beds, as one change.", new("with", "Reference", "The other bed.", IsRequired: true, Target: "Location"), CommandId)
        {
            BedStep = static input => new SwapBeds { WithId = input.Id("with", "Location") ?? "", CommandId = input.CommandId() },
        },
        new("census", "Location", "The beds at or below a ward, room or bed, as they are at one moment, with the encounters and patients in them that the token's scopes let it read. With Accept: text/event-stream it is a feed of server-sent events: the census now, and again whenever it has changed.")
        {
            IsRead = true, ReturnType = "Bundle", Returns = "The beds, and who is in them.",
        },
    ];

    /// <summary>Makes an encounter's step of a call's parameters; null for an operation on beds.</summary>
    public Func<OperationInput, EncounterStep>? Step { get; init; }

    /// <summary>Makes a bed's step of a call's parameters; null for an operation on encounters.</summary>
    public Func<OperationInput, BedStep>? BedStep { get; init; }
}
