namespace MedOrleans.Rating;

/// <summary>What metered usage costs, in versions that follow each other in time.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.RateCard")]
public sealed record RateCard
{
    /// <summary>The id that plans name, <c>standard</c>.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>The name for people.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>The ISO 4217 code of a currency with cents.</summary>
    [Id(2)]
    public required string Currency { get; init; }

    /// <summary>The versions in order of their dates, at least one. The first also prices what was used before its date.</summary>
    [Id(3)]
    public required IReadOnlyList<RateCardVersion> Versions { get; init; }
}

/// <summary>The prices from a date on, until the next version begins. The date names the version.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.RateCardVersion")]
public sealed record RateCardVersion
{
    /// <summary>The day that it begins, at midnight UTC.</summary>
    [Id(0)]
    public required DateOnly EffectiveFrom { get; init; }

    /// <summary>A price for each meter that costs anything. A meter without one is stated and not charged.</summary>
    [Id(1)]
    public required IReadOnlyList<MeterPrice> Prices { get; init; }

    /// <summary>The least that a whole month costs, usage and minimums of single meters counted towards it.</summary>
    [Id(2)]
    public decimal MonthlyMinimum { get; init; }
}

/// <summary>What one meter costs.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.MeterPrice")]
public sealed record MeterPrice
{
    /// <summary>The meter, <c>api.read</c>.</summary>
    [Id(0)]
    public required string Meter { get; init; }

    /// <summary>What is priced, in FOCUS' unit format: <c>1000 Requests</c>, <c>GB-Months</c>.</summary>
    [Id(1)]
    public required string Unit { get; init; }

    /// <summary>How much of the meter's own unit makes one priced unit: 1000, or 730000000000 byte-hours for a GB-month.</summary>
    [Id(2)]
    public decimal UnitSize { get; init; } = 1;

    /// <summary>Priced units that a whole month has for nothing.</summary>
    [Id(3)]
    public decimal Included { get; init; }

    /// <summary>The graduated prices of what goes beyond: each tier prices the units that fall into it. The last one has no end.</summary>
    [Id(4)]
    public required IReadOnlyList<PriceTier> Tiers { get; init; }

    /// <summary>The least that this meter costs in a whole month.</summary>
    [Id(5)]
    public decimal MonthlyMinimum { get; init; }
}

/// <summary>A price tier.</summary>
/// <param name="UpTo">The month's last priced unit in it, counted after the included ones; null for no end.</param>
/// <param name="UnitPrice">What one priced unit costs.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PriceTier")]
public sealed record PriceTier([property: Id(0)] decimal? UpTo, [property: Id(1)] decimal UnitPrice);
