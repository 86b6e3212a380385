using CsCheck;
using MedOrleans.Metering;
using MedOrleans.Metering.Rating;
using MedOrleans.Plans;
using MedOrleans.Rating;
using MedOrleans.Record.Store;

namespace MedOrleans.Tests.Metering;

public class RatingTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<UsageBucket[]> s_usage = Gen
        .Select(Gen.Int[0, 719], Gen.Bool, Gen.Long[1, 400_000], (hour, reads, quantity) => Bucket(reads ? MeterNames.ApiRead : MeterNames.ApiWrite, hour, quantity))
        .Array[0, 40];

    [Fact]
    public void Standard_Card_HasNoMistake() => Assert.Empty(RateCardRules.Mistakes(StandardRateCard.Card));

    [Fact]
    public void Rate_TiersAndIncluded_ReproduceByHand()
    {
        // 100,000 reads are included; the next 1,000,000 cost 0.02 a thousand, what goes beyond 0.01.
        var statement = RatingRules.Rate(Inputs([Bucket(MeterNames.ApiRead, 5, 100_000), Bucket(MeterNames.ApiRead, 400, 1_250_000)]), null);

        Assert.Equal(
            [(LineKind.Included, null, 100_000m, 0m), (LineKind.Usage, 1, 1_000_000m, 20.00m), (LineKind.Usage, 2, 250_000m, 2.50m)],
            statement.Lines.Select(line => (line.Kind, line.Tier, line.Quantity, line.Amount)));
        Assert.Equal((22.50m, 0m, 22.50m, "EUR", StatementStatus.Draft), (statement.MonthTotal, statement.AdjustmentTotal, statement.Total, statement.Currency, statement.Status));
    }

    [Fact]
    public void Rate_PriceChangesWithinTheMonth_EachHourHasItsPrice()
    {
        var card = Card(Version(new DateOnly(2026, 1, 1), 1m), Version(new DateOnly(2026, 11, 16), 3m));

        var statement = RatingRules.Rate(Inputs([Bucket(MeterNames.ApiRead, 359, 1000), Bucket(MeterNames.ApiRead, 360, 1000)], card), null);

        Assert.Equal([(new DateOnly(2026, 1, 1), 1m), (new DateOnly(2026, 11, 16), 3m)], statement.Lines.Select(line => (line.Version!.Value, line.Amount)));
        Assert.Equal([s_start.AddDays(15)], statement.Periods.Skip(1).Select(period => period.From));
    }

    [Fact]
    public void Rate_PlanChangesWithinAnHour_TheNextHourIsTheNewPlans()
    {
        var inputs = Inputs([Bucket(MeterNames.ApiRead, 10, 1000), Bucket(MeterNames.ApiRead, 11, 1000)], Card(Version(default, 1m))) with
        {
            Plans = [new PlanPeriod("clinic", s_start.AddDays(-3)), new PlanPeriod("hospital", s_start.AddHours(10).AddMinutes(30))],
        };

        Assert.Equal(["clinic", "hospital"], RatingRules.Rate(inputs, null).Lines.Select(line => line.Plan));
    }

    [Fact]
    public void Rate_HospitalOfHalfAMonth_HasHalfOfIncludedAndMinimum()
    {
        var price = new MeterPrice { Meter = MeterNames.ApiRead, Unit = "Requests", Included = 1000, Tiers = [new PriceTier(null, 0.01m)], MonthlyMinimum = 10 };
        var card = Card(new RateCardVersion { EffectiveFrom = default, Prices = [price], MonthlyMinimum = 100 });

        var statement = RatingRules.Rate(Inputs([Bucket(MeterNames.ApiRead, 700, 600)], card, from: s_start.AddHours(360).AddMinutes(59)), null);

        Assert.Equal(
            [(LineKind.Included, 500m, 0m), (LineKind.Usage, 100m, 1m), (LineKind.Minimum, 0m, 4m), (LineKind.Minimum, 0m, 45m)],
            statement.Lines.Select(line => (line.Kind, line.Quantity, line.Amount)));
        Assert.Equal(50m, statement.Total);
    }

    [Fact]
    public void Rate_MeterWithoutPrice_IsStatedAndNotCharged()
    {
        var line = Assert.Single(RatingRules.Rate(Inputs([Bucket(MeterNames.Sessions, 1, 5)]), null).Lines);

        Assert.Equal((LineKind.Unpriced, 5m, 0m), (line.Kind, line.Quantity, line.Amount));
    }

    [Fact]
    public void Rate_CardsOfSeveralCurrencies_CannotBePriced()
    {
        var inputs = Inputs([], Card(Version(default, 1m))) with
        {
            Plans = [new PlanPeriod("clinic", s_start), new PlanPeriod("abroad", s_start.AddDays(1))],
            CardOfPlan = new Dictionary<string, string> { ["clinic"] = "test", ["abroad"] = "usd" },
            Cards = [Card(Version(default, 1m)), Card(Version(default, 1m)) with { Id = "usd", Currency = "USD" }],
        };

        Assert.Contains("several currencies", Assert.Throws<UnpriceableException>(() => RatingRules.Rate(inputs, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rate_AnyUsage_SumsItsLinesAndLosesNoQuantity() => s_usage.Sample(usage =>
    {
        var statement = RatingRules.Rate(Inputs(usage), null);

        Assert.Equal(statement.Lines.Sum(line => line.Amount), statement.Total);
        Assert.All(statement.Lines, line => Assert.Equal(Math.Round(line.Quantity / line.UnitSize!.Value * line.UnitPrice!.Value, 2, MidpointRounding.ToEven), line.Amount));
        Assert.Equal(
            usage.GroupBy(bucket => bucket.Meter).Select(meter => (meter.Key, (decimal)meter.Sum(bucket => bucket.Quantity))).Order(),
            statement.Lines.GroupBy(line => line.Meter!).Select(meter => (meter.Key, meter.Sum(line => line.Quantity))).Order());
    });

    /// <summary>A version that changes nothing parts the month: each line has the cost of its way, so that only the rounding of more lines can differ.</summary>
    [Fact]
    public void Rate_MonthPartedWhereNothingChanges_CostsTheSame() => Gen.Select(s_usage, Gen.Int[2, 29]).Sample((usage, day) =>
    {
        var whole = StandardRateCard.Card.Versions[0];
        var parted = StandardRateCard.Card with { Versions = [whole, whole with { EffectiveFrom = new DateOnly(2026, 11, day) }] };

        var one = RatingRules.Rate(Inputs(usage), null);
        var two = RatingRules.Rate(Inputs(usage, parted), null);

        Assert.Equal(Exact(one), Exact(two), 12);
        Assert.True(Math.Abs(one.Total - two.Total) <= 0.005m * (one.Lines.Count + two.Lines.Count));
    });

    /// <summary>The bill of a month is that of its hours, walked one by one along the tiers.</summary>
    [Fact]
    public void Rate_PricesChangeWithinTheMonth_CostsWhatItsHoursCost() => Gen.Select(s_usage, Gen.Int[2, 29], Gen.Int[0, 3000].Select(thousandths => thousandths / 1000m)).Sample((usage, day, included) =>
    {
        RateCardVersion[] versions = [Tiered(new DateOnly(2026, 1, 1), included, 0.7m, 0.3m), Tiered(new DateOnly(2026, 11, day), included * 2, 0.9m, 0.2m)];
        var reads = usage.Where(bucket => bucket.Meter == MeterNames.ApiRead).ToList();
        var free = decimal.Ceiling(((versions[0].Prices[0].Included * (day - 1)) + (versions[1].Prices[0].Included * (31 - day))) / 30 * 1000);
        decimal position = 0, cost = 0;
        foreach (var bucket in reads.OrderBy(bucket => bucket.Hour))
        {
            var tiers = versions[bucket.Hour < s_start.AddDays(day - 1) ? 0 : 1].Prices[0].Tiers;
            var (from, to) = (Math.Max(position - free, 0), Math.Max(position + bucket.Quantity - free, 0));
            var first = Math.Max(Math.Min(to, 500_000) - from, 0);
            cost += ((first * tiers[0].UnitPrice) + ((to - from - first) * tiers[1].UnitPrice)) / 1000;
            position += bucket.Quantity;
        }

        Assert.Equal((double)cost, Exact(RatingRules.Rate(Inputs(reads, Card(versions)), null)), 6);
    });

    [Fact]
    public void Rate_InputsReadBack_GiveTheSameBytes() => s_usage.Sample(usage =>
    {
        var statement = RatingRules.Rate(Inputs(usage), s_start.AddMonths(1));

        var again = RatingRules.Rate(Canonical.Read<RatingInputs>(Canonical.Bytes(Inputs(usage))), s_start.AddMonths(1));

        Assert.Equal(Canonical.Of(statement), Canonical.Of(again));
    });

    [Fact]
    public void Rate_SameInputs_GiveTheSameBytes() => s_usage.Sample(usage =>
        Assert.Equal(Canonical.Of(RatingRules.Rate(Inputs(usage), s_start.AddMonths(1))), Canonical.Of(RatingRules.Rate(Inputs([.. usage]), s_start.AddMonths(1)))));

    [Fact]
    public void Adjust_LateUsage_ChargesWhatTheMonthWouldHaveCost() => Gen.Select(s_usage, s_usage, s_usage).Sample((before, late, later) =>
    {
        var closed = RatingRules.Rate(Inputs(before), s_start.AddMonths(1));
        var first = RatingRules.Adjust(closed, [], [.. before, .. late]);
        var second = RatingRules.Adjust(closed, first, [.. before, .. late, .. later]);

        // Whenever it came, the hospital pays what it had paid had everything come in time.
        var whole = RatingRules.Rate(Inputs([.. before, .. late, .. later]), null);
        Assert.Equal(whole.Total, closed.Total + first.Sum(line => line.Amount) + second.Sum(line => line.Amount));
        Assert.Empty(RatingRules.Adjust(closed, [.. first, .. second], [.. before, .. late, .. later]));
        Assert.All(first, line => Assert.Equal((LineKind.Adjustment, "2026-11"), (line.Kind, line.ForMonth)));
    });

    [Fact]
    public void Mistakes_OfACard_NameTheMember()
    {
        var card = Card(Version(new DateOnly(2026, 2, 1), 1m), Version(new DateOnly(2026, 2, 1), -1m)) with { Id = "X", Currency = "euro" };

        Assert.Equal(
            ["id:", "currency:", "versions[1].effectiveFrom:", "versions[1].prices[0].tiers[0].unitPrice:"],
            RateCardRules.Mistakes(card).Select(mistake => mistake[..(mistake.IndexOf(':', StringComparison.Ordinal) + 1)]));
        var gauge = new MeterPrice { Meter = MeterNames.StorageBytes, Unit = "GB", Tiers = [new PriceTier(5, 1), new PriceTier(4, 1), new PriceTier(null, 1)] };
        Assert.Equal(2, RateCardRules.Mistakes(Card(new RateCardVersion { EffectiveFrom = default, Prices = [gauge] })).Count);
    }

    [Fact]
    public void AgreeBefore_OnlyTheFutureDiffers_IsAgreement()
    {
        var now = Card(Version(new DateOnly(2026, 1, 1), 1m));
        var dearer = Card(Version(new DateOnly(2026, 1, 1), 1m), Version(new DateOnly(2026, 12, 1), 2m));

        Assert.True(RateCardRules.AgreeBefore(now, dearer, s_start.AddMonths(1)));
        Assert.False(RateCardRules.AgreeBefore(now, dearer, s_start.AddMonths(2)));
        Assert.False(RateCardRules.AgreeBefore(now, now with { Currency = "USD" }, s_start));
    }

    [Fact]
    public void Focus_Rows_HaveTheColumnsAndCostsOfTheStatement()
    {
        var closed = RatingRules.Rate(Inputs([Bucket(MeterNames.ApiRead, 5, 1_350_000)]), s_start.AddMonths(1));
        var next = RatingRules.Rate(Inputs([]) with { Adjustments = RatingRules.Adjust(closed, [], [Bucket(MeterNames.ApiRead, 5, 1_450_000)]) }, null);

        var rows = StatementFormats.Focus(closed).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split(',')).ToList();

        Assert.Equal(StatementFormats.FocusColumns, rows[0]);
        Assert.Equal(StatementFormats.FocusColumns.Distinct(), rows[0]);
        int At(string column) => StatementFormats.FocusColumns.ToList().IndexOf(column);
        Assert.Equal(closed.Total, rows.Skip(1).Sum(row => decimal.Parse(row[At("BilledCost")], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(rows.Skip(1), row => Assert.Equal(("EUR", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "Usage"), (row[At("BillingCurrency")], row[At("BillingPeriodStart")], row[At("BillingPeriodEnd")], row[At("ChargeCategory")])));
        Assert.Contains("Correction", StatementFormats.Focus(next), StringComparison.Ordinal);
    }

    [Fact]
    public void Html_NamesFromOutside_AreText()
    {
        var html = StatementFormats.Html(RatingRules.Rate(Inputs([Bucket(MeterNames.ApiRead, 5, 1_350_000)]) with { TenantName = "<script>North & South</script>" }, null));

        Assert.Contains("&lt;script&gt;North &amp; South", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
    }

    private static double Exact(Statement statement) => (double)statement.Lines.Sum(line => line.Quantity / line.UnitSize!.Value * line.UnitPrice!.Value);

    private static RateCardVersion Version(DateOnly from, decimal price) => new()
    {
        EffectiveFrom = from,
        Prices = [new MeterPrice { Meter = MeterNames.ApiRead, Unit = "1000 Requests", UnitSize = 1000, Tiers = [new PriceTier(null, price)] }],
    };

    private static RateCardVersion Tiered(DateOnly from, decimal included, params decimal[] prices) => new()
    {
        EffectiveFrom = from,
        Prices = [new MeterPrice { Meter = MeterNames.ApiRead, Unit = "1000 Requests", UnitSize = 1000, Included = included, Tiers = [new PriceTier(500, prices[0]), new PriceTier(null, prices[1])] }],
    };

    private static RateCard Card(params RateCardVersion[] versions) => new() { Id = "test", Name = "Test", Currency = "EUR", Versions = versions };

    private static UsageBucket Bucket(string meter, int hour, long quantity) => new(meter, s_start.AddHours(hour), quantity);

    private static RatingInputs Inputs(IReadOnlyList<UsageBucket> usage, RateCard? card = null, DateTimeOffset? from = null) => new()
    {
        Tenant = "north",
        TenantName = "North Hospital",
        Issuer = "The cloud",
        Month = "2026-11",
        Plans = [new PlanPeriod("clinic", from ?? s_start.AddYears(-1))],
        CardOfPlan = new Dictionary<string, string> { ["clinic"] = (card ?? StandardRateCard.Card).Id, ["hospital"] = (card ?? StandardRateCard.Card).Id },
        Cards = [card ?? StandardRateCard.Card],
        Usage = usage,
    };
}
