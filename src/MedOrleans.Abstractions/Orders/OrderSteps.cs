using MedOrleans.Encounters;

namespace MedOrleans.Orders;

/// <summary>A step of an order's life (R4, <c>request-status</c>).</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.OrderStep")]
public abstract record OrderStep
{
    /// <summary>Names this command: however often it is sent, it has one effect, and the first reply is given again.</summary>
    [Id(0)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();
}

/// <summary>Places an order: status <c>active</c>. One that is not there yet is made, and one that is a draft becomes active.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.PlaceOrder")]
public sealed record PlaceOrder : OrderStep
{
    /// <summary>The patient's id; null where <see cref="Proposed"/> or the draft names them.</summary>
    [Id(0)]
    public string? PatientId { get; init; }

    /// <summary>What is ordered; null where <see cref="Proposed"/> or the draft says it.</summary>
    [Id(1)]
    public CodedText? Code { get; init; }

    /// <summary>The department that is to do it, <c>Organization/lab</c> or <c>HealthcareService/ct</c>; null where none is named.</summary>
    [Id(2)]
    public string? Department { get; init; }

    /// <summary>routine, urgent, asap or stat; null for what the order says, or routine.</summary>
    [Id(3)]
    public string? Priority { get; init; }

    /// <summary>The id of the encounter that it is for; null for none.</summary>
    [Id(4)]
    public string? EncounterId { get; init; }

    /// <summary>The id of the practitioner who orders; null for none.</summary>
    [Id(5)]
    public string? RequesterId { get; init; }

    /// <summary>Why.</summary>
    [Id(6)]
    public CodedText? Reason { get; init; }

    /// <summary>A ServiceRequest as FHIR JSON that is placed with everything that it says.</summary>
    [Id(7)]
    public byte[]? Proposed { get; init; }
}

/// <summary>The department has taken an active order in: it gets an accession number.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.AccessionOrder")]
public sealed record AccessionOrder : OrderStep
{
    /// <summary>The department's own number; null for a new one, which no order of the hospital has.</summary>
    [Id(0)]
    public string? Number { get; init; }

    /// <summary>The system of the department's own number.</summary>
    [Id(1)]
    public string? System { get; init; }
}

/// <summary>
/// A result of an order: a DiagnosticReport and its Observations, stored as one. The order is <c>completed</c> once all its reports are final, and active again where the last of them was
/// an error.
/// </summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.RecordResult")]
public sealed record RecordResult : OrderStep
{
    /// <summary>
    /// What the report becomes: registered, partial, preliminary, final; then amended, corrected, appended or entered-in-error; cancelled before it is final. Null for what
    /// <see cref="Report"/> says.
    /// </summary>
    [Id(0)]
    public string? Status { get; init; }

    /// <summary>The id of the report; null for the one in <see cref="Report"/>, or that of the order: each order has one report unless others are named.</summary>
    [Id(1)]
    public string? ReportId { get; init; }

    /// <summary>The report as FHIR JSON; null for the one that is there, or one that says what was ordered.</summary>
    [Id(2)]
    public byte[]? Report { get; init; }

    /// <summary>Observations as FHIR JSON: new ones, or under their ids ones of the report that are to be replaced. Their status is the report's unless they have one.</summary>
    [Id(3)]
    public IReadOnlyList<byte[]> Observations { get; init; } = [];
}

/// <summary>The order will not be done: status <c>revoked</c>; reports that are not final are cancelled with their observations.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.RevokeOrder")]
public sealed record RevokeOrder : OrderStep
{
    /// <summary>Why.</summary>
    [Id(0)]
    public CodedText? Reason { get; init; }
}

/// <summary>An active order waits: status <c>on-hold</c>.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.HoldOrder")]
public sealed record HoldOrder : OrderStep
{
    /// <summary>Why.</summary>
    [Id(0)]
    public CodedText? Reason { get; init; }
}

/// <summary>An order that waited goes on: status <c>active</c>.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ResumeOrder")]
public sealed record ResumeOrder : OrderStep;
