namespace MedOrleans.Rating;

/// <summary>Whether a statement can still change.</summary>
public enum StatementStatus
{
    /// <summary>The month is open: the figures are those of now.</summary>
    Draft,

    /// <summary>Frozen. What is metered later is on the next statement.</summary>
    Closed,
}

/// <summary>What a line is about.</summary>
public enum LineKind
{
    /// <summary>Usage within the included volume.</summary>
    Included,

    /// <summary>Usage in a price tier.</summary>
    Usage,

    /// <summary>Usage of a meter without a price.</summary>
    Unpriced,

    /// <summary>What is missing to a meter's, or the whole month's, minimum.</summary>
    Minimum,

    /// <summary>What an earlier month would have cost otherwise: its usage changed after its statement was closed.</summary>
    Adjustment,
}

/// <summary>What a hospital pays for a month, and why. Any line is checked by hand: its amount is quantity ÷ unit size × unit price, to the cent.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.Statement")]
public sealed record Statement
{
    /// <summary>The statement's number, <c>north-2026-11</c>.</summary>
    [Id(0)]
    public required string Number { get; init; }

    /// <summary>The hospital's slug.</summary>
    [Id(1)]
    public required string Tenant { get; init; }

    /// <summary>The hospital's name.</summary>
    [Id(2)]
    public required string TenantName { get; init; }

    /// <summary>Who bills.</summary>
    [Id(3)]
    public required string Issuer { get; init; }

    /// <summary>The month, <c>yyyy-MM</c>.</summary>
    [Id(4)]
    public required string Month { get; init; }

    /// <summary>Whether it can still change.</summary>
    [Id(5)]
    public required StatementStatus Status { get; init; }

    /// <summary>When it was closed; null for a draft.</summary>
    [Id(6)]
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The currency of every amount.</summary>
    [Id(7)]
    public required string Currency { get; init; }

    /// <summary>How amounts are rounded.</summary>
    [Id(8)]
    public required string Rounding { get; init; }

    /// <summary>The periods of the month between changes of price or plan.</summary>
    [Id(9)]
    public required IReadOnlyList<PricePeriod> Periods { get; init; }

    /// <summary>The lines: by meter, period and tier, then minimums, then adjustments of earlier months.</summary>
    [Id(10)]
    public required IReadOnlyList<StatementLine> Lines { get; init; }

    /// <summary>The sum of the lines of this month.</summary>
    [Id(11)]
    public required decimal MonthTotal { get; init; }

    /// <summary>The sum of the adjustments of earlier months.</summary>
    [Id(12)]
    public required decimal AdjustmentTotal { get; init; }

    /// <summary>What is to be paid.</summary>
    [Id(13)]
    public required decimal Total { get; init; }

    /// <summary>SHA-256 of everything that the statement is computed from: the same inputs give the same bytes.</summary>
    [Id(14)]
    public required string InputsDigest { get; init; }
}

/// <summary>A part of a month in which plan and prices stay the same.</summary>
/// <param name="From">Its first hour.</param>
/// <param name="To">The first hour after it.</param>
/// <param name="Plan">The plan.</param>
/// <param name="RateCard">The rate card's id.</param>
/// <param name="Prices">The rate card's version.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PricePeriod")]
public sealed record PricePeriod(
    [property: Id(0)] DateTimeOffset From,
    [property: Id(1)] DateTimeOffset To,
    [property: Id(2)] string Plan,
    [property: Id(3)] string RateCard,
    [property: Id(4)] RateCardVersion Prices);

/// <summary>A line of a statement.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.StatementLine")]
public sealed record StatementLine
{
    /// <summary>What it is about.</summary>
    [Id(0)]
    public required LineKind Kind { get; init; }

    /// <summary>The meter; null for the whole month's minimum.</summary>
    [Id(1)]
    public string? Meter { get; init; }

    /// <summary>The line in words.</summary>
    [Id(2)]
    public required string Description { get; init; }

    /// <summary>The first hour that it is about.</summary>
    [Id(3)]
    public required DateTimeOffset From { get; init; }

    /// <summary>The first hour after.</summary>
    [Id(4)]
    public required DateTimeOffset To { get; init; }

    /// <summary>The plan of the period; null where the line is about a whole month.</summary>
    [Id(5)]
    public string? Plan { get; init; }

    /// <summary>The rate card of the period; null as the plan.</summary>
    [Id(6)]
    public string? RateCard { get; init; }

    /// <summary>The rate card's version; null as the plan.</summary>
    [Id(7)]
    public DateOnly? Version { get; init; }

    /// <summary>The tier, from 1; null where there is none.</summary>
    [Id(8)]
    public int? Tier { get; init; }

    /// <summary>How much was used, in the meter's unit; for an adjustment, how much more than was stated before.</summary>
    [Id(9)]
    public decimal Quantity { get; init; }

    /// <summary>What is priced; null where nothing is.</summary>
    [Id(10)]
    public string? Unit { get; init; }

    /// <summary>How much of the meter's unit makes one priced unit; null where nothing is priced.</summary>
    [Id(11)]
    public decimal? UnitSize { get; init; }

    /// <summary>What one priced unit costs; null where nothing is priced.</summary>
    [Id(12)]
    public decimal? UnitPrice { get; init; }

    /// <summary>The amount, to the cent.</summary>
    [Id(13)]
    public required decimal Amount { get; init; }

    /// <summary>The earlier month that an adjustment is about, <c>yyyy-MM</c>.</summary>
    [Id(14)]
    public string? ForMonth { get; init; }
}
