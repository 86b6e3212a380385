using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MedOrleans.Scaling;

namespace MedOrleans.Grains.Scaling;

/// <summary>What the autoscaler decides, for the operator's dashboards. The grain is on one silo; the others have nothing to tell.</summary>
internal sealed class ScalingInstruments
{
    private readonly ConcurrentDictionary<string, ScalingDecision> _last = new(StringComparer.Ordinal);
    private readonly Counter<long> _decisions;

    public ScalingInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("MedOrleans");
        _decisions = meter.CreateCounter<long>("medorleans.scaling.decisions", "{decision}", "Decisions on how many silos a pool should have, by action and rule.");
        meter.CreateObservableGauge("medorleans.scaling.silos.wanted", () => Of(decision => decision.Wanted), "{silo}", "How many silos the pool should have.");
        meter.CreateObservableGauge("medorleans.scaling.silos.active", () => Of(decision => decision.Signals.Silos), "{silo}", "How many it has that are not leaving.");
        meter.CreateObservableGauge("medorleans.scaling.work", () => Of(decision => decision.Signals.Cpu), "{silo}", "The processors' work, in silos that are wholly busy.");
    }

    public void Decided(ScalingDecision decision)
    {
        _last[decision.Pool] = decision;
        _decisions.Add(1, new("pool", decision.Pool), new("action", decision.Action.ToString().ToLowerInvariant()), new("rule", decision.Rule));
    }

    public void Forget() => _last.Clear();

    private IEnumerable<Measurement<double>> Of(Func<ScalingDecision, double> value) => _last.Values.Select(decision => new Measurement<double>(value(decision), new KeyValuePair<string, object?>("pool", decision.Pool)));
}
