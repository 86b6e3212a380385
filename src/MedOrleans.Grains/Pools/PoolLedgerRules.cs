using MedOrleans.Plans;

namespace MedOrleans.Grains.Pools;

/// <summary>Sums of pools, as pure functions.</summary>
internal static class PoolLedgerRules
{
    /// <summary>What processes have and hospitals use, together. What a hospital has stored is the same for all who know it.</summary>
    public static ClusterPools Sum(IEnumerable<PoolReport> reports)
    {
        int gateways = 0, silos = 0;
        var capacity = default(PoolCapacity);
        var pools = new SortedDictionary<string, LabelledSilos>(StringComparer.Ordinal);
        var uses = new SortedDictionary<string, PoolUse>(StringComparer.Ordinal);
        foreach (var report in reports)
        {
            var has = report.Capacity;
            gateways += has.Network > 0 ? 1 : 0;
            silos += has.Compute > 0 ? 1 : 0;
            capacity = new PoolCapacity(capacity.Compute + has.Compute, capacity.Memory + has.Memory, capacity.Network + has.Network, capacity.Sessions + has.Sessions);
            if (has.Compute > 0)
            {
                var known = pools.GetValueOrDefault(report.Pool) ?? new LabelledSilos(report.Pool, 0, default);
                pools[report.Pool] = known with { Silos = known.Silos + 1, Capacity = known.Capacity with { Compute = known.Capacity.Compute + has.Compute, Memory = known.Capacity.Memory + has.Memory } };
            }

            foreach (var use in report.Uses)
            {
                var sum = uses.GetValueOrDefault(use.Tenant.Value);
                uses[use.Tenant.Value] = new PoolUse(
                    use.Tenant, sum.Compute + use.Compute, sum.Memory + use.Memory, Math.Max(sum.Storage, use.Storage),
                    sum.Network + use.Network, sum.NetworkBytes + use.NetworkBytes, sum.Sessions + use.Sessions);
            }
        }

        return new ClusterPools(gateways, silos, capacity, [.. uses.Values]) { ByPool = [.. pools.Values] };
    }
}
