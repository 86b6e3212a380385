using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace MedOrleans.Grains.Rating;

/// <summary>How the budgets stand that this silo's grains look after. A budget has one grain in the cluster, so each is told of once.</summary>
internal sealed class BudgetInstruments
{
    private readonly ConcurrentDictionary<TenantId, (double Used, int Threshold)> _budgets = new();

    public BudgetInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("MedOrleans");
        meter.CreateObservableGauge("medorleans.budget.used", () => _budgets.Select(one => new Measurement<double>(one.Value.Used, Of(one.Key))), null, "What the month has cost so far, as a part of the hospital's budget.");
        meter.CreateObservableGauge("medorleans.budget.threshold", () => _budgets.Select(one => new Measurement<int>(one.Value.Threshold, Of(one.Key))), "%", "The highest of its budget's thresholds that the hospital has reached this month; 0 for none.");
    }

    public void Set(TenantId tenant, double used, int threshold) => _budgets[tenant] = (used, threshold);

    public void Forget(TenantId tenant) => _budgets.TryRemove(tenant, out _);

    private static KeyValuePair<string, object?> Of(TenantId tenant) => new("tenant", tenant.Value);
}
