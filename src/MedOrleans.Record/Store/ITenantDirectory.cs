using MedOrleans.Tenants;

namespace MedOrleans.Record.Store;

/// <summary>
/// Which hospitals there are and which database keeps each one's record. Lives in the home database; every silo and
/// gateway reads it, tenant grains alone write it.
/// </summary>
public interface ITenantDirectory
{
    /// <summary>The hospital, at most as old as the directory's cache time; null where there is none.</summary>
    ValueTask<TenantSummary?> FindAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>The hospitals in order of slug, from after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<TenantSummary>> ListAsync(TenantId? after, int count, CancellationToken cancel);

    /// <summary>The hospitals outside the community pool, and the pool of each: never from memory.</summary>
    Task<IReadOnlyDictionary<TenantId, string>> PrivateAsync(CancellationToken cancel);

    /// <summary>How many open hospitals each database keeps; a database without any is there with 0.</summary>
    Task<IReadOnlyDictionary<string, long>> LoadsAsync(CancellationToken cancel);

    /// <summary>The hospitals that stand so.</summary>
    Task<IReadOnlyList<TenantId>> WithStatusAsync(TenantStatus status, CancellationToken cancel);

    /// <summary>How old an answer of <see cref="FindAsync"/> may be, on any host.</summary>
    TimeSpan Staleness { get; }

    /// <summary>Writes what a tenant grain knows; the database of a hospital that is there already never changes.</summary>
    Task SaveAsync(TenantSummary tenant, CancellationToken cancel);
}

/// <summary>The record stores of all configured databases, by tenant.</summary>
public interface IRecordStores
{
    /// <summary>The configured databases and their pools.</summary>
    IReadOnlyList<RecordDatabase> Databases { get; }

    /// <summary>The store of the database of that name.</summary>
    IRecordStore Named(string database);

    /// <summary>The store that keeps a hospital's record; null where there is no such hospital.</summary>
    ValueTask<IRecordStore?> ForAsync(TenantId tenant, CancellationToken cancel);
}

/// <summary>A configured database.</summary>
public sealed record RecordDatabase(string Name, string Pool);

/// <summary>Secrets that all hosts of a cluster share (the token signing key, the cluster's own secret), kept in the home database.</summary>
public interface IClusterSecrets
{
    /// <summary>The secret of that name; the first caller's <paramref name="make"/> decides what it is, for all.</summary>
    Task<byte[]> GetOrAddAsync(string name, Func<byte[]> make, CancellationToken cancel);

    /// <summary>The secret of that name; null where nobody has made it.</summary>
    Task<byte[]?> FindAsync(string name, CancellationToken cancel);
}
