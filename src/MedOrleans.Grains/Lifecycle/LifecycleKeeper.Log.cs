using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

internal sealed partial class LifecycleKeeper
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Work for hospitals that goes on in the background stands still now; the next round tries again.")]
    private static partial void LogLater(ILogger logger, Exception exception);
}
