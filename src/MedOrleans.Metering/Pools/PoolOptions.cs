namespace MedOrleans.Metering.Pools;

/// <summary>What a process adds to the pools, and how it takes turns: section <c>MedOrleans:Pools</c>.</summary>
public sealed class PoolOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Pools";

    /// <summary>Requests a second that a gateway is counted for; 1 to 10,000,000.</summary>
    public int RequestsPerGateway { get; set; } = 20_000;

    /// <summary>Workstations that a gateway is counted for; 1 to 10,000,000.</summary>
    public int SessionsPerGateway { get; set; } = 20_000;

    /// <summary>Bytes of a silo's memory that an activation is counted for; 1,024 to 1,000,000.</summary>
    public int BytesPerActivation { get; set; } = 16_384;

    /// <summary>How long a request waits for its turn at most once the gateway works on as much as it takes on; 100 ms to 60 s.</summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (RequestsPerGateway is < 1 or > 10_000_000)
        {
            yield return $"{Section}:RequestsPerGateway: must be between 1 and 10000000.";
        }

        if (SessionsPerGateway is < 1 or > 10_000_000)
        {
            yield return $"{Section}:SessionsPerGateway: must be between 1 and 10000000.";
        }

        if (BytesPerActivation is < 1024 or > 1_000_000)
        {
            yield return $"{Section}:BytesPerActivation: must be between 1024 and 1000000.";
        }

        if (MaxWait < TimeSpan.FromMilliseconds(100) || MaxWait > TimeSpan.FromSeconds(60))
        {
            yield return $"{Section}:MaxWait: must be between 00:00:00.1000000 and 00:01:00.";
        }
    }
}
