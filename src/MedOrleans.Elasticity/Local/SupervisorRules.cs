namespace MedOrleans.Elasticity.Local;

/// <summary>What a silo's place on the machine is in.</summary>
internal enum PlaceState
{
    /// <summary>Its silo runs.</summary>
    Running,

    /// <summary>Its silo was told to stop.</summary>
    Leaving,

    /// <summary>Its silo ended by itself, and is started again when its time has come.</summary>
    Waiting,
}

/// <summary>A place that is not free.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="State">What it is in.</param>
/// <param name="Since">Since when.</param>
/// <param name="Until">When a silo that waits is started again.</param>
/// <param name="Signals">How often a silo that leaves was told so.</param>
internal sealed record Place(int Number, PlaceState State, DateTimeOffset Since, DateTimeOffset Until = default, int Signals = 0);

/// <summary>What to do now.</summary>
/// <param name="Start">Places in which a silo is started.</param>
/// <param name="Stop">Places whose silo is told to stop, for the first time or again.</param>
/// <param name="Kill">Places whose silo is killed.</param>
/// <param name="Free">Places that nobody waits for any more.</param>
internal sealed record SupervisorPlan(IReadOnlyList<int> Start, IReadOnlyList<int> Stop, IReadOnlyList<int> Kill, IReadOnlyList<int> Free);

/// <summary>Which silos are started and stopped so that there are as many as are wanted: a pure function.</summary>
internal static class SupervisorRules
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>The plan.</summary>
    /// <param name="places">The places that are not free.</param>
    /// <param name="wanted">How many silos there should be here.</param>
    /// <param name="options">The options.</param>
    /// <param name="now">The time.</param>
    public static SupervisorPlan Plan(IReadOnlyCollection<Place> places, int wanted, SupervisorOptions options, DateTimeOffset now)
    {
        var running = places.Where(place => place.State == PlaceState.Running).OrderBy(place => place.Number).ToList();
        var waiting = places.Where(place => place.State == PlaceState.Waiting).OrderBy(place => place.Number).ToList();
        var room = Math.Max(0, wanted - running.Count);

        // Those that ended come before new ones: their wait must not be got round by taking another place.
        var start = waiting.Take(room).Where(place => place.Until <= now).Select(place => place.Number).ToList();
        var free = waiting.Skip(room).Select(place => place.Number).ToList();
        var taken = places.Select(place => place.Number).ToHashSet();
        for (var number = 1; room > waiting.Count; number++)
        {
            if (!taken.Contains(number))
            {
                start.Add(number);
                room--;
            }
        }

        var stop = running.Skip(wanted).Select(place => place.Number).Reverse().ToList();
        var late = places.Where(place => place.State == PlaceState.Leaving && now - place.Since >= options.StopLimit).ToList();
        stop.AddRange(late.Where(place => place.Signals < 2).Select(place => place.Number));
        return new SupervisorPlan(start, stop, [.. late.Where(place => now - place.Since >= options.StopLimit + s_patience).Select(place => place.Number)], free);
    }

    /// <summary>How long a silo waits that ended by itself so many times in a row.</summary>
    public static TimeSpan Wait(int times, SupervisorOptions options)
    {
        var wait = options.RestartAfter * Math.Pow(2, Math.Min(times - 1, 20));
        return wait < options.RestartAtMost ? wait : options.RestartAtMost;
    }
}
