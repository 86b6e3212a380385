using System.Diagnostics.Metrics;
using MedOrleans.Metering.Usage;
using MedOrleans.Plans;

namespace MedOrleans.Metering.Pools;

/// <summary>The pools for the operator's dashboards: what hospitals use in this process and what their plans give. Only so many hospitals have a label of their own.</summary>
internal sealed class PoolInstruments
{
    private readonly int _most;
    private List<(string Tenant, string Pool, double Use, double Guaranteed, double Burst, long Throttled)> _rows = [];

    public PoolInstruments(IMeterFactory meters, MeteringOptions options)
    {
        _most = options.TenantLabels;
        var meter = meters.Create("MedOrleans");
        meter.CreateObservableGauge("medorleans.pool.use", () => Measure(row => row.Use), null, "What a hospital uses of a pool in this process, in the pool's unit.");
        meter.CreateObservableGauge("medorleans.pool.guaranteed", () => Measure(row => row.Guaranteed), null, "What a hospital's plan guarantees of a pool in the whole cluster.");
        meter.CreateObservableGauge("medorleans.pool.burst", () => Measure(row => row.Burst), null, "What a hospital's plan gives of a pool at most in the whole cluster.");
        meter.CreateObservableCounter(
            "medorleans.pool.throttled",
            () => Volatile.Read(ref _rows).Where(row => row.Pool != "network.bytes").Select(row => new Measurement<long>(row.Throttled, new("pool", row.Pool), new("tenant", row.Tenant))), null, "Calls that were refused because a pool's share was used up.");
    }

    /// <summary>Takes over what was observed.</summary>
    public void Observed(IReadOnlyList<PoolUse> uses, PoolRegistry registry)
    {
        var rows = new List<(string, string, double, double, double, long)>();
        foreach (var use in uses.OrderByDescending(use => use.Network).Take(_most))
        {
            var pools = registry.For(use.Tenant);
            foreach (var (kind, name, used, share) in PoolShares.Of(use, pools.Plan))
            {
                rows.Add((use.Tenant.Value, name, used, share.Guaranteed, share.Burst, name == "network.bytes" ? 0 : pools.Throttled(kind)));
            }
        }

        Volatile.Write(ref _rows, rows);
    }

    private IEnumerable<Measurement<double>> Measure(Func<(string Tenant, string Pool, double Use, double Guaranteed, double Burst, long Throttled), double> value) =>
        Volatile.Read(ref _rows).Select(row => new Measurement<double>(value(row), new("pool", row.Pool), new("tenant", row.Tenant)));
}
