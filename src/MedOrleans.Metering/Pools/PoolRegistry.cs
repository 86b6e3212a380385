using System.Collections.Concurrent;
using MedOrleans.Plans;

namespace MedOrleans.Metering.Pools;

/// <summary>The hospitals that this process works for, and what they use of the pools here.</summary>
internal sealed class PoolRegistry(TimeProvider time)
{
    private readonly ConcurrentDictionary<TenantId, TenantPools> _tenants = new();
    private Dictionary<string, Plan> _plans = BuiltInPlans.All.ToDictionary(plan => plan.Id, StringComparer.Ordinal);
    private PoolGrants _share = new(1, 1);
    private IReadOnlyDictionary<string, int>? _silosByPool;

    /// <summary>All hospitals.</summary>
    public IEnumerable<TenantPools> All => _tenants.Values;

    /// <summary>A hospital's pools: to be asked for once its credential is proven.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="planId">Its plan where the caller knows it; otherwise the default one holds until the keeper has looked.</param>
    public TenantPools For(TenantId tenant, string? planId = null)
    {
        if (!_tenants.TryGetValue(tenant, out var pools))
        {
            return _tenants.GetOrAdd(tenant, new TenantPools(tenant, PlanOf(planId), _share, time));
        }

        if (planId is not null && !ReferenceEquals(pools.Plan.Id, planId) && pools.Plan.Id != planId)
        {
            pools.Apply(PlanOf(planId), pools.Grants);
        }

        return pools;
    }

    /// <summary>Takes over the plans that there are.</summary>
    public void Put(IEnumerable<Plan> plans) => _plans = plans.ToDictionary(plan => plan.Id, StringComparer.Ordinal);

    /// <summary>Takes over what a hospital that is new here gets of the cluster's limits.</summary>
    public void Put(PoolGrants share) => _share = share;

    /// <summary>Takes over how many silos of each pool are alive.</summary>
    public void Put(IReadOnlyDictionary<string, int> silosByPool) => _silosByPool = silosByPool;

    /// <summary>Whether a silo of a pool was alive a few seconds ago; a yes where nothing is known.</summary>
    public bool IsServed(string pool) => _silosByPool is not { Count: > 0 } silos || silos.ContainsKey(pool);

    /// <summary>The plan of that id; the default one where there is none.</summary>
    public Plan PlanOf(string? planId) =>
        planId is not null && _plans.TryGetValue(planId, out var plan) ? plan : _plans[IPlanCatalogGrain.DefaultPlan];

    /// <summary>Forgets a hospital that nobody has called for a while.</summary>
    public void Forget(TenantPools pools) => _tenants.TryRemove(KeyValuePair.Create(pools.Tenant, pools));
}
