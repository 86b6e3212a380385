using MedOrleans.Cluster;
using MedOrleans.Record.Store;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Placement;

/// <summary>Says which silos there are and what they have of a hospital, as the silo that is asked sees it.</summary>
[StatelessWorker, ClusterPool]
internal sealed class SiloPoolsGrain(SiloPools silos, LeavingSilos leaving, PoolWardens wardens, ITenantDirectory directory) : Grain, ISiloPoolsGrain
{
    public Task<IReadOnlyList<SiloPool>> ListAsync() => Task.FromResult<IReadOnlyList<SiloPool>>(
        [.. silos.Active.Select(silo => new SiloPool(SiloPools.Name(silo), silos.PoolOf(silo))).OrderBy(silo => silo.Address, StringComparer.Ordinal)]);

    public async Task<IReadOnlyList<SiloLoad>> LoadsAsync() =>
        [.. (await wardens.UsesAsync(silos.Active)).Select(one => new SiloLoad(SiloPools.Name(one.Silo), silos.PoolOf(one.Silo), leaving.Contains(one.Silo), one.Answer))
            .OrderBy(silo => silo.Address, StringComparer.Ordinal)];

    public async Task<TenantPlacement?> FindAsync(TenantId tenant)
    {
        if ((await directory.PrivateAsync(CancellationToken.None)).GetValueOrDefault(tenant) is not { } pool)
        {
            if (await directory.FindAsync(tenant, CancellationToken.None) is null)
            {
                return null;
            }

            pool = ISiloPoolsGrain.Community;
        }

        var found = await wardens.PresenceAsync(tenant.Value);
        return new TenantPlacement(pool, [.. found
            .Select(one => new TenantPresence(SiloPools.Name(one.Silo), silos.PoolOf(one.Silo), one.Answer?.Known, one.Answer?.Activations ?? 0))
            .OrderBy(one => one.Address, StringComparer.Ordinal)]);
    }
}
