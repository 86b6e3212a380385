using MedOrleans.Gateway.Security;
using MedOrleans.Metering;
using MedOrleans.Metering.Pools;
using MedOrleans.Plans;
using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>A pool of a hospital. Headroom is what is left to its burst limit.</summary>
internal sealed record TenantPoolView(string Pool, string Unit, double Guaranteed, double Burst, double Use, double Headroom);

/// <summary>The pools of a hospital.</summary>
internal sealed record TenantPoolsView(string Tenant, string Plan, IReadOnlyList<TenantPoolView> Pools);

/// <summary>A pool of the whole cluster. Capacity is null for storage, which the databases have.</summary>
internal sealed record ClusterPoolView(string Pool, string Unit, double? Capacity, double Guaranteed, double Use, double? Headroom);

/// <summary>The silos that are labelled for one pool: those hospitals run there that belong to it. Capacities are theirs together.</summary>
internal sealed record SiloPoolView(string Pool, int Silos, double Compute, double Memory);

/// <summary>The pools of the whole cluster, the silos by the pool that they are labelled for, and the hospitals that use them now.</summary>
internal sealed record ClusterPoolsView(int Gateways, int Silos, IReadOnlyList<ClusterPoolView> Pools, IReadOnlyList<SiloPoolView> SiloPools, IReadOnlyList<TenantPoolsView> Tenants);

/// <summary>The five pools: capacity, shares, use and headroom.</summary>
internal static class PoolEndpoints
{
    public static void MapPools(this RouteGroupBuilder admin)
    {
        var pools = admin.MapGroup("").WithTags("Pools");
        pools.MapGet("/pools", ClusterAsync).WithSummary("The pools of the whole cluster, and what the hospitals that are at work use of them; a few seconds old.");
        pools.MapGet("/tenants/{tenant}/pools", TenantAsync).WithMetadata(new OperatorAccess(OrTenant: true))
            .WithSummary("What a hospital's plan gives of the pools and what it uses of them; a few seconds old. The hospital's own clients may ask too.");
    }

    internal static async Task<Ok<ClusterPoolsView>> ClusterAsync(IGrainFactory grains, ITenantDirectory directory, CancellationToken cancel)
    {
        var all = await grains.GetGrain<IPoolLedgerGrain>(IPoolLedgerGrain.Key).ShowAsync();
        var plans = await PlansAsync(grains);
        var tenants = new List<TenantPoolsView>();
        foreach (var use in all.Uses)
        {
            if (await directory.FindAsync(use.Tenant, cancel) is { } found)
            {
                tenants.Add(View(use, PlanOf(plans, found.Plan)));
            }
        }

        double? CapacityOf(string pool) => pool switch
        {
            "compute" => all.Capacity.Compute,
            "memory" => all.Capacity.Memory,
            "network" => all.Capacity.Network,
            "sessions" => all.Capacity.Sessions,
            _ => null,
        };
        var totals = PoolShares.Of(default, plans.Values.First()).Select(pool =>
        {
            var rows = tenants.Select(tenant => tenant.Pools.First(row => row.Pool == pool.Name)).ToList();
            var (capacity, use) = (CapacityOf(pool.Name), rows.Sum(row => row.Use));
            return new ClusterPoolView(pool.Name, PoolShares.UnitOf(pool.Name), capacity, rows.Sum(row => row.Guaranteed), use, capacity - use);
        });
        return TypedResults.Ok(new ClusterPoolsView(all.Gateways, all.Silos, [.. totals], [.. all.ByPool.Select(pool => new SiloPoolView(pool.Pool, pool.Silos, pool.Capacity.Compute, pool.Capacity.Memory))], tenants));
    }

    internal static async Task<Results<Ok<TenantPoolsView>, ProblemHttpResult>> TenantAsync(
        string tenant, IGrainFactory grains, ITenantDirectory directory, IRecordStores stores, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found)
        {
            return AdminProblems.NoHospital();
        }

        var all = await grains.GetGrain<IPoolLedgerGrain>(IPoolLedgerGrain.Key).ShowAsync();
        var use = all.Uses.FirstOrDefault(use => use.Tenant == id);
        if (use.Storage == 0)
        {
            // A hospital at rest is in nobody's report.
            var store = stores.Named(found.Database);
            var stored = await store.UsageBeforeAsync(id, await store.TimeAsync(cancel) + TimeSpan.FromHours(1), cancel);
            use = use with { Tenant = id, Storage = stored.GetValueOrDefault(MeterNames.StorageBytes) };
        }

        return TypedResults.Ok(View(use, PlanOf(await PlansAsync(grains), found.Plan)));
    }

    private static TenantPoolsView View(PoolUse use, Plan plan) => new(use.Tenant.Value, plan.Id, [.. PoolShares.Of(use, plan).Select(pool => new TenantPoolView(
        pool.Name, PoolShares.UnitOf(pool.Name), pool.Share.Guaranteed, pool.Share.Burst, Math.Round(pool.Use, 3), Math.Round(Math.Max(0, pool.Share.Burst - pool.Use), 3)))]);

    private static async Task<Dictionary<string, Plan>> PlansAsync(IGrainFactory grains) =>
        (await grains.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key).ListAsync()).ToDictionary(plan => plan.Id, StringComparer.Ordinal);

    private static Plan PlanOf(Dictionary<string, Plan> plans, string id) => plans.TryGetValue(id, out var plan) ? plan : plans[IPlanCatalogGrain.DefaultPlan];
}
