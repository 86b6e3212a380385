using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Rating;

internal sealed partial class BillingClerkGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Month} is closed for every hospital.")]
    private static partial void LogClosed(ILogger logger, MedOrleans.Rating.BillingMonth month);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Month} cannot be closed for hospital {Tenant} yet: {Reason}")]
    private static partial void LogNotClosed(ILogger logger, MedOrleans.Rating.BillingMonth month, TenantId tenant, string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The budget of hospital {Tenant} cannot be looked at now; the next round tries again.")]
    private static partial void LogNotChecked(ILogger logger, string tenant, Exception exception);
}
