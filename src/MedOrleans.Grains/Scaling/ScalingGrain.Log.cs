using MedOrleans.Scaling;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Scaling;

internal sealed partial class ScalingGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Pool {Pool} scales {Action} from {Current} to {Wanted} silos by the rule '{Rule}' ({How}).")]
    private static partial void LogDecided(ILogger logger, string pool, ScalingAction action, int current, int wanted, string rule, string how);
}
