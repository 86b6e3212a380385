using MedOrleans.Record.Keys;

namespace MedOrleans.Record.Lifecycle;

/// <summary>What of a hospital's deletion comes next. Kept as a number: steps are added at the end, never renumbered.</summary>
public enum DeletionStep
{
    /// <summary>Shut the hospital, and destroy its keys.</summary>
    DestroyKeys,

    /// <summary>Wait until no host remembers a key.</summary>
    Settle,

    /// <summary>Count what there is.</summary>
    CountRows,

    /// <summary>Delete the rows.</summary>
    DeleteRows,

    /// <summary>Delete the states of its grains.</summary>
    DeleteStates,

    /// <summary>Wait until no host knows the hospital, and look again.</summary>
    SettleAgain,

    /// <summary>Take what was deleted out of the databases' files.</summary>
    Clean,

    /// <summary>Sign the certificate.</summary>
    Certify,

    /// <summary>Nothing: it is deleted.</summary>
    Finished,
}

/// <summary>The tombstone of a hospital.</summary>
public sealed record TenantDeletion
{
    /// <summary>The hospital.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>What comes next.</summary>
    public DeletionStep Step { get; init; }

    /// <summary>When the deletion was asked for, UTC.</summary>
    public required DateTimeOffset Requested { get; init; }

    /// <summary>What has been done so far.</summary>
    public required DeletionProgress Progress { get; init; }

    /// <summary>When it was finished, UTC; null until then.</summary>
    public DateTimeOffset? Finished { get; init; }

    /// <summary>The certificate: a JWS in its compact form; null until it is finished.</summary>
    public string? Certificate { get; init; }
}

/// <summary>What a deletion has done so far. Stored as JSON.</summary>
public sealed record DeletionProgress
{
    /// <summary>The client id that asked for it.</summary>
    public required string By { get; init; }

    /// <summary>Whether the grace period was not waited for.</summary>
    public bool Forced { get; init; }

    /// <summary>The hospital's name.</summary>
    public required string Name { get; init; }

    /// <summary>The database that kept its record.</summary>
    public required string Database { get; init; }

    /// <summary>Its keys, destroyed.</summary>
    public IReadOnlyList<TenantKeySummary> Keys { get; init; } = [];

    /// <summary>When the step that waits began to.</summary>
    public DateTimeOffset? Waiting { get; init; }

    /// <summary>The rows deleted, by table.</summary>
    public IReadOnlyDictionary<string, long> Rows { get; init; } = new Dictionary<string, long>();

    /// <summary>The grain states deleted.</summary>
    public long States { get; init; }

    /// <summary>With further rows found.</summary>
    public DeletionProgress Add(IReadOnlyDictionary<string, long> found)
    {
        var rows = new SortedDictionary<string, long>(Rows.ToDictionary(), StringComparer.Ordinal);
        foreach (var (table, count) in found)
        {
            rows[table] = rows.GetValueOrDefault(table) + count;
        }

        return this with { Rows = rows };
    }
}
