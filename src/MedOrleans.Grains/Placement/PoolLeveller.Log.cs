using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Placement;

internal sealed partial class PoolLeveller
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} activations go to {Silos} silos of the pool that have fewer.")]
    private static partial void LogLevelled(ILogger logger, int count, int silos);
}
