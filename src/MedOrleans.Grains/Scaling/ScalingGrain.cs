using MedOrleans.Cluster;
using MedOrleans.Elasticity;
using MedOrleans.Grains.Placement;
using MedOrleans.Scaling;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Scaling;

/// <summary>Looks at the silos of each pool and decides by the policy. What it remembers of the last minutes goes with its activation: then nothing is taken away for one cool-down.</summary>
[ClusterPool]
internal sealed partial class ScalingGrain(
    [PersistentState("scaling-v1", "Default")] IPersistentState<ScalingState> state,
    ScalingOptions options,
    ScalingInstruments instruments,
    TimeProvider time,
    ILogger<ScalingGrain> logger) : Grain, IScalingGrain
{
    private const int MostDecisions = 200;

    private readonly SortedDictionary<string, Watched> _pools = new(StringComparer.Ordinal);
    private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
    private long? _last;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var (pool, work) in state.State.Work)
        {
            _pools[pool] = new Watched(new DemandHistory(options.ForecastWeeks, work));
        }

        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        instruments.Forget();
        return Task.CompletedTask;
    }

    public async Task TickAsync()
    {
        // Every silo calls, at times of its own.
        if (_last is { } last && time.GetElapsedTime(last) < options.Interval * 0.9)
        {
            return;
        }

        _last = time.GetTimestamp();
        var loads = await GrainFactory.GetGrain<ISiloPoolsGrain>(ISiloPoolsGrain.Key).LoadsAsync();
        var now = time.GetUtcNow();
        var hasNews = false;
        var staying = loads.Where(silo => silo is { IsLeaving: false, Pool: not null }).ToLookup(silo => silo.Pool!, StringComparer.Ordinal);
        foreach (var pool in staying.Select(pool => pool.Key).Concat(_pools.Keys).Concat(options.Pools.Select(range => range.Pool)).Distinct(StringComparer.Ordinal).ToList())
        {
            hasNews |= Decide(pool, ScalingSignalsOf.Silos([.. staying[pool]]), now);
        }

        if (hasNews)
        {
            await state.WriteAsync(this);
        }
    }

    public ValueTask<int?> WantedAsync(string pool) => new(options.DryRun || !_pools.TryGetValue(pool, out var watched) ? null : watched.Last?.Wanted);

    public ValueTask<ScalingView> ShowAsync() => new(new ScalingView(
        options.DryRun,
        [.. _pools.Where(pool => pool.Value.Last is not null).Select(pool => new ScalingPool(pool.Key, options.RangeOf(pool.Key).Min, options.RangeOf(pool.Key).Max, pool.Value.Last!, pool.Value.Forecast))],
        [.. state.State.Decisions.AsEnumerable().Reverse()]));

    /// <summary>Decides for one pool; whether there is something to keep.</summary>
    private bool Decide(string pool, ScalingSignals signals, DateTimeOffset now)
    {
        if (!_pools.TryGetValue(pool, out var watched))
        {
            _pools.Add(pool, watched = new Watched(new DemandHistory(options.ForecastWeeks)));
        }

        var isNewQuarter = watched.History.Add(now, signals.Cpu);
        if (isNewQuarter)
        {
            state.State.Work[pool] = new Dictionary<long, float>(watched.History.Kept);
        }

        watched.Forecast = watched.History.Expect(now, options.ForecastLead);
        (var decision, watched.Memory) = ScalingPolicy.Decide(pool, signals, watched.Forecast, watched.Memory, options, _zone, now);
        var isRepeated = watched.Last is { } last && last.Action == decision.Action && last.Wanted == decision.Wanted;
        watched.Last = decision;
        instruments.Decided(decision);
        if (decision.Action == ScalingAction.Hold || isRepeated)
        {
            return isNewQuarter;
        }

        LogDecided(logger, pool, decision.Action, signals.Silos, decision.Wanted, decision.Rule, decision.IsDryRun ? "rehearsed" : "decided");
        state.State.Decisions.Add(decision);
        state.State.Decisions.RemoveRange(0, Math.Max(0, state.State.Decisions.Count - MostDecisions));
        return true;
    }

    private sealed class Watched(DemandHistory history)
    {
        public DemandHistory History { get; } = history;

        public ScalingMemory Memory { get; set; } = ScalingMemory.Empty;

        public ScalingDecision? Last { get; set; }

        public double? Forecast { get; set; }
    }
}

/// <summary>What silos do, summed up.</summary>
internal static class ScalingSignalsOf
{
    /// <summary>The signals of a pool's silos that are not leaving. One that does not answer is taken for as busy as the others.</summary>
    public static ScalingSignals Silos(IReadOnlyList<SiloLoad> silos)
    {
        var uses = silos.Select(silo => silo.Use).OfType<SiloUse>().ToList();
        var all = uses.Count == 0 ? 0 : silos.Count / (double)uses.Count;
        return new ScalingSignals(
            silos.Count,
            all * uses.Sum(use => use.Cpu / 100),
            all * uses.Sum(use => use.MemoryLimitBytes == 0 ? 0 : use.MemoryBytes / (double)use.MemoryLimitBytes),
            uses.Sum(use => use.WaitingWrites),
            uses.Sum(use => use.Activations),
            silos.Count - uses.Count);
    }
}
