using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Rating;

internal sealed partial class BudgetGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Hospital {Tenant} has spent {Threshold} % of its budget for {Month}.")]
    private static partial void LogAlert(ILogger logger, TenantId tenant, int threshold, string month);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hospital {Tenant} has spent its budget for {Month}: its hard cap stops writes.")]
    private static partial void LogCapped(ILogger logger, TenantId tenant, string month);
}
