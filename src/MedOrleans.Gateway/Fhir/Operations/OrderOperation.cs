using MedOrleans.Orders;
using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>An operation on orders: what its definition says, and the step that a call makes.</summary>
/// <param name="Name">The name without its dollar sign.</param>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">What it takes.</param>
internal sealed record OrderOperation(string Name, string Description, params OperationParameter[] Parameters) : FhirOperation(Name, "ServiceRequest", Description, Parameters)
{
    private static readonly OperationParameter s_reason = new("reason", "CodeableConcept", "Why.");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OrderOperation> All { get; } =
    [
        new("place", "Places an order: it is active, and on its department's worklist. On an instance it places a draft.",
            new("order", "ServiceRequest", "An order that is placed with all that it says."), new("patient", "Reference", "The patient; needed where no order is given.", Target: "Patient"),
            new("code", "CodeableConcept", "What is ordered; needed where no order is given."),
            new("department", "Reference", "The Organization or HealthcareService that is to do it: the order's performer.", Target: "Organization"),
            new("priority", "code", "routine, urgent, asap or stat; routine where it is not given."), new("encounter", "Reference", "The encounter that it is for.", Target: "Encounter"),
            new("requester", "Reference", "The practitioner who orders.", Target: "Practitioner"), s_reason, CommandId)
        {
            OnType = true, Needs = Interaction.Create | Interaction.Update, Step = static input => new PlaceOrder
            {
                Proposed = input.Resource("order", "ServiceRequest"), PatientId = input.Id("patient", "Patient"), Code = input.Code("code"), Department = DepartmentOf(input), Priority = input.Text("priority"),
                EncounterId = input.Id("encounter", "Encounter"), RequesterId = input.Id("requester", "Practitioner"), Reason = input.Code("reason"), CommandId = input.CommandId(),
            },
        },
        new("accession", "The department takes an active order in: it gets an accession number, as an identifier of type ACSN.",
            new("number", "string", "The department's own number; a new one where it is not given."), new("system", "uri", "The system of the department's own number."), CommandId)
        {
            Step = static input => new AccessionOrder { Number = input.Text("number"), System = input.Text("system"), CommandId = input.CommandId() },
        },
        new("result", "Records a result, a correction of one, or that it was an error: a report and its observations, as one change. The order is completed once its reports are final.",
            new("status", "code", "What the report becomes: registered, partial, preliminary, final; amended, corrected, appended or entered-in-error after it was final; cancelled before. What the report given says, where it is not given."),
            new("report", "DiagnosticReport", "The report; the one that is there, or one that says what was ordered, where it is not given. Without an id it is the order's one report."),
            new("observation", "Observation", "An observation: a new one, or under its id one of the report that is replaced.", IsList: true), CommandId)
        {
            ReturnType = "DiagnosticReport", Returns = "The report as it is after it.",
            Also = [("DiagnosticReport", Interaction.Create | Interaction.Update), ("Observation", Interaction.Create | Interaction.Update)],
            Step = static input =>
            {
                if (input.Text("status") is null && input.Resource("report", "DiagnosticReport") is null)
                {
                    input.Refuse("status", "or a report is needed");
                }

                return new RecordResult
                {
                    Status = input.Text("status"), Report = input.Resource("report", "DiagnosticReport"), Observations = input.Resources("observation", "Observation"), CommandId = input.CommandId(),
                };
            },
        },
        new("revoke", "The order will not be done; its reports that are not final are cancelled.", s_reason, CommandId)
        {
            Also = [("DiagnosticReport", Interaction.Update), ("Observation", Interaction.Update)],
            Step = static input => new RevokeOrder { Reason = input.Code("reason"), CommandId = input.CommandId() },
        },
        new("hold", "An active order waits.", s_reason, CommandId) { Step = static input => new HoldOrder { Reason = input.Code("reason"), CommandId = input.CommandId() } },
        new("resume", "An order that waited goes on.", CommandId) { Step = static input => new ResumeOrder { CommandId = input.CommandId() } },
        new("worklist", "The open orders of a department: by priority, stat first, and then the oldest first.",
            new("department", "string", "The Organization or HealthcareService, Organization/lab; lab alone is an Organization.", IsRequired: true),
            new("status", "code", "active, or on-hold for those that wait; active where it is not given."), new("_count", "integer", "The most orders; 100 where it is not given, 1000 at the most."))
        {
            OnType = true, OnInstance = false, IsRead = true, ReturnType = "Bundle", Returns = "The orders, how many there are in all, and their patients where the token's scopes let it read them.",
        },
    ];

    /// <summary>Makes a step of a call's parameters; null for an operation that changes nothing.</summary>
    public Func<OperationInput, OrderStep>? Step { get; init; }

    /// <summary>A department as a reference: an Organization where only an id is given. Null where it is none.</summary>
    public static string? Department(string? text) => text?.Split('/') switch
    {
        [var id] when ResourceKey.IsId(id) => $"Organization/{id}",
        ["Organization" or "HealthcareService", var id] when ResourceKey.IsId(id) => text,
        _ => null,
    };

    private static string? DepartmentOf(OperationInput input)
    {
        if (input.Reference("department") is not { } text)
        {
            return null;
        }

        if (Department(text) is { } department)
        {
            return department;
        }

        input.Refuse("department", "is a reference to an Organization or a HealthcareService of this hospital");
        return null;
    }
}
