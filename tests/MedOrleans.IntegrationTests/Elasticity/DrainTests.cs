using System.Diagnostics;
using System.Globalization;
using MedOrleans.IntegrationTests.Durability;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>Silos that leave and join while hospitals work.</summary>
public sealed class DrainTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Silo_ToldToStopUnderLoad_MovesWhatItHasAndNoRequestFails()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 3);
        using var north = await cluster.CreateAsync("north");
        var written = new AcknowledgedWrites("north");
        using var failures = new CountingHandler();
        using var stop = new CancellationTokenSource();
        var writers = cluster.Write(written, north, failures, stop.Token);
        await UntilAsync(written, 400);

        foreach (var silo in cluster.Silos.Take(2))
        {
            Assert.Equal(0, await silo.StopAsync());
            Assert.Contains("The silo is empty: ", silo.Output, StringComparison.Ordinal);
            await UntilAsync(written, 300);
        }

        await cluster.AddSiloAsync();
        await UntilAsync(written, 300);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        Assert.True(failures.Failures.Count == 0, $"{failures.Failures.Count} of {written.Count}: {string.Join(Environment.NewLine, failures.Failures.Take(5))}");
        await written.VerifyAsync(north.Client, cluster.Administrator);
    }

    [Fact]
    public async Task Silo_Joins_TakesItsShareOfWhatIsThere()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 1);
        using var north = await cluster.CreateAsync("north");
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            await Hospital.FamilyAsync(north.Client, "north", await Hospital.CreatedAsync(north.Client, "north", $"Lindgren{i}")));
        var before = Assert.Single(await cluster.ActivationsAsync());
        Assert.True(before >= 400, $"{before} activations");

        await cluster.AddSiloAsync();

        await Eventually.TrueAsync(async () => await cluster.ActivationsAsync() is { Count: 2 } counts && counts.Min() > before / 3, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Silo_SecondSignal_StopsAtOnceAndNothingIsLost()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 2);
        using var north = await cluster.CreateAsync("north");
        var written = new AcknowledgedWrites("north");
        using var failures = new CountingHandler();
        using var stop = new CancellationTokenSource();
        var writers = cluster.Write(written, north, failures, stop.Token);
        await UntilAsync(written, 200);

        var silo = cluster.Silos[0];
        var first = silo.StopAsync();
        await SignalAsync(silo.Process);
        Assert.Equal(0, await first);

        await UntilAsync(written, 200);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await written.VerifyAsync(north.Client, cluster.Administrator);
    }

    private static async Task UntilAsync(AcknowledgedWrites written, int more)
    {
        var before = written.Count;
        await Eventually.TrueAsync(() => written.Count > before + more);
    }

    private static async Task SignalAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
