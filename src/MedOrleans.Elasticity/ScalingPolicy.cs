using System.Collections.Immutable;
using MedOrleans.Scaling;

namespace MedOrleans.Elasticity;

/// <summary>What the policy remembers of a pool from one decision to the next.</summary>
public sealed record ScalingMemory
{
    /// <summary>Nothing yet.</summary>
    public static ScalingMemory Empty { get; } = new();

    /// <summary>How many silos would have been enough at the moments of the last <see cref="ScalingOptions.ScaleInAfter"/>, oldest first.</summary>
    public ImmutableArray<(DateTimeOffset At, int Enough)> Enough { get; init; } = [];

    /// <summary>Since when the pool is watched.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When silos were last taken away.</summary>
    public DateTimeOffset? LastIn { get; init; }

    /// <summary>When silos were last added.</summary>
    public DateTimeOffset? LastOut { get; init; }
}

/// <summary>
/// How many silos a pool should have: a pure function. Each rule says how many it needs and the highest counts. Silos are added at once; they are taken away only where fewer, and some
/// more than that for hysteresis, would have been enough at every moment of the cool-down.
/// </summary>
public static class ScalingPolicy
{
    /// <summary>From this mean use on, what the silos would have to do cannot be told from what they do.</summary>
    private const double Saturation = 0.9;

    /// <summary>What is added then, as a part of what there is.</summary>
    private const double SaturatedStep = 0.5;

    /// <summary>The most that is taken away at once, as a part of what there is.</summary>
    private const double InStep = 0.2;

    /// <summary>Decides.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="signals">What its silos do.</param>
    /// <param name="forecast">The work that is expected, in silos that are wholly busy; null where nothing is.</param>
    /// <param name="memory">What the last decision left.</param>
    /// <param name="options">The options.</param>
    /// <param name="zone">The time zone of the schedule.</param>
    /// <param name="now">The time, UTC.</param>
    public static (ScalingDecision Decision, ScalingMemory Memory) Decide(
        string pool, ScalingSignals signals, double? forecast, ScalingMemory memory, ScalingOptions options, TimeZoneInfo zone, DateTimeOffset now)
    {
        var (min, max) = options.RangeOf(pool);
        var current = signals.Silos;
        var needs = Needs(pool, signals, forecast, memory, options, zone, now, min);
        var highest = needs.MaxBy(static need => need.Silos);
        var wanted = Math.Clamp(Whole(highest.Silos), min, max);

        // What would have been enough to be left alone at, with some to spare.
        var enough = Math.Clamp(Math.Max(wanted, Whole(Spared(needs, options.Hysteresis))), min, max);
        var since = memory.Since ?? now;
        var window = memory.Enough.RemoveAll(moment => now - moment.At > options.ScaleInAfter).Add((now, enough));
        memory = memory with { Enough = window, Since = since };

        (ScalingAction Action, int Wanted, string Rule) result;
        if (wanted > current)
        {
            result = (ScalingAction.Out, wanted, highest.Rule);
            memory = memory with { LastOut = now };
        }
        else if (wanted == current || current == 0)
        {
            result = (ScalingAction.Hold, wanted, Whole(highest.Silos) > max ? "maximum" : highest.Rule);
        }
        else if (current > max)
        {
            result = (ScalingAction.In, max, "maximum");
        }
        else if (signals.Silent > 0)
        {
            result = (ScalingAction.Hold, current, "silent");
        }
        else if (enough >= current)
        {
            result = (ScalingAction.Hold, current, "hysteresis");
        }
        else if (now - since < options.ScaleInAfter || window.Max(static moment => moment.Enough) is var most && most >= current || now - memory.LastIn < options.ScaleInPause)
        {
            result = (ScalingAction.Hold, current, "cool-down");
        }
        else
        {
            result = (ScalingAction.In, Math.Max(most, current - Math.Max(1, (int)(current * InStep))), highest.Rule);
            memory = memory with { LastIn = now };
        }

        return (new ScalingDecision { At = now, Pool = pool, Action = result.Action, Wanted = result.Wanted, Rule = result.Rule, Signals = signals, Needs = needs, IsDryRun = options.DryRun }, memory);
    }

    private static List<ScalingNeed> Needs(
        string pool, ScalingSignals signals, double? forecast, ScalingMemory memory, ScalingOptions options, TimeZoneInfo zone, DateTimeOffset now, int min)
    {
        var more = 1 + options.Headroom;
        var needs = new List<ScalingNeed>(7)
        {
            new("minimum", min),
            new("processor", signals.Cpu / options.TargetUtilisation * more),
            new("memory", signals.Memory / options.MemoryTarget * more),
            new("writes", signals.WaitingWrites / (double)options.WritesPerSilo * more),
        };
        if (forecast is { } expected)
        {
            needs.Add(new ScalingNeed("forecast", expected / options.TargetUtilisation * more));
        }

        if (signals.Silos > 0 && signals.Cpu >= Saturation * signals.Silos)
        {
            // Those that were just added are not yet in the signals.
            needs.Add(new ScalingNeed("saturated", now - memory.LastOut < options.ScaleOutPause ? signals.Silos : Math.Ceiling(signals.Silos * (1 + SaturatedStep))));
        }

        if (options.Minimums.Count > 0)
        {
            var local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
            var scheduled = 0;
            foreach (var minimum in options.Minimums)
            {
                if ((minimum.Pool.Length == 0 || minimum.Pool == pool) && minimum.Silos > scheduled && minimum.Holds(local))
                {
                    scheduled = minimum.Silos;
                }
            }

            if (scheduled > 0)
            {
                needs.Add(new ScalingNeed("schedule", scheduled));
            }
        }

        return needs;
    }

    /// <summary>The highest need, what is measured with some more; what is set is not.</summary>
    private static double Spared(List<ScalingNeed> needs, double hysteresis)
    {
        var most = 0.0;
        foreach (var need in needs)
        {
            most = Math.Max(most, need.Rule is "minimum" or "schedule" or "saturated" ? need.Silos : need.Silos * (1 + hysteresis));
        }

        return most;
    }

    // 3.0000001 silos are three.
    private static int Whole(double silos) => (int)Math.Min(int.MaxValue, Math.Ceiling(silos - 1e-6));
}
