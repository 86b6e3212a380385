using Microsoft.Extensions.Logging;

namespace MedOrleans.Metering.Usage;

internal sealed partial class UsageFlusher
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Usage of {Tenants} hospitals waits for database {Database}, which does not take it; it is sent again, and nothing of it is lost while this process lives.")]
    private static partial void LogWaiting(ILogger logger, int tenants, string database, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Usage of hospital {Tenant} is dropped: no database keeps its record.")]
    private static partial void LogUnknown(ILogger logger, TenantId tenant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old usage in database {Database} is not rolled up now; the next round tries again.")]
    private static partial void LogNotRolledUp(ILogger logger, string database, Exception exception);
}
