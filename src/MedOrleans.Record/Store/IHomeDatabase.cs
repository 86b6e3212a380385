using MedOrleans.Record.Keys;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Tenants;

namespace MedOrleans.Record.Store;

/// <summary>The tables of the home database, as each kind of database keeps them.</summary>
internal interface IHomeDatabase
{
    Task<TenantSummary?> FindAsync(TenantId tenant, CancellationToken cancel);

    Task<IReadOnlyList<TenantSummary>> ListAsync(TenantId? after, int count, CancellationToken cancel);

    Task<IReadOnlyList<TenantId>> WithStatusAsync(TenantStatus status, CancellationToken cancel);

    /// <summary>The hospitals outside the community pool, and the pool of each.</summary>
    Task<IReadOnlyDictionary<TenantId, string>> PrivateAsync(CancellationToken cancel);

    /// <summary>Open hospitals by database.</summary>
    Task<Dictionary<string, long>> LoadsAsync(CancellationToken cancel);

    Task SaveAsync(TenantSummary tenant, CancellationToken cancel);

    Task<byte[]> GetOrAddSecretAsync(string name, Func<byte[]> make, CancellationToken cancel);

    Task<byte[]?> FindSecretAsync(string name, CancellationToken cancel);

    /// <summary>A hospital's data keys in order of number.</summary>
    Task<IReadOnlyList<StoredTenantKey>> KeysAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Destroys a hospital's data keys; what is sealed with them is noise from then on. None is made after it.</summary>
    Task DestroyKeysAsync(TenantId tenant, DateTimeOffset now, CancellationToken cancel);

    /// <summary>The tombstone of a hospital; null where there is none.</summary>
    Task<TenantDeletion?> FindDeletionAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Writes a tombstone.</summary>
    Task SaveDeletionAsync(TenantDeletion deletion, CancellationToken cancel);

    /// <summary>The hospitals whose deletion has begun and is not finished.</summary>
    Task<IReadOnlyList<TenantId>> UnfinishedDeletionsAsync(CancellationToken cancel);

    /// <summary>The hospitals whose deletion was finished at or after a time.</summary>
    Task<IReadOnlyList<TenantId>> FinishedDeletionsAsync(DateTimeOffset since, CancellationToken cancel);

    /// <summary>Keeps a new data key; where there is one of that number it stays.</summary>
    Task AddKeyAsync(TenantId tenant, StoredTenantKey key, CancellationToken cancel);
}
