using System.Collections.Concurrent;
using MedOrleans.Tenants;

namespace MedOrleans.Record.Store;

/// <summary>The directory of hospitals, with a short memory so that a request does not cost a query.</summary>
internal sealed class TenantDirectory(IHomeDatabase home, RecordStoresOptions options, TimeProvider time) : ITenantDirectory
{
    // Slugs that nobody has could fill the memory: past this many it is emptied.
    private const int Most = 20_000;

    private readonly ConcurrentDictionary<TenantId, (TenantSummary? Tenant, long Until)> _known = new();

    public ValueTask<TenantSummary?> FindAsync(TenantId tenant, CancellationToken cancel) =>
        _known.TryGetValue(tenant, out var known) && time.GetTimestamp() < known.Until
            ? ValueTask.FromResult(known.Tenant)
            : new ValueTask<TenantSummary?>(LoadAsync(tenant, cancel));

    public Task<IReadOnlyList<TenantSummary>> ListAsync(TenantId? after, int count, CancellationToken cancel) => home.ListAsync(after, count, cancel);

    public TimeSpan Staleness => options.DirectoryCache;

    public Task<IReadOnlyList<TenantId>> WithStatusAsync(TenantStatus status, CancellationToken cancel) => home.WithStatusAsync(status, cancel);

    public Task<IReadOnlyDictionary<TenantId, string>> PrivateAsync(CancellationToken cancel) => home.PrivateAsync(cancel);

    public async Task<IReadOnlyDictionary<string, long>> LoadsAsync(CancellationToken cancel)
    {
        var loads = await home.LoadsAsync(cancel);
        foreach (var database in options.Databases.Keys)
        {
            loads.TryAdd(database, 0);
        }

        return loads;
    }

    public async Task SaveAsync(TenantSummary tenant, CancellationToken cancel)
    {
        await home.SaveAsync(tenant, cancel);
        _known.TryRemove(tenant.Tenant, out _);
    }

    private async Task<TenantSummary?> LoadAsync(TenantId tenant, CancellationToken cancel)
    {
        var found = await home.FindAsync(tenant, cancel);
        if (_known.Count > Most)
        {
            _known.Clear();
        }

        _known[tenant] = (found, time.GetTimestamp() + (long)(options.DirectoryCache.TotalSeconds * time.TimestampFrequency));
        return found;
    }
}

/// <summary>The secrets of the home database.</summary>
internal sealed class ClusterSecrets(IHomeDatabase home) : IClusterSecrets
{
    public Task<byte[]> GetOrAddAsync(string name, Func<byte[]> make, CancellationToken cancel) => home.GetOrAddSecretAsync(name, make, cancel);

    public Task<byte[]?> FindAsync(string name, CancellationToken cancel) => home.FindSecretAsync(name, cancel);
}
