using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Plans;

internal sealed partial class PlanCatalogGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The plan {Plan} is put.")]
    private static partial void LogPut(ILogger logger, string plan);
}
