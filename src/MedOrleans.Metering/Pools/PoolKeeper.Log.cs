using Microsoft.Extensions.Logging;

namespace MedOrleans.Metering.Pools;

internal sealed partial class PoolKeeper
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The pool ledger does not answer; the shares of before go on.")]
    private static partial void LogNoLedger(ILogger logger, Exception exception);
}
