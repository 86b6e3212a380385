using System.Diagnostics;
using System.Globalization;
using System.Net;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>Silos and gateways that leave and join while hospitals work.</summary>
public sealed class DrainTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Silo_ToldToStopUnderLoad_MovesWhatItHasAndNoRequestFails()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 3);
        var failures = await cluster.WorkThroughAsync(async written =>
        {
            foreach (var silo in cluster.Silos.Take(2))
            {
                Assert.Equal(0, await silo.StopAsync());
                Assert.Single(silo.Output.Split('\n'), line => line.Contains("The silo is empty: ", StringComparison.Ordinal));
                await SiloCluster.UntilAsync(written, 300);
            }

            await cluster.AddSiloAsync();
        });

        Assert.True(failures.Count == 0, $"{failures.Count}: {string.Join(Environment.NewLine, failures.Take(5))}");
    }

    [Fact]
    public async Task Silo_SecondSignal_StopsAndNothingAcknowledgedIsLost()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 2);
        await cluster.WorkThroughAsync(async _ =>
        {
            var first = cluster.Silos[0].StopAsync();
            await SignalAsync(cluster.Silos[0].Process);
            Assert.Equal(0, await first);
        });
    }

    [Fact]
    public async Task Silo_Joins_TakesItsShareOfWhatIsThere()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 1);
        using var north = await cluster.Gateway.CreateTenantAsync("north");
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            await Hospital.FamilyAsync(north.Client, "north", await Hospital.CreatedAsync(north.Client, "north", $"Lindgren{i}")));
        var before = Assert.Single(await cluster.ActivationsAsync());
        Assert.True(before >= 400, $"{before} activations");

        await cluster.AddSiloAsync();

        await Eventually.TrueAsync(async () => await cluster.ActivationsAsync() is { Count: 2 } counts && counts.Min() > before / 3, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Gateway_ToldToStop_GivesNoticeWhileItStillServes()
    {
        var notice = new Dictionary<string, string> { ["MEDORLEANS__Http__StopNotice"] = "00:00:10" };
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 1, notice);
        using var north = await cluster.Gateway.CreateTenantAsync("north");
        var id = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");

        var stopped = cluster.Gateway.StopAsync();
        await Eventually.TrueAsync(async () =>
        {
            using var ready = await cluster.Gateway.Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return ready.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        using var answer = await north.Client.GetAsync(new Uri($"/fhir/north/Patient/{id}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.ConnectionClose);
        Assert.Equal(0, await stopped);
    }

    private static async Task SignalAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
