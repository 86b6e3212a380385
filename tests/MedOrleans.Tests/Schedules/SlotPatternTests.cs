using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Grains.Schedules;
using MedOrleans.Schedules;

namespace MedOrleans.Tests.Schedules;

/// <summary>Slots of a pattern.</summary>
public sealed class SlotPatternTests
{
    private static readonly GenerateSlots s_pattern = new() { From = new(2035, 3, 24), To = new(2035, 3, 26), Start = new(1, 0), End = new(4, 0), Minutes = 30, TimeZone = "Europe/Berlin" };

    [Fact]
    public void Times_OverTheHourThatTheClocksLeaveOut_HaveNoSlotInIt()
    {
        var (times, refusal) = SlotPattern.Times(s_pattern);

        Assert.Null(refusal);
        Assert.Equal([6, 4, 6], times.GroupBy(time => time.Start.Day).Select(day => day.Count()));
        Assert.Equal(["01:00 +01:00", "01:30 +01:00", "03:00 +02:00", "03:30 +02:00"], times.Where(time => time.Start.Day == 25).Select(time => time.Start.ToString("HH:mm zzz", CultureInfo.InvariantCulture)));
        Assert.All(times, time => Assert.Equal(TimeSpan.FromMinutes(30), time.End - time.Start));
    }

    [Fact]
    public void Times_OverTheHourThatTheClocksRepeat_HaveItOnce()
    {
        var (times, _) = SlotPattern.Times(s_pattern with { From = new(2035, 10, 28), To = new(2035, 10, 28) });

        Assert.Equal(6, times.Count);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
    }

    [Fact]
    public void Times_OfSomeDaysUntilMidnight_EndWithTheDay()
    {
        var (times, _) = SlotPattern.Times(new GenerateSlots { From = new(2035, 6, 1), To = new(2035, 6, 30), Start = new(22, 0), End = new(0, 0), Minutes = 45, Days = [DayOfWeek.Friday, DayOfWeek.Sunday] });

        Assert.Equal(2 * 9, times.Count);
        Assert.All(times, time => Assert.True(time.Start.DayOfWeek is DayOfWeek.Friday or DayOfWeek.Sunday));
    }

    [Theory]
    [InlineData("Mars/Base", 30, 1, "time zone")]
    [InlineData("UTC", 0, 1, "1 to 1440 minutes")]
    [InlineData("UTC", 200, 1, "makes no slot")]
    [InlineData("UTC", 1, 30, "more than 1000")]
    [InlineData("UTC", 30, -1, "the first one or follows it")]
    [InlineData("UTC", 30, 2000, "by less than")]
    public void Times_OfAPatternThatCannotBe_SayWhy(string zone, int minutes, int days, string with)
    {
        var (times, refusal) = SlotPattern.Times(s_pattern with { TimeZone = zone, Minutes = minutes, To = s_pattern.From.AddDays(days) });

        Assert.Empty(times);
        Assert.Contains(with, refusal!.Details, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_SlotsThatAreThere_LeavesOutWhatOverlapsThem()
    {
        static SlotTime Hour(double start, double end) => new(DateTimeOffset.UnixEpoch.AddHours(start), DateTimeOffset.UnixEpoch.AddHours(end));

        var free = SlotPattern.Without([Hour(0, 1), Hour(1, 2), Hour(2, 3), Hour(3, 4), Hour(4, 5)], [Hour(-1, 0), Hour(0.5, 1), Hour(2, 4)]);

        Assert.Equal([Hour(1, 2), Hour(4, 5)], free);
    }

    [Fact]
    public void Widen_OfAHorizonThatCoversPart_CoversAll()
    {
        var schedule = JsonNode.Parse("""{"planningHorizon":{"start":"2034-01-01","end":"2035-02-01"}}""")!.AsObject();

        SlotPattern.Widen(schedule, new(2035, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2035, 3, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(("2034-01-01", "2035-03-01T00:00:00+00:00"), ((string)schedule["planningHorizon"]!["start"]!, (string)schedule["planningHorizon"]!["end"]!));
    }
}
