using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Rating;

internal sealed partial class RateCardCatalogGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The rate card {RateCard} is put.")]
    private static partial void LogPut(ILogger logger, string rateCard);
}
