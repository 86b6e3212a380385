using MedOrleans.Record.Lifecycle;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

internal sealed partial class DeletionGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The deletion of hospital {Tenant} has come to {Step}.")]
    private static partial void LogStep(ILogger logger, TenantId tenant, DeletionStep step);
}
