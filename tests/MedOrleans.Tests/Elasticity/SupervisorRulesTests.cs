using MedOrleans.Elasticity.Local;

namespace MedOrleans.Tests.Elasticity;

public sealed class SupervisorRulesTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
    private static readonly SupervisorOptions s_options = new();

    [Fact]
    public void Plan_TooFew_StartsInTheLowestFreePlaces() => Assert.Equal([1, 3], Plan(3, Running(2)).Start);

    [Fact]
    public void Plan_TooMany_StopsTheHighestFirst() => Assert.Equal([4, 3], Plan(2, Running(1), Running(2), Running(3), Running(4)).Stop);

    [Fact]
    public void Plan_SiloThatEnded_WaitsForItsTimeAndNoOtherTakesItsTurn()
    {
        var waiting = new Place(2, PlaceState.Waiting, s_now, s_now.AddSeconds(1));

        Assert.Empty(Plan(2, Running(1), waiting).Start);
        Assert.Equal([2], Plan(2, Running(1), waiting with { Until = s_now }).Start);
        Assert.Equal([3], Plan(3, Running(1), waiting).Start);
        Assert.Equal([2], Plan(1, Running(1), waiting).Free);
    }

    [Fact]
    public void Plan_SiloThatLeaves_CountsNoMoreAndItsPlaceIsNotFree()
    {
        var plan = Plan(2, Running(1), new Place(2, PlaceState.Leaving, s_now.AddSeconds(-5), Signals: 1));

        Assert.Equal([3], plan.Start);
        Assert.Empty(plan.Stop);
    }

    [Fact]
    public void Plan_SiloThatDoesNotLeave_IsToldAgainAndThenKilled()
    {
        Place Leaving(double seconds, int signals) => new(1, PlaceState.Leaving, s_now - s_options.StopLimit - TimeSpan.FromSeconds(seconds), Signals: signals);

        Assert.Equal([1], Plan(0, Leaving(0, 1)).Stop);
        Assert.Empty(Plan(0, Leaving(5, 2)).Stop);
        Assert.Empty(Plan(0, Leaving(5, 2)).Kill);
        Assert.Equal([1], Plan(0, Leaving(10, 2)).Kill);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 8)]
    [InlineData(50, 60)]
    public void Wait_ForASiloThatEndsAgainAndAgain_DoublesUpToItsLimit(int times, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), SupervisorRules.Wait(times, s_options));

    private static SupervisorPlan Plan(int wanted, params Place[] places) => SupervisorRules.Plan(places, wanted, s_options, s_now);

    private static Place Running(int number) => new(number, PlaceState.Running, s_now.AddMinutes(-5));
}
