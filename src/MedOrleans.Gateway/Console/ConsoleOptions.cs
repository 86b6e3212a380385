namespace MedOrleans.Gateway.Console;

/// <summary>The page for operators and hospitals: section <c>MedOrleans:Console</c>.</summary>
public sealed class ConsoleOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Console";

    /// <summary>Whether the public address has <c>/console</c>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long a sign-in is good; 1 minute to 12 hours. Removed credentials live on as long.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often an open page brings its figures up to date; 1 second to 1 minute.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (SessionLifetime < TimeSpan.FromMinutes(1) || SessionLifetime > TimeSpan.FromHours(12))
        {
            yield return $"{Section}:SessionLifetime: must be between 00:01:00 and 12:00:00.";
        }

        if (RefreshInterval < TimeSpan.FromSeconds(1) || RefreshInterval > TimeSpan.FromMinutes(1))
        {
            yield return $"{Section}:RefreshInterval: must be between 00:00:01 and 00:01:00.";
        }
    }
}
