namespace MedOrleans.IntegrationTests.Isolation;

/// <summary>The generated probe of the load test <c>isolation</c>, in small: of 100,000 probes the first few thousand.</summary>
public sealed class IsolationProbeTests
{
    private const int Seed = 20261126;
    private const int Reads = 3000;

    [Fact]
    public async Task Probes_OfEveryRouteAndForm_LeakNothingAndTellNothing()
    {
        await using var world = await ProbeWorld.StartAsync(Seed);
        var before = await world.BirchAsync();
        var report = new ProbeReport();
        var runner = new ProbeRunner(world, report);

        await runner.ReadAsync(new ProbeGenerator(world, Seed).Reads(Reads));
        await runner.GrainsAsync(300, Seed);
        await runner.WriteAsync(new ProbeGenerator(world, Seed).Writes().Take(300));
        await runner.ControlAsync(new ProbeGenerator(world, Seed + 1).Reads(1000));

        Assert.True(report.Leaks.IsEmpty, First(report.Leaks));
        Assert.True(report.Differences.IsEmpty, First(report.Differences));
        Assert.True(report.Faults.IsEmpty, First(report.Faults));
        Assert.Equal(before, await world.BirchAsync());
        Assert.True(report.ConsoleControl > 0, "No page of the console showed birch to its own people.");
        Assert.True(report.Control > 80, $"Only {report.Control} of birch's own requests found its secrets.");
    }

    private static string First(System.Collections.Concurrent.ConcurrentQueue<string> found) => $"{found.Count}:\n{string.Join('\n', found.Take(8))}";
}
