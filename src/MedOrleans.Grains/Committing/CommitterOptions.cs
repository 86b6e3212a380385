namespace MedOrleans.Grains.Committing;

/// <summary>How a silo gathers commits: section <c>MedOrleans:Committer</c>.</summary>
public sealed class CommitterOptions
{
    /// <summary>Groups in flight at a time for each database; 1 to 16. The next group gathers meanwhile.</summary>
    public int WritersPerDatabase { get; set; } = 2;

    /// <summary>The most commits of a group; 1 to 4,096.</summary>
    public int MaxGroupCommits { get; set; } = 256;

    /// <summary>The most bytes of a group's bodies, one larger commit apart; 64 KB to 64 MB.</summary>
    public int MaxGroupBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The most commits that wait for one database; one more is refused as unavailable. 16 to 1,000,000.</summary>
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (WritersPerDatabase is < 1 or > 16)
        {
            yield return "MedOrleans:Committer:WritersPerDatabase: must be between 1 and 16.";
        }

        if (MaxGroupCommits is < 1 or > 4096)
        {
            yield return "MedOrleans:Committer:MaxGroupCommits: must be between 1 and 4096.";
        }

        if (MaxGroupBytes is < 65_536 or > 67_108_864)
        {
            yield return "MedOrleans:Committer:MaxGroupBytes: must be between 65536 and 67108864.";
        }

        if (MaxWaiting is < 16 or > 1_000_000)
        {
            yield return "MedOrleans:Committer:MaxWaiting: must be between 16 and 1000000.";
        }
    }
}
