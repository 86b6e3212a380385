using MedOrleans.Metering.Usage;
using MedOrleans.Rating;
using MedOrleans.Record.Store;

namespace MedOrleans.Metering.Rating;

/// <summary>
/// Prices a month, as pure functions. A meter's position runs through the month: first the included volume, which is pro-rated to
/// the hours that each price holds, then the tiers. What a period costs is the way from the position at its start to that at its end, so parting a period where nothing
/// changes gives the same.
/// </summary>
internal static class RatingRules
{
    /// <summary>How amounts are rounded, as statements say it.</summary>
    public const string Rounding = "each line to the cent, half to even";

    /// <summary>The statement of a month.</summary>
    /// <exception cref="UnpriceableException">A plan or a rate card is missing, or the cards are of several currencies.</exception>
    public static Statement Rate(RatingInputs inputs, DateTimeOffset? closedAt)
    {
        var month = BillingMonth.Parse(inputs.Month);
        var periods = Periods(inputs, month);
        var currency = Currency(inputs, periods);
        var lines = Lines(periods, inputs.Usage, month);
        var monthTotal = lines.Sum(line => line.Amount);
        var adjustments = inputs.Adjustments.Sum(line => line.Amount);
        return new Statement
        {
            Number = $"{inputs.Tenant}-{inputs.Month}",
            Tenant = inputs.Tenant,
            TenantName = inputs.TenantName,
            Issuer = inputs.Issuer,
            Month = inputs.Month,
            Status = closedAt is null ? StatementStatus.Draft : StatementStatus.Closed,
            ClosedAt = closedAt,
            Currency = currency,
            Rounding = Rounding,
            Periods = periods,
            Lines = [.. lines, .. inputs.Adjustments],
            MonthTotal = monthTotal,
            AdjustmentTotal = adjustments,
            Total = monthTotal + adjustments,
            InputsDigest = Canonical.Digest(inputs),
        };
    }

    /// <summary>
    /// What a closed month costs more or less by the usage that is known now than has been billed for it: a line a meter whose quantity
    /// or amount differs. Periods and prices are the closed statement's own.
    /// </summary>
    /// <param name="closed">The closed statement.</param>
    /// <param name="later">The lines of later closed statements that adjust it.</param>
    /// <param name="usage">The month's usage as it is known now.</param>
    public static IReadOnlyList<StatementLine> Adjust(Statement closed, IEnumerable<StatementLine> later, IReadOnlyList<UsageBucket> usage)
    {
        var month = BillingMonth.Parse(closed.Month);
        var now = Sums(Lines(closed.Periods, usage, month));
        var billed = Sums(closed.Lines.Where(line => line.Kind != LineKind.Adjustment).Concat(later.Where(line => line.ForMonth == closed.Month)));
        return [.. now.Keys.Union(billed.Keys).Order(StringComparer.Ordinal)
            .Select(meter => (Meter: meter, Now: now.GetValueOrDefault(meter), Before: billed.GetValueOrDefault(meter)))
            .Where(change => change.Now != change.Before)
            .Select(change => new StatementLine
            {
                Kind = LineKind.Adjustment,
                Meter = change.Meter.Length == 0 ? null : change.Meter,
                Description = $"{(change.Meter.Length == 0 ? "monthly minimum" : change.Meter)} of {closed.Month}, metered after its statement was closed",
                From = month.Start,
                To = month.End,
                Quantity = change.Now.Quantity - change.Before.Quantity,
                Amount = change.Now.Amount - change.Before.Amount,
                ForMonth = closed.Month,
            })];
    }

    /// <summary>The month in parts within which plan and prices stay the same.</summary>
    public static IReadOnlyList<PricePeriod> Periods(RatingInputs inputs, BillingMonth month)
    {
        var start = Max(month.Start, UsageReader.Hour(inputs.Plans[0].From));
        var changes = inputs.Plans.Skip(1).Select(plan => Ceiling(plan.From))
            .Concat(inputs.Cards.SelectMany(card => card.Versions.Skip(1).Select(RateCardRules.Start)))
            .Where(change => change > start && change < month.End)
            .Append(start).Distinct().Order().ToList();
        var periods = new List<PricePeriod>();
        for (var i = 0; i < changes.Count; i++)
        {
            var end = i + 1 < changes.Count ? changes[i + 1] : month.End;
            var plan = inputs.Plans.LastOrDefault(plan => plan.From <= changes[i]) ?? inputs.Plans[0];
            if (!inputs.CardOfPlan.TryGetValue(plan.PlanId, out var id) || inputs.Cards.FirstOrDefault(card => card.Id == id) is not { } found)
            {
                throw new UnpriceableException($"The plan '{plan.PlanId}' has no rate card.");
            }

            var version = RateCardRules.At(found, changes[i]);
            if (periods.Count > 0 && periods[^1] is var last && last.Plan == plan.PlanId && last.RateCard == id && last.Prices.EffectiveFrom == version.EffectiveFrom)
            {
                periods[^1] = last with { To = end };
            }
            else
            {
                periods.Add(new PricePeriod(changes[i], end, plan.PlanId, id, version));
            }
        }

        return periods;
    }

    private static string Currency(RatingInputs inputs, IReadOnlyList<PricePeriod> periods)
    {
        var currencies = periods.Select(period => inputs.Cards.First(card => card.Id == period.RateCard).Currency).Distinct().ToList();
        return currencies.Count == 1 ? currencies[0] : throw new UnpriceableException($"The month's rate cards are of several currencies: {string.Join(", ", currencies)}.");
    }

    private static List<StatementLine> Lines(IReadOnlyList<PricePeriod> periods, IReadOnlyList<UsageBucket> usage, BillingMonth month)
    {
        var lines = new List<StatementLine>();
        var meters = usage.Select(bucket => bucket.Meter).Concat(periods.SelectMany(period => period.Prices.Prices.Where(price => price.MonthlyMinimum > 0).Select(price => price.Meter)));
        foreach (var meter in meters.Distinct().Order(StringComparer.Ordinal))
        {
            AddMeter(lines, meter, periods, [.. usage.Where(bucket => bucket.Meter == meter)], month);
        }

        var least = Share(periods, month, period => period.Prices.MonthlyMinimum);
        if (Cents(least) - lines.Sum(line => line.Amount) is > 0 and var missing)
        {
            lines.Add(Minimum(null, "monthly minimum", periods, missing));
        }

        return lines;
    }

    private static void AddMeter(List<StatementLine> lines, string meter, IReadOnlyList<PricePeriod> periods, List<UsageBucket> usage, BillingMonth month)
    {
        var first = lines.Count;
        var included = decimal.Ceiling(Share(periods, month, period => PriceOf(period, meter) is { } price ? price.Included * price.UnitSize : 0));
        decimal position = 0;
        foreach (var period in periods)
        {
            decimal quantity = usage.Where(bucket => bucket.Hour >= period.From && bucket.Hour < period.To).Sum(bucket => bucket.Quantity);
            if (quantity == 0)
            {
                continue;
            }

            if (PriceOf(period, meter) is not { } price)
            {
                lines.Add(Line(LineKind.Unpriced, meter, period, $"{meter}, not charged") with { Quantity = quantity });
                continue;
            }

            var free = Overlap(position, position + quantity, decimal.MinValue, included);
            if (free != 0)
            {
                lines.Add(Line(LineKind.Included, meter, period, $"{meter}, included") with { Quantity = free, Unit = price.Unit, UnitSize = price.UnitSize, UnitPrice = 0 });
            }

            var from = included;
            for (var tier = 0; tier < price.Tiers.Count; tier++)
            {
                var to = price.Tiers[tier].UpTo is { } end ? included + (end * price.UnitSize) : decimal.MaxValue;
                var part = Overlap(position, position + quantity, from, to);
                if (part != 0)
                {
                    lines.Add(Line(LineKind.Usage, meter, period, price.Tiers.Count == 1 ? meter : $"{meter}, tier {tier + 1}") with
                    {
                        Tier = tier + 1,
                        Quantity = part,
                        Unit = price.Unit,
                        UnitSize = price.UnitSize,
                        UnitPrice = price.Tiers[tier].UnitPrice,
                        Amount = Cents(part / price.UnitSize * price.Tiers[tier].UnitPrice),
                    });
                }

                from = to;
            }

            position += quantity;
        }

        var least = Share(periods, month, period => PriceOf(period, meter)?.MonthlyMinimum ?? 0);
        if (Cents(least) - lines.Skip(first).Sum(line => line.Amount) is > 0 and var missing)
        {
            lines.Add(Minimum(meter, $"{meter}, minimum", periods, missing));
        }
    }

    private static StatementLine Line(LineKind kind, string meter, PricePeriod period, string description) => new()
    {
        Kind = kind,
        Meter = meter,
        Description = description,
        From = period.From,
        To = period.To,
        Plan = period.Plan,
        RateCard = period.RateCard,
        Version = period.Prices.EffectiveFrom,
        Amount = 0,
    };

    private static StatementLine Minimum(string? meter, string description, IReadOnlyList<PricePeriod> periods, decimal amount) => new()
    {
        Kind = LineKind.Minimum,
        Meter = meter,
        Description = description,
        From = periods[0].From,
        To = periods[^1].To,
        Amount = amount,
    };

    private static MeterPrice? PriceOf(PricePeriod period, string meter) => period.Prices.Prices.FirstOrDefault(price => price.Meter == meter);

    /// <summary>What is given or asked for a whole month, pro-rated to the hours that each period has. Divided once, so that parting a period changes nothing.</summary>
    private static decimal Share(IReadOnlyList<PricePeriod> periods, BillingMonth month, Func<PricePeriod, decimal> whole) =>
        periods.Sum(period => whole(period) * (decimal)(period.To - period.From).TotalHours) / month.Hours;

    /// <summary>How much of the way from one position to another lies between two limits; negative where it goes back.</summary>
    private static decimal Overlap(decimal from, decimal to, decimal low, decimal high) =>
        to >= from ? Math.Max(0, Math.Min(to, high) - Math.Max(from, low)) : -Overlap(to, from, low, high);

    // Adding 0.00 writes 22.5 as 22.50.
    private static decimal Cents(decimal amount) => Math.Round(amount, 2, MidpointRounding.ToEven) + 0.00m;

    private static Dictionary<string, (decimal Quantity, decimal Amount)> Sums(IEnumerable<StatementLine> lines) =>
        lines.GroupBy(line => line.Meter ?? "").ToDictionary(group => group.Key, group => (group.Sum(line => line.Quantity), group.Sum(line => line.Amount)));

    private static DateTimeOffset Ceiling(DateTimeOffset time) => UsageReader.Hour(time) is var floor && floor == time ? floor : floor.AddHours(1);

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}

/// <summary>A month that cannot be priced.</summary>
/// <param name="message">What is missing.</param>
internal sealed class UnpriceableException(string message) : Exception(message);
