namespace MedOrleans.Record.Lifecycle;

/// <summary>How long what of a hospital's life lasts: section <c>MedOrleans:Lifecycle</c>.</summary>
public sealed class LifecycleOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Lifecycle";

    /// <summary>How long a closed hospital can be read, exported and reopened; 0 to 730 days.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long a deletion waits once the keys are destroyed, until no host holds anything of the hospital any more: longer than hosts remember keys
    /// (1 minute), the directory of hospitals, and what they have counted. 0 to 1 hour; a single host on SQLite waits 10 seconds at most.
    /// </summary>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>How long an export's files can be fetched; 10 minutes to 30 days.</summary>
    public TimeSpan ExportLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (GracePeriod < TimeSpan.Zero || GracePeriod > TimeSpan.FromDays(730))
        {
            yield return $"{Section}:GracePeriod: must be between 00:00:00 and 730.00:00:00.";
        }

        if (SettleTime < TimeSpan.Zero || SettleTime > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:SettleTime: must be between 00:00:00 and 01:00:00.";
        }

        if (ExportLifetime < TimeSpan.FromMinutes(10) || ExportLifetime > TimeSpan.FromDays(30))
        {
            yield return $"{Section}:ExportLifetime: must be between 00:10:00 and 30.00:00:00.";
        }
    }
}
