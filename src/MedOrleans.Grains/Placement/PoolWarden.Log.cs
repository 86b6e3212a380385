using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Placement;

internal sealed partial class PoolWarden
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Hospital {Tenant} is of the pool {Pool}: {Count} of its activations leave this silo.")]
    private static partial void LogEvicted(ILogger logger, string tenant, string pool, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Which hospitals have pools of their own cannot be read now; what was known goes on.")]
    private static partial void LogNotRead(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} is leaving: nothing is placed there any more.")]
    private static partial void LogLeaving(ILogger logger, SiloAddress silo);
}
