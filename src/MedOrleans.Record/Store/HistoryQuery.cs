using MedOrleans.Cluster;
using MedOrleans.Records;

namespace MedOrleans.Record.Store;

/// <summary>Asks for the past of one resource, of a type, or of the whole record.</summary>
public sealed record HistoryQuery
{
    /// <summary>The hospital.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The type; null for the whole record.</summary>
    public string? Type { get; init; }

    /// <summary>The resource; needs <see cref="Type"/>.</summary>
    public string? Id { get; init; }

    /// <summary>Only versions made at or after this time (<c>_since</c>).</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The most entries of a page, 1 to 1,000.</summary>
    public int Count { get; init; } = 50;

    /// <summary>The <see cref="HistoryPage.Next"/> of the page before; null for the first.</summary>
    public long? Before { get; init; }
}

/// <summary>An entry of history: a version and the kind of change that made it.</summary>
public sealed record HistoryEntry(StoredVersion Stored, WriteKind Kind);

/// <summary>A page of history, newest first.</summary>
/// <param name="Entries">The versions.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
/// <param name="Total">How many there are in all; given for one resource's history, null otherwise.</param>
public sealed record HistoryPage(IReadOnlyList<HistoryEntry> Entries, long? Next, long? Total);

/// <summary>Asks for the audit trail of one hospital.</summary>
public sealed record AuditQuery
{
    /// <summary>The hospital.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Only changes of this resource type.</summary>
    public string? Type { get; init; }

    /// <summary>Only changes of this resource; needs <see cref="Type"/>.</summary>
    public string? Id { get; init; }

    /// <summary>Only changes by this client id.</summary>
    public string? Agent { get; init; }

    /// <summary>Only this kind of change.</summary>
    public WriteKind? Kind { get; init; }

    /// <summary>Only changes at or after this time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only changes before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only the row of this sequence number.</summary>
    public long? Sequence { get; init; }

    /// <summary>The most rows of a page.</summary>
    public int Count { get; init; } = 50;

    /// <summary>The <see cref="AuditPage.Next"/> of the page before.</summary>
    public long? Before { get; init; }
}

/// <summary>One committed change.</summary>
public sealed record AuditRow(
    long Sequence, string Type, string Id, long Version, WriteKind Kind, DateTimeOffset At, Caller Caller, Guid CommandId);

/// <summary>A page of the audit trail, newest first.</summary>
public sealed record AuditPage(IReadOnlyList<AuditRow> Rows, long? Next);
