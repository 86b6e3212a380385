using System.Globalization;

namespace MedOrleans.Elasticity;

/// <summary>How many silos there should be: section <c>MedOrleans:Scaling</c>.</summary>
public sealed class ScalingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Scaling";

    /// <summary>How often it is decided; 1 second to 5 minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether deciding is a rehearsal: decisions are listed, and no actuator acts on them.</summary>
    public bool DryRun { get; set; }

    /// <summary>The fewest silos of a pool; 1 to 10,000.</summary>
    public int Min { get; set; } = 1;

    /// <summary>The most silos of a pool; 1 to 10,000, not below <see cref="Min"/>.</summary>
    public int Max { get; set; } = 8;

    /// <summary>Pools that have a range of their own.</summary>
    public IList<PoolRange> Pools { get; } = [];

    /// <summary>How busy a silo's processors should be; 0.1 to 0.95.</summary>
    public double TargetUtilisation { get; set; } = 0.6;

    /// <summary>How full a silo's memory may be; 0.1 to 0.95.</summary>
    public double MemoryTarget { get; set; } = 0.8;

    /// <summary>How many writes may wait for a database at each silo; 1 to 1,000,000.</summary>
    public int WritesPerSilo { get; set; } = 500;

    /// <summary>What is kept above what is needed, as a part of it; 0 to 2.</summary>
    public double Headroom { get; set; } = 0.1;

    /// <summary>By how much too many there must be before any is taken away, as a part of what is needed; 0 to 1.</summary>
    public double Hysteresis { get; set; } = 0.1;

    /// <summary>How long fewer must have been enough before any is taken away; 0 to 1 day.</summary>
    public TimeSpan ScaleInAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long after silos were taken away the next are; 0 to 1 hour.</summary>
    public TimeSpan ScaleInPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long silos that were added for saturation are given before more are; 0 to 1 hour.</summary>
    public TimeSpan ScaleOutPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many of the last weeks a forecast is made of; 0 to 12, 0 for none.</summary>
    public int ForecastWeeks { get; set; } = 4;

    /// <summary>How far the forecast looks ahead; 1 minute to 6 hours.</summary>
    public TimeSpan ForecastLead { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The time zone of the scheduled minimums, an IANA name.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>Minimums by weekday and hour.</summary>
    public IList<ScheduledMinimum> Minimums { get; } = [];

    /// <summary>A pool's range.</summary>
    public (int Min, int Max) RangeOf(string pool) => Pools.FirstOrDefault(range => range.Pool == pool) is { } own ? (own.Min, own.Max) : (Min, Max);

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        foreach (var (key, value, least, most) in new[]
        {
            (nameof(Interval), Interval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            (nameof(ScaleInAfter), ScaleInAfter, TimeSpan.Zero, TimeSpan.FromDays(1)),
            (nameof(ScaleInPause), ScaleInPause, TimeSpan.Zero, TimeSpan.FromHours(1)),
            (nameof(ScaleOutPause), ScaleOutPause, TimeSpan.Zero, TimeSpan.FromHours(1)),
            (nameof(ForecastLead), ForecastLead, TimeSpan.FromMinutes(1), TimeSpan.FromHours(6)),
        })
        {
            if (value < least || value > most)
            {
                yield return $"{Section}:{key}: must be between {least} and {most}.";
            }
        }

        foreach (var (key, value, least, most) in new[]
        {
            (nameof(TargetUtilisation), TargetUtilisation, 0.1, 0.95),
            (nameof(MemoryTarget), MemoryTarget, 0.1, 0.95),
            (nameof(Headroom), Headroom, 0, 2),
            (nameof(Hysteresis), Hysteresis, 0, 1),
            (nameof(WritesPerSilo), WritesPerSilo, 1, 1_000_000),
            (nameof(ForecastWeeks), ForecastWeeks, 0, 12),
        })
        {
            if (!(value >= least && value <= most))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{Section}:{key}: must be between {least} and {most}.");
            }
        }

        foreach (var (key, min, max) in Pools.Select((range, i) => ($"Pools:{i}:", range.Min, range.Max)).Prepend(("", Min, Max)))
        {
            if (min is < 1 or > 10_000)
            {
                yield return $"{Section}:{key}Min: must be between 1 and 10000.";
            }

            if (max is < 1 or > 10_000 || max < min)
            {
                yield return $"{Section}:{key}Max: must be between 1 and 10000, and not below Min.";
            }
        }

        for (var i = 0; i < Pools.Count; i++)
        {
            if (!TenantId.TryParse(Pools[i].Pool, out _))
            {
                yield return $"{Section}:Pools:{i}:Pool: must have 2 to 40 characters of a-z, 0-9 and '-', and begin with a letter.";
            }
        }

        for (var i = 0; i < Minimums.Count; i++)
        {
            foreach (var mistake in Minimums[i].Mistakes())
            {
                yield return $"{Section}:Minimums:{i}:{mistake}";
            }
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            yield return $"{Section}:TimeZone: this machine knows no time zone '{TimeZone}'.";
        }
    }
}

/// <summary>How many silos a pool may have.</summary>
public sealed class PoolRange
{
    /// <summary>The pool.</summary>
    public string Pool { get; set; } = "";

    /// <summary>The fewest.</summary>
    public int Min { get; set; } = 1;

    /// <summary>The most.</summary>
    public int Max { get; set; } = 8;
}

/// <summary>How many silos there are at least, on some days, for some hours.</summary>
public sealed class ScheduledMinimum
{
    private static readonly string[] s_days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    /// <summary>The pool; every pool where it is empty.</summary>
    public string Pool { get; set; } = "";

    /// <summary>The days: <c>Mon-Fri</c>, <c>Sat,Sun</c>, <c>Mon</c>.</summary>
    public string Days { get; set; } = "Mon-Sun";

    /// <summary>From when on, <c>HH:mm</c>.</summary>
    public TimeOnly From { get; set; }

    /// <summary>Until when, <c>HH:mm</c>; the end of the day where it is 00:00. Before <see cref="From"/> it is the next day's.</summary>
    public TimeOnly To { get; set; }

    /// <summary>How many.</summary>
    public int Silos { get; set; } = 1;

    /// <summary>Whether it holds at a local time.</summary>
    public bool Holds(DateTime local)
    {
        var (time, days) = (TimeOnly.FromDateTime(local), DaysOf(Days) ?? []);
        if (To == default || From < To)
        {
            return days.Contains(local.DayOfWeek) && time >= From && (To == default || time < To);
        }

        return (days.Contains(local.DayOfWeek) && time >= From) || (days.Contains(local.AddDays(-1).DayOfWeek) && time < To);
    }

    internal IEnumerable<string> Mistakes()
    {
        if (DaysOf(Days) is null)
        {
            yield return "Days: must be days as Mon-Fri or Sat,Sun.";
        }

        if (Silos is < 1 or > 10_000)
        {
            yield return "Silos: must be between 1 and 10000.";
        }
    }

    private static HashSet<DayOfWeek>? DaysOf(string text)
    {
        var days = new HashSet<DayOfWeek>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', StringSplitOptions.TrimEntries);
            var (first, last) = (Array.FindIndex(s_days, day => day.Equals(ends[0], StringComparison.OrdinalIgnoreCase)), Array.FindIndex(s_days, day => day.Equals(ends[^1], StringComparison.OrdinalIgnoreCase)));
            if (first < 0 || last < 0 || ends.Length > 2)
            {
                return null;
            }

            for (var day = first; ; day = (day + 1) % 7)
            {
                days.Add((DayOfWeek)((day + 1) % 7));
                if (day == last)
                {
                    break;
                }
            }
        }

        return days;
    }
}
