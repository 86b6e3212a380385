using MedOrleans.Grains.Placement;
using MedOrleans.Plans;

namespace MedOrleans.Grains.Pools;

/// <summary>Sums what processes report. A process that has not reported for a while is gone.</summary>
[ClusterPool]
internal sealed class PoolLedgerGrain(SiloPools silos, TimeProvider time) : Grain, IPoolLedgerGrain
{
    private static readonly TimeSpan s_gone = TimeSpan.FromSeconds(15);

    private readonly Dictionary<Guid, (PoolReport Report, long At)> _reports = [];

    public Task<PoolGrant> ReportAsync(PoolReport report)
    {
        _reports[report.Process] = (report, time.GetTimestamp());
        var asked = report.Uses.Select(use => use.Tenant).ToHashSet();
        var all = Show();
        return Task.FromResult(new PoolGrant(all.Gateways, all.Silos, [.. all.Uses.Where(use => asked.Contains(use.Tenant))]) { SilosByPool = silos.Count() });
    }

    public Task<ClusterPools> ShowAsync() => Task.FromResult(Show());

    private ClusterPools Show()
    {
        foreach (var gone in _reports.Where(report => time.GetElapsedTime(report.Value.At) > s_gone).Select(report => report.Key).ToList())
        {
            _reports.Remove(gone);
        }

        return PoolLedgerRules.Sum(_reports.Values.Select(report => report.Report));
    }
}
