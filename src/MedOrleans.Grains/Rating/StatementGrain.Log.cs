using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Rating;

internal sealed partial class StatementGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The statement of hospital {Tenant} for {Month} is closed.")]
    private static partial void LogClosed(ILogger logger, TenantId tenant, string month);
}
