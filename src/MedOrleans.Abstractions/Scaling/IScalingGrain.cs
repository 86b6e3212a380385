using System.Globalization;

namespace MedOrleans.Scaling;

/// <summary>
/// Decides how many silos each pool should have. One grain, its key <see cref="Key"/>; every silo calls it again and again, and it looks as often
/// as the settings say. It starts and stops nothing: actuators ask what is wanted and do so.
/// </summary>
[Alias("MedOrleans.IScalingGrain")]
public interface IScalingGrain : IGrainWithStringKey
{
    /// <summary>The key.</summary>
    const string Key = "scaling";

    /// <summary>Looks and decides, unless that has just been done.</summary>
    [Alias("Tick")]
    Task TickAsync();

    /// <summary>How many silos a pool should have; null where nothing has been decided yet, or deciding is a rehearsal: then nobody acts.</summary>
    [Alias("Wanted")]
    ValueTask<int?> WantedAsync(string pool);

    /// <summary>What is decided, and what was.</summary>
    [Alias("Show")]
    ValueTask<ScalingView> ShowAsync();
}

/// <summary>What a decision does.</summary>
public enum ScalingAction
{
    /// <summary>Nothing.</summary>
    Hold,

    /// <summary>Adds silos.</summary>
    Out,

    /// <summary>Takes silos away.</summary>
    In,
}

/// <summary>What a pool's silos are doing, together.</summary>
/// <param name="Silos">Silos that are alive and are not leaving.</param>
/// <param name="Cpu">Processor use, in silos: 2.5 is two silos and a half that are wholly busy.</param>
/// <param name="Memory">Memory use, in silos, of the most that each may have.</param>
/// <param name="WaitingWrites">Writes that wait for a database.</param>
/// <param name="Activations">Activations.</param>
/// <param name="Silent">Silos that do not answer; they are counted as busy as the others.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.ScalingSignals")]
public sealed record ScalingSignals(
    [property: Id(0)] int Silos,
    [property: Id(1)] double Cpu,
    [property: Id(2)] double Memory = 0,
    [property: Id(3)] int WaitingWrites = 0,
    [property: Id(4)] int Activations = 0,
    [property: Id(5)] int Silent = 0);

/// <summary>How many silos one rule asks for.</summary>
/// <param name="Rule">The rule: <c>processor</c>, <c>memory</c>, <c>writes</c>, <c>saturated</c>, <c>forecast</c>, <c>schedule</c>, <c>minimum</c>.</param>
/// <param name="Silos">How many, not rounded.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.ScalingNeed")]
public readonly record struct ScalingNeed([property: Id(0)] string Rule, [property: Id(1)] double Silos);

/// <summary>A decision, with all that it was made of.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ScalingDecision")]
public sealed record ScalingDecision
{
    /// <summary>When, UTC.</summary>
    [Id(0)]
    public required DateTimeOffset At { get; init; }

    /// <summary>The pool.</summary>
    [Id(1)]
    public required string Pool { get; init; }

    /// <summary>What it does.</summary>
    [Id(2)]
    public required ScalingAction Action { get; init; }

    /// <summary>How many silos there should be.</summary>
    [Id(3)]
    public required int Wanted { get; init; }

    /// <summary>The rule that decided: one of the needs, or what held it back: <c>maximum</c>, <c>hysteresis</c>, <c>cool-down</c>, <c>silent</c>.</summary>
    [Id(4)]
    public required string Rule { get; init; }

    /// <summary>What was seen.</summary>
    [Id(5)]
    public required ScalingSignals Signals { get; init; }

    /// <summary>What each rule asks for.</summary>
    [Id(6)]
    public required IReadOnlyList<ScalingNeed> Needs { get; init; }

    /// <summary>Whether it is a rehearsal: nobody acts on it.</summary>
    [Id(7)]
    public bool IsDryRun { get; init; }

    /// <summary>The decision in plain words.</summary>
    public string Explanation
    {
        get
        {
            var highest = Needs.Count == 0 ? default : Needs.MaxBy(need => need.Silos);
            var needs = string.Create(CultureInfo.InvariantCulture, $"{highest.Rule} asks for {highest.Silos:0.##}");
            return (Action, Rule) switch
            {
                (ScalingAction.Out, _) => $"{Signals.Silos} silos are too few: {needs}.",
                (ScalingAction.In, _) => $"{Signals.Silos} silos are more than was needed for long enough; {needs}.",
                (_, "maximum") => $"The most that is allowed: {needs}.",
                (_, "hysteresis") => $"Nearly too many, which is left alone: {needs}.",
                (_, "cool-down") => $"Too many, but not for long enough: {needs}.",
                (_, "silent") => $"{Signals.Silent} silos do not answer, so none is taken away; {needs}.",
                _ => $"As it should be: {needs}.",
            };
        }
    }
}

/// <summary>A pool as the autoscaler sees it.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Min">The fewest silos.</param>
/// <param name="Max">The most.</param>
/// <param name="Last">The last decision.</param>
/// <param name="Forecast">The work that the last weeks make expect, in silos; null where there is no forecast.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.ScalingPool")]
public sealed record ScalingPool([property: Id(0)] string Pool, [property: Id(1)] int Min, [property: Id(2)] int Max, [property: Id(3)] ScalingDecision Last, [property: Id(4)] double? Forecast);

/// <summary>What is decided, and what was.</summary>
/// <param name="IsDryRun">Whether deciding is a rehearsal.</param>
/// <param name="Pools">The pools, in order of name.</param>
/// <param name="Decisions">The decisions that changed something, the newest first; the last 200.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.ScalingView")]
public sealed record ScalingView([property: Id(0)] bool IsDryRun, [property: Id(1)] IReadOnlyList<ScalingPool> Pools, [property: Id(2)] IReadOnlyList<ScalingDecision> Decisions);
