namespace MedOrleans.Elasticity.Local;

/// <summary>The silos that the role <c>supervisor</c> keeps on its machine: section <c>MedOrleans:Supervisor</c>.</summary>
public sealed class SupervisorOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Supervisor";

    /// <summary>How many ports a silo has: public, operator's, other silos', gateways'.</summary>
    public const int PortsPerSilo = 4;

    /// <summary>The first silo's first port; each silo has four. 1,024 to 65,000.</summary>
    public int FirstPort { get; set; } = 21_000;

    /// <summary>How many processors a silo takes itself to have, so that its use is told as a part of them; 0 for the machine's. 0 to 1,024.</summary>
    public int ProcessorsPerSilo { get; set; }

    /// <summary>How long after it ended by itself a silo is started again; each time twice as long. 100 ms to 1 minute.</summary>
    public TimeSpan RestartAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest of these waits; up to 1 hour, not below <see cref="RestartAfter"/>.</summary>
    public TimeSpan RestartAtMost { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a silo that is told to stop may take; it is told again then, and killed 10 s later. 1 second to 15 minutes.</summary>
    public TimeSpan StopLimit { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (FirstPort is < 1024 or > 65_000)
        {
            yield return $"{Section}:FirstPort: must be between 1024 and 65000.";
        }

        if (ProcessorsPerSilo is < 0 or > 1024)
        {
            yield return $"{Section}:ProcessorsPerSilo: must be between 0 and 1024.";
        }

        if (RestartAfter < TimeSpan.FromMilliseconds(100) || RestartAfter > TimeSpan.FromMinutes(1))
        {
            yield return $"{Section}:RestartAfter: must be between 00:00:00.1000000 and 00:01:00.";
        }

        if (RestartAtMost < RestartAfter || RestartAtMost > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:RestartAtMost: must be between RestartAfter and 01:00:00.";
        }

        if (StopLimit < TimeSpan.FromSeconds(1) || StopLimit > TimeSpan.FromMinutes(15))
        {
            yield return $"{Section}:StopLimit: must be between 00:00:01 and 00:15:00.";
        }
    }
}
