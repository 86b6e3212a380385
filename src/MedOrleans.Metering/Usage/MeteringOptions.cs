namespace MedOrleans.Metering.Usage;

/// <summary>How usage is metered: section <c>MedOrleans:Metering</c>.</summary>
public sealed class MeteringOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Metering";

    /// <summary>
    /// Whether usage is metered. It is there to measure what metering costs: without it nothing of that time can be billed, and what a
    /// hospital stores is not held against its plan.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How often what is counted in memory is flushed, and so the most that a killed process loses of reads; 500 ms to 60 s.</summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often old usage is rolled up to a row an hour; 1 minute to 1 day.</summary>
    public TimeSpan RollUpInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many hospitals have a label of their own in the metrics of a process; the rest is <c>other</c>. 0 to 1,000.</summary>
    public int TenantLabels { get; set; } = 50;

    /// <summary>Who bills: the name that statements carry; up to 200 characters.</summary>
    public string Issuer { get; set; } = "MedOrleans";

    /// <summary>How long after its end a month is closed for every hospital without anybody asking; 2 hours to 28 days, or 0 for never.</summary>
    public TimeSpan CloseAfter { get; set; } = TimeSpan.FromDays(2);

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (FlushInterval < TimeSpan.FromMilliseconds(500) || FlushInterval > TimeSpan.FromSeconds(60))
        {
            yield return $"{Section}:FlushInterval: must be between 00:00:00.5000000 and 00:01:00.";
        }

        if (RollUpInterval < TimeSpan.FromMinutes(1) || RollUpInterval > TimeSpan.FromDays(1))
        {
            yield return $"{Section}:RollUpInterval: must be between 00:01:00 and 1.00:00:00.";
        }

        if (string.IsNullOrWhiteSpace(Issuer) || Issuer.Length > 200)
        {
            yield return $"{Section}:Issuer: must have 1 to 200 characters.";
        }

        if (CloseAfter != TimeSpan.Zero && (CloseAfter < TimeSpan.FromHours(2) || CloseAfter > TimeSpan.FromDays(28)))
        {
            yield return $"{Section}:CloseAfter: must be between 02:00:00 and 28.00:00:00, or 00:00:00 for never.";
        }

        if (TenantLabels is < 0 or > 1000)
        {
            yield return $"{Section}:TenantLabels: must be between 0 and 1000.";
        }
    }
}
