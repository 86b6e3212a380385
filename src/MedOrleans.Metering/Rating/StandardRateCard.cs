using MedOrleans.Rating;

namespace MedOrleans.Metering.Rating;

/// <summary>The rate card that there is until the operator puts another in its place.</summary>
internal static class StandardRateCard
{
    /// <summary>The card.</summary>
    public static RateCard Card { get; } = new()
    {
        Id = IRateCardCatalogGrain.Standard,
        Name = "Standard",
        Currency = "EUR",
        Versions =
        [
            new RateCardVersion
            {
                EffectiveFrom = new DateOnly(2026, 1, 1),
                Prices =
                [
                    Price(MeterNames.ApiRead, "1000 Requests", 1000, included: 100, (1000, 0.02m), (null, 0.01m)),
                    Price(MeterNames.ApiSearch, "1000 Requests", 1000, included: 50, (null, 0.05m)),
                    Price(MeterNames.ApiWrite, "1000 Versions", 1000, included: 50, (1000, 0.20m), (null, 0.12m)),
                    Price(MeterNames.ApiBulk, "1000 Requests", 1000, included: 1, (null, 0.50m)),
                    Price(MeterNames.GrainMilliseconds, "Compute-Hours", 3_600_000, included: 1, (null, 0.08m)),
                    Price(MeterNames.NetworkOut, "GB", 1_000_000_000, included: 10, (null, 0.05m)),
                    Price(MeterNames.StorageByteHours, "GB-Months", 730_000_000_000, included: 5, (1000, 0.10m), (null, 0.06m)),
                    Price(MeterNames.ExportRows, "1000 Rows", 1000, included: 0, (null, 0.01m)),
                ],
            },
        ],
    };

    private static MeterPrice Price(string meter, string unit, decimal size, decimal included, params (decimal? UpTo, decimal Price)[] tiers) => new()
    {
        Meter = meter,
        Unit = unit,
        UnitSize = size,
        Included = included,
        Tiers = [.. tiers.Select(tier => new PriceTier(tier.UpTo, tier.Price))],
    };
}
