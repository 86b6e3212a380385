using System.Text.Json;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;

namespace MedOrleans.Record.Lifecycle;

/// <summary>The tombstones of hospitals, and the end of their keys. Lives in the home database.</summary>
public interface ITenantDeletions
{
    /// <summary>The tombstone; null where the hospital is not being deleted, and never was.</summary>
    Task<TenantDeletion?> FindAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Writes a tombstone.</summary>
    Task SaveAsync(TenantDeletion deletion, CancellationToken cancel);

    /// <summary>The hospitals whose deletion has begun and is not finished.</summary>
    Task<IReadOnlyList<TenantId>> UnfinishedAsync(CancellationToken cancel);

    /// <summary>The hospitals whose deletion was finished at or after a time.</summary>
    Task<IReadOnlyList<TenantId>> FinishedAsync(DateTimeOffset since, CancellationToken cancel);

    /// <summary>Destroys a hospital's keys: whatever is sealed with them, wherever a copy of it lies, can be read by nobody from then on.</summary>
    /// <returns>What they were.</returns>
    Task<IReadOnlyList<TenantKeySummary>> DestroyKeysAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Whether the cluster is one process, as it is on SQLite: nobody else can remember anything.</summary>
    bool HasOneHost { get; }

    /// <summary>The name of the database that the directory and the tombstones are in.</summary>
    string HomeDatabase { get; }
}

/// <summary>The states that the grains of a hospital have in Orleans' grain storage.</summary>
public interface IGrainStates
{
    /// <summary>Deletes the states of grains whose key is the hospital's slug or begins with it and a slash, but for those of the names given.</summary>
    /// <returns>How many.</returns>
    Task<long> EraseAsync(TenantId tenant, IReadOnlyCollection<string> kept, CancellationToken cancel);
}

/// <inheritdoc cref="ITenantDeletions"/>
internal sealed class TenantDeletions(IHomeDatabase home, TenantKeys keys, RecordStoresOptions options, TimeProvider time) : ITenantDeletions
{
    public string HomeDatabase => options.Home;

    public bool HasOneHost => options.Databases[options.Home].Provider == RecordProvider.Sqlite;

    public Task<TenantDeletion?> FindAsync(TenantId tenant, CancellationToken cancel) => home.FindDeletionAsync(tenant, cancel);

    public Task SaveAsync(TenantDeletion deletion, CancellationToken cancel) => home.SaveDeletionAsync(deletion, cancel);

    public Task<IReadOnlyList<TenantId>> UnfinishedAsync(CancellationToken cancel) => home.UnfinishedDeletionsAsync(cancel);

    public Task<IReadOnlyList<TenantId>> FinishedAsync(DateTimeOffset since, CancellationToken cancel) => home.FinishedDeletionsAsync(since, cancel);

    public async Task<IReadOnlyList<TenantKeySummary>> DestroyKeysAsync(TenantId tenant, CancellationToken cancel)
    {
        await home.DestroyKeysAsync(tenant, time.GetUtcNow(), cancel);
        keys.Forget(tenant);
        return await keys.ListAsync(tenant, cancel);
    }
}

/// <summary>How progress is kept.</summary>
internal static class DeletionJson
{
    public static string Print(DeletionProgress progress) => JsonSerializer.Serialize(progress);

    public static DeletionProgress Parse(string json) => JsonSerializer.Deserialize<DeletionProgress>(json)!;
}
