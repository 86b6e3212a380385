namespace MedOrleans.Records;

/// <summary>What became of a write. Everything that a caller can expect to happen is a status; exceptions are for faults.</summary>
public enum WriteStatus
{
    /// <summary>Committed as a new resource (also one made again after a deletion).</summary>
    Created,

    /// <summary>Committed as a new version.</summary>
    Updated,

    /// <summary>Committed as a deletion.</summary>
    Deleted,

    /// <summary>Nothing to do: a deletion of what isn't there, or a conditional create whose criteria match one resource already.</summary>
    Unchanged,

    /// <summary>Refused: the version given (If-Match), or the one read before, is no longer the current one. Read and retry.</summary>
    VersionConflict,

    /// <summary>Refused: there is no such resource.</summary>
    NotFound,

    /// <summary>Refused: a criterion that must match at most one resource matches more.</summary>
    MultipleMatches,

    /// <summary>Refused: the content is not valid; <see cref="WriteReply.Issues"/> says where.</summary>
    Invalid,

    /// <summary>Refused by a rule of the domain, for example a step that the encounter's state forbids.</summary>
    RuleViolated,

    /// <summary>Refused: the hospital is suspended, closed or unknown.</summary>
    TenantUnavailable,

    /// <summary>Refused: the hospital has stored as much as its plan gives. Deletions and reads go on.</summary>
    StorageExhausted,

    /// <summary>Refused: the caller's scopes do not grant what the step would change beside the resource it is a step of.</summary>
    Forbidden,
}

/// <summary>The reply to a write; sent only after the commit that holds it is durable.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.WriteReply")]
public sealed record WriteReply
{
    /// <summary>What became of the write.</summary>
    [Id(0)]
    public required WriteStatus Status { get; init; }

    /// <summary>The version made; of a refused or unnecessary write the current one where there is one.</summary>
    [Id(1)]
    public StoredVersion? Stored { get; init; }

    /// <summary>Why it was refused, element by element. Never holds patient data.</summary>
    [Id(2)]
    public IReadOnlyList<Issue> Issues { get; init; } = [];

    /// <summary>Whether a new version was committed.</summary>
    public bool IsCommitted => Status is WriteStatus.Created or WriteStatus.Updated or WriteStatus.Deleted;
}

/// <summary>One thing that is wrong with a request: an entry of an OperationOutcome (R4).</summary>
/// <param name="Code">An <c>IssueType</c> code: <c>structure</c>, <c>required</c>, <c>value</c>, <c>invariant</c>, <c>not-found</c>, …</param>
/// <param name="Details">One sentence for the developer at the other end. Never holds patient data.</param>
/// <param name="Expression">The element as a FHIRPath, <c>Patient.name[0].family</c>; null where no element is meant.</param>
/// <param name="Severity"><c>fatal</c>, <c>error</c>, <c>warning</c> or <c>information</c>.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.Issue")]
public sealed record Issue(
    [property: Id(0)] string Code,
    [property: Id(1)] string Details,
    [property: Id(2)] string? Expression = null,
    [property: Id(3)] string Severity = "error");

/// <summary>Who asks, from where and why: the audit columns of the history row.</summary>
/// <param name="Agent">The credential's client id.</param>
/// <param name="Address">The network address asked from; null for work of the cluster's own.</param>
/// <param name="RequestId">The request's id, also in logs and traces.</param>
/// <param name="Reason">The purpose of use, as the caller gave it.</param>
/// <param name="Scopes">What the caller may do, as a scope set's text; null for the cluster's own work and for senders whom their hospital's settings trust. It is no audit column.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.Caller")]
public sealed record Caller(
    [property: Id(0)] string Agent,
    [property: Id(1)] string? Address = null,
    [property: Id(2)] string? RequestId = null,
    [property: Id(3)] string? Reason = null,
    [property: Id(4)] string? Scopes = null);
