using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

internal sealed partial class RestoreGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Hospital {Tenant} is taken back to {To:O}, as {Agent} asks.")]
    private static partial void LogStarted(ILogger logger, TenantId tenant, DateTimeOffset to, string agent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hospital {Tenant} is as it was at {To:O}: {Written} versions written, {Refused} refused.")]
    private static partial void LogFinished(ILogger logger, TenantId tenant, DateTimeOffset to, long written, int refused);
}
