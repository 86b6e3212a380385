using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MedOrleans.Record.Store;

namespace MedOrleans.Metering.Usage;

/// <summary>Usage for the operator's dashboards. The API is the exact source: here, only so many hospitals have a label of their own.</summary>
internal sealed class MeteringInstruments
{
    private const string Other = "other";

    private readonly Counter<long> _usage;
    private readonly ConcurrentDictionary<TenantId, string> _labels = new();
    private readonly int _most;

    public MeteringInstruments(IMeterFactory meters, MeteringOptions options)
    {
        _most = options.TenantLabels;
        _usage = meters.Create("MedOrleans").CreateCounter<long>("medorleans.usage", null, "Metered usage by meter, in the meter's unit.");
    }

    /// <summary>Adds usage; gauges, whose changes may be negative, are left to the API.</summary>
    public void Counted(TenantId tenant, IReadOnlyList<UsageQuantity> quantities)
    {
        var label = _labels.TryGetValue(tenant, out var known) ? known
            : _labels.Count < _most ? _labels.GetOrAdd(tenant, tenant.Value)
            : Other;
        foreach (var used in quantities)
        {
            if (Meters.Find(used.Meter) is { Kind: MeterKind.Counter })
            {
                _usage.Add(used.Quantity, new KeyValuePair<string, object?>("meter", used.Meter), new KeyValuePair<string, object?>("tenant", label));
            }
        }
    }
}
