using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Orders;
using MedOrleans.Patients;
using MedOrleans.Schedules;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>A resource that a message makes or changes.</summary>
/// <param name="Type">The type.</param>
/// <param name="Id">The id.</param>
/// <param name="Json">The whole of what it shall be.</param>
/// <param name="Version">The version that it is made from; null where there is none.</param>
internal sealed record PlannedWrite(string Type, string Id, JsonObject Json, long? Version);

/// <summary>A step of the hospital's work that a message stands for: what a plain write may not do.</summary>
internal abstract record PlannedStep(string Type, string Id, string Name);

/// <summary>A step of an encounter's.</summary>
internal sealed record EncounterAction(string EncounterId, EncounterStep Step, string? BedId) : PlannedStep("Encounter", EncounterId, NameOf(Step))
{
    private static string NameOf(EncounterStep step) => step switch
    {
        AdmitEncounter => "$admit",
        TransferEncounter => "$transfer",
        DischargeEncounter => "$discharge",
        LeaveEncounter => "$leave",
        ReturnEncounter => "$return",
        CancelAdmit => "$cancel-admit",
        CancelTransfer => "$cancel-transfer",
        _ => "$cancel-discharge",
    };
}

/// <summary>A step of an order's.</summary>
internal sealed record OrderAction(string OrderId, OrderStep Step) : PlannedStep("ServiceRequest", OrderId, Step switch
{
    PlaceOrder => "$place",
    RecordResult => "$result",
    RevokeOrder => "$revoke",
    HoldOrder => "$hold",
    _ => "$resume",
});

/// <summary>A step of an appointment's.</summary>
internal sealed record AppointmentAction(string AppointmentId, AppointmentStep Step) : PlannedStep("Appointment", AppointmentId, Step is CancelAppointment ? "$cancel" : "$no-show");

/// <summary>A merge of another patient into one.</summary>
internal sealed record MergeAction(string PatientId, MergePatient Step) : PlannedStep("Patient", PatientId, "$merge");

/// <summary>What a message comes to: what is written before its steps, the steps, what is written after them together with the message itself.</summary>
internal sealed class Hl7Plan
{
    /// <summary>What the steps build on; without steps it is one commit with what comes after.</summary>
    public List<PlannedWrite> Before { get; } = [];

    /// <summary>The steps, in order.</summary>
    public List<PlannedStep> Steps { get; } = [];

    /// <summary>What is committed together with the message.</summary>
    public List<PlannedWrite> After { get; } = [];

    /// <summary>The resources that the message became, changed or confirmed, <c>Patient/…</c>.</summary>
    public List<string> Became { get; } = [];

    /// <summary>The patient that it is about.</summary>
    public string? PatientId { get; set; }

    /// <summary>What was done, for a list.</summary>
    public IEnumerable<string> Summary() => Before.Concat(After).Select(write => $"{write.Type} {(write.Version is null ? "created" : "updated")}").Concat(Steps.Select(step => $"{step.Type}/{step.Name}"));
}
