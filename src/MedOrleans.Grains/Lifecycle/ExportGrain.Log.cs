using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

internal sealed partial class ExportGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The snapshot of export {Export} of hospital {Tenant} is taken.")]
    private static partial void LogTaken(ILogger logger, TenantId tenant, Guid export);
}
