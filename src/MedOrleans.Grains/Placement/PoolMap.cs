using System.Collections.Frozen;
using MedOrleans.Cluster;
using MedOrleans.Record.Store;

namespace MedOrleans.Grains.Placement;

/// <summary>
/// Which hospitals are outside the community pool, as this silo knows it: read whole before the silo takes part, and again every second and
/// whenever a hospital moves. A hospital that is not in it is of the community, or is not at all.
/// </summary>
internal sealed class PoolMap(ITenantDirectory directory) : IDisposable
{
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private FrozenDictionary<string, string> _pools = FrozenDictionary<string, string>.Empty;

    /// <summary>The pool of the hospital that leads a grain's key.</summary>
    public string PoolOf(GrainId grain) => PoolOf(TenantOf(grain));

    /// <summary>The pool of a hospital.</summary>
    public string PoolOf(string tenant) => Volatile.Read(ref _pools).GetValueOrDefault(tenant, ISiloPoolsGrain.Community);

    /// <summary>The hospital that leads a grain's key.</summary>
    public static string TenantOf(GrainId grain)
    {
        var key = grain.Key.ToString()!;
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? key : key[..slash];
    }

    /// <summary>Reads the directory; returns whether a hospital moved. One reading at a time, so that an older one never replaces a newer.</summary>
    /// <exception cref="RecordStoreException">The home database cannot be reached; what was known stays.</exception>
    public async Task<bool> RefreshAsync(CancellationToken cancel)
    {
        await _refreshing.WaitAsync(cancel);
        try
        {
            var before = _pools;
            var now = (await directory.PrivateAsync(cancel)).ToFrozenDictionary(pair => pair.Key.Value, pair => pair.Value, StringComparer.Ordinal);
            Volatile.Write(ref _pools, now);
            return before.Count != now.Count || before.Any(pair => now.GetValueOrDefault(pair.Key) != pair.Value);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    public void Dispose() => _refreshing.Dispose();
}
