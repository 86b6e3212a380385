using MedOrleans.Metering;
using MedOrleans.Metering.Usage;
using MedOrleans.Rating;
using MedOrleans.Record.Store;

namespace MedOrleans.Tests.Metering;

/// <summary>What a statement bills, held against the buckets.</summary>
public sealed class BilledUsageTests
{
    private static readonly DateTimeOffset s_hour = new(2026, 11, 3, 7, 0, 0, TimeSpan.Zero);

    [Fact]
    public void CompareBilled_WhereTheLinesAddUpToTheBuckets_FindsNothing() =>
        Assert.Empty(UsageVerification.CompareBilled([Line(60), Line(40)], [Bucket(100)], [Bucket(100)]));

    [Theory]
    [InlineData(99)]
    [InlineData(101)]
    [InlineData(0)]
    public void CompareBilled_WhereMoreOrLessIsBilled_NamesTheMeter(int billed)
    {
        var difference = Assert.Single(UsageVerification.CompareBilled(billed == 0 ? [] : [Line(billed)], [Bucket(100)], [Bucket(100)]));
        Assert.Equal((MeterNames.ApiRead, "statement", 100L, (long)billed), (difference.Meter, difference.Against, difference.Metered, difference.Recomputed));
    }

    [Fact]
    public void CompareBilled_WhileTheMonthGoesOn_TakesWhatLiesBetweenTwoLooks() =>
        Assert.Empty(UsageVerification.CompareBilled([Line(104)], [Bucket(100)], [Bucket(107)]));

    [Fact]
    public void CompareBilled_OfGauges_AsksNothing() =>
        Assert.Empty(UsageVerification.CompareBilled([], [new UsageBucket(MeterNames.StorageBytes, s_hour, 5)], [new UsageBucket(MeterNames.StorageBytes, s_hour, 5)]));

    private static UsageBucket Bucket(long quantity) => new(MeterNames.ApiRead, s_hour, quantity);

    private static StatementLine Line(decimal quantity) => new() { Kind = LineKind.Usage, Meter = MeterNames.ApiRead, Description = "", From = s_hour, To = s_hour, Quantity = quantity, Amount = 0 };
}
