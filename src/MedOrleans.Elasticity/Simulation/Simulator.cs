using MedOrleans.Scaling;

namespace MedOrleans.Elasticity.Simulation;

/// <summary>How a way of scaling did.</summary>
/// <param name="Name">The way.</param>
/// <param name="SiloHours">What it used.</param>
/// <param name="MissedMinutes">Minutes in which silos were busier than the objective allows.</param>
/// <param name="Outs">How often silos were added.</param>
/// <param name="Ins">How often silos were taken away.</param>
/// <param name="Peak">The most silos at one time.</param>
internal sealed record SimulationResult(string Name, double SiloHours, int MissedMinutes, int Outs, int Ins, int Peak)
{
    /// <summary>Silos of each minute.</summary>
    public int[] Silos { get; init; } = [];
}

/// <summary>Runs the policy over recorded or made-up work, minute by minute, without a clock.</summary>
internal static class Simulator
{
    /// <summary>The objective: a silo that is busier than this answers late.</summary>
    public const double Objective = 0.85;

    /// <summary>How long after the decision a silo takes its share, in minutes.</summary>
    private const int StartMinutes = 1;

    private const string Pool = "community";

    /// <summary>The policy.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="work">The work of each minute, in silos that are wholly busy.</param>
    /// <param name="start">The first minute.</param>
    /// <param name="options">The policy's options.</param>
    public static SimulationResult Run(string name, float[] work, DateTimeOffset start, ScalingOptions options)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
        var history = new DemandHistory(options.ForecastWeeks);
        var memory = ScalingMemory.Empty;
        var silos = new int[work.Length];
        var coming = new int[StartMinutes + 1];
        var current = Math.Clamp((int)Math.Ceiling(work[0] / options.TargetUtilisation), options.Min, options.Max);
        var (missed, outs, ins, peak, used) = (0, 0, 0, current, 0L);
        for (var minute = 0; minute < work.Length; minute++)
        {
            current += coming[minute % coming.Length];
            coming[minute % coming.Length] = 0;
            silos[minute] = current;
            used += current;
            peak = Math.Max(peak, current);
            missed += work[minute] > Objective * current ? 1 : 0;

            var now = start.AddMinutes(minute);
            var seen = Math.Min(work[minute], current);
            history.Add(now, seen);
            (var decision, memory) = ScalingPolicy.Decide(Pool, new ScalingSignals(current + coming.Sum(), seen), history.Expect(now, options.ForecastLead), memory, options, zone, now);
            switch (decision.Action)
            {
                case ScalingAction.Out:
                    coming[(minute + StartMinutes) % coming.Length] += decision.Wanted - decision.Signals.Silos;
                    outs++;
                    break;
                case ScalingAction.In:
                    current -= Math.Min(current - options.Min, decision.Signals.Silos - decision.Wanted);
                    ins++;
                    break;
            }
        }

        return new SimulationResult(name, used / 60.0, missed, outs, ins, peak) { Silos = silos };
    }

    /// <summary>As many as each minute needs, no more, known in advance: what nobody can do better.</summary>
    public static SimulationResult Ideal(float[] work, int min)
    {
        var silos = Array.ConvertAll(work, minute => Math.Max(min, (int)Math.Ceiling(minute / Objective)));
        return new SimulationResult("ideal", silos.Sum(static silo => (long)silo) / 60.0, 0, 0, 0, silos.Max()) { Silos = silos };
    }

    /// <summary>The same number for the whole year: what the busiest minute needs, or what all but some do.</summary>
    public static SimulationResult Fixed(string name, float[] work, int silos) =>
        new(name, silos * (work.Length / 60.0), work.Count(minute => minute > Objective * silos), 0, 0, silos) { Silos = Array.ConvertAll(work, _ => silos) };
}
