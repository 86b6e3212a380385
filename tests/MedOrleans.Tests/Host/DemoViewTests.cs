using MedOrleans.Host.Demo;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.Tests.Host;

public class DemoViewTests
{
    [Fact]
    public void Take_BeforeTheFirstRequest_IsZero() => Assert.Equal((0, 0, 0), new HospitalFigures().Take(new FakeTimeProvider()));

    [Fact]
    public void Take_AfterRequests_IsTheirRateAndPercentiles()
    {
        var time = new FakeTimeProvider();
        var figures = new HospitalFigures();
        figures.Take(time);
        for (var i = 1; i <= 100; i++)
        {
            figures.Add(TimeSpan.FromMilliseconds(i), succeeded: i != 7);
        }

        time.Advance(TimeSpan.FromSeconds(4));
        var (perSecond, p50, p99) = figures.Take(time);

        Assert.Equal(25, perSecond);
        Assert.InRange(p50, 49, 51);
        Assert.InRange(p99, 98, 100);
        Assert.Equal((100, 1), figures.Totals);
    }
}
