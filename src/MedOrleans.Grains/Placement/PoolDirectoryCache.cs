using System.Diagnostics.CodeAnalysis;
using Orleans.Configuration;
using Orleans.Runtime.GrainDirectory;

namespace MedOrleans.Grains.Placement;

/// <summary>
/// Orleans' cache of where grains are, without addresses outside a hospital's pool. Stateless workers are in no directory but in this cache:
/// left to itself it would send a hospital's calls to the silos of before for minutes after it has moved, or to one that is leaving.
/// </summary>
internal sealed class PoolDirectoryCache(IServiceProvider services, PlacedGrains grains, PoolMap map, SiloPools silos, LeavingSilos leaving) : IGrainDirectoryCache, IDisposable
{
    private readonly IGrainDirectoryCache _inner = GrainDirectoryCacheFactory.CreateGrainDirectoryCache(services, new GrainDirectoryOptions { CachingStrategy = GrainDirectoryOptions.CachingStrategyType.LRU });

    /// <inheritdoc/>
    public IEnumerable<(GrainAddress ActivationAddress, int Version)> KeyValues => _inner.KeyValues;

    /// <inheritdoc/>
    public void AddOrUpdate(GrainAddress value, int version)
    {
        if (!IsOutside(value))
        {
            _inner.AddOrUpdate(value, version);

            // A move that came in between has swept already.
            if (IsOutside(value))
            {
                _inner.Remove(value.GrainId);
            }
        }
    }

    /// <summary>Forgets the addresses of hospitals that have moved, and the stateless workers of silos that are leaving; what a directory knows is found there until it has moved.</summary>
    public void ForgetOutside()
    {
        foreach (var (address, _) in _inner.KeyValues)
        {
            if (IsOutside(address))
            {
                _inner.Remove(address.GrainId);
            }
        }
    }

    /// <inheritdoc/>
    public bool Remove(GrainId key) => _inner.Remove(key);

    /// <inheritdoc/>
    public bool Remove(GrainAddress key) => _inner.Remove(key);

    /// <inheritdoc/>
    public void Clear() => _inner.Clear();

    /// <inheritdoc/>
    public bool LookUp(GrainId key, [NotNullWhen(true)] out GrainAddress? result, out int version) => _inner.LookUp(key, out result, out version);

    public void Dispose() => (_inner as IDisposable)?.Dispose();

    private bool IsOutside(GrainAddress address) =>
        address.SiloAddress is { } silo && grains.Find(address.GrainId.Type) is { } grain
        && ((grain.IsHospitals && silos.PoolOf(silo) != map.PoolOf(address.GrainId)) || (grain.IsStateless && leaving.Contains(silo)));
}
