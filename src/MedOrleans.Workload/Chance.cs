namespace MedOrleans.Workload;

/// <summary>What decides a day: the same seed decides the same.</summary>
#pragma warning disable CA5394 // A day that can be repeated, not a secret.
internal sealed class Chance(int seed)
{
    private const double StaySpread = 0.75;

    /// <summary>Arrivals at an emergency department by hour of the day, as a share of the busiest hour: quietest before dawn, busiest from late morning to early evening.</summary>
    private static readonly double[] s_hours = [0.45, 0.36, 0.3, 0.26, 0.25, 0.28, 0.38, 0.55, 0.8, 0.97, 1, 0.98, 0.95, 0.92, 0.9, 0.9, 0.92, 0.95, 0.94, 0.88, 0.82, 0.74, 0.65, 0.55];

    private readonly Random _random = new(seed);

    /// <summary>A number from 0 up to 1.</summary>
    public double Next() => _random.NextDouble();

    /// <summary>Whether something of this likelihood happens.</summary>
    public bool Happens(double share) => Next() < share;

    /// <summary>A whole number from 0 up to a bound.</summary>
    public int Below(int bound) => _random.Next(bound);

    /// <summary>A time between two.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + ((most - least) * Next());

    /// <summary>Minutes between two bounds.</summary>
    public TimeSpan Minutes(double least, double most) => Between(TimeSpan.FromMinutes(least), TimeSpan.FromMinutes(most));

    /// <summary>One of several.</summary>
    public T Of<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>A bell of 0 in the mean, within one of it.</summary>
    public double Bell() => ((Next() + Next() + Next()) * 2 / 3) - 1;

    /// <summary>The times of emergencies in a day: a Poisson process whose rate follows the hours.</summary>
    /// <param name="expected">How many are expected.</param>
    public IEnumerable<TimeSpan> Emergencies(double expected)
    {
        var most = expected / s_hours.Sum();
        for (var hour = -Math.Log(1 - Next()) / most; hour < 24; hour += -Math.Log(1 - Next()) / most)
        {
            // Thinning: of arrivals at the highest rate each hour keeps its share.
            if (Happens(s_hours[(int)hour]))
            {
                yield return TimeSpan.FromHours(hour);
            }
        }
    }

    /// <summary>How many of something that happens now and then (Poisson).</summary>
    public int Count(double expected)
    {
        var count = 0;
        for (var sum = -Math.Log(1 - Next()); sum < expected; sum += -Math.Log(1 - Next()))
        {
            count++;
        }

        return count;
    }

    /// <summary>How long a stay lasts: log-normal, as stays in hospitals are; many short ones, few very long ones.</summary>
    public TimeSpan Stay(TimeSpan mean) => Longest(mean * Math.Exp((StaySpread * Normal()) - (StaySpread * StaySpread / 2)));

    /// <summary>How long a stay that somebody is found in goes on: long stays are found more often, and anywhere in them.</summary>
    public TimeSpan RestOfStay(TimeSpan mean) => Longest(mean * Math.Exp((StaySpread * Normal()) + (StaySpread * StaySpread / 2)) * Next());

    private static TimeSpan Longest(TimeSpan stay) => stay > TimeSpan.FromHours(3) ? stay : TimeSpan.FromHours(3);

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next());
}
#pragma warning restore CA5394
