using System.Diagnostics;
using MedOrleans.IntegrationTests.Durability;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>A supervisor that keeps silos on this machine.</summary>
public sealed class SupervisorTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Silos_UnderLoadAndAfterIt_ComeAndGoByThemselvesAndNoRequestFails()
    {
        using var folder = new SupervisedFolder();
        await using var host = await StartAsync(folder, new()
        {
            ["MEDORLEANS__Scaling__Max"] = "2",
            ["MEDORLEANS__Scaling__Interval"] = "00:00:01",
            ["MEDORLEANS__Scaling__TargetUtilisation"] = "0.1",
            ["MEDORLEANS__Scaling__ScaleInAfter"] = "00:00:04",
            ["MEDORLEANS__Scaling__ScaleInPause"] = "00:00:00",
        });
        using var administrator = await host.OperatorAsync();
        using var north = await host.CreateTenantAsync("north");
        var written = new AcknowledgedWrites("north");
        using var failures = new CountingHandler();
        using var client = new HttpClient(failures, disposeHandler: false) { BaseAddress = host.Client.BaseAddress, Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = north.Client.DefaultRequestHeaders.Authorization;
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(writer => written.WriteAsync(client, writer, stop.Token)).ToList();

        await Eventually.TrueAsync(async () => (await ActiveAsync(administrator)).Count == 2, TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await Eventually.TrueAsync(() => host.Output.Contains("Silo 2 has left, exit code 0.", StringComparison.Ordinal), TimeSpan.FromSeconds(60));

        await written.VerifyAsync(north.Client, administrator);
        Assert.True(failures.Failures.Count == 0, string.Join(Environment.NewLine, failures.Failures.Take(5)));
        var scaling = await Hospital.GetAsync(administrator, "/admin/scaling");
        var rules = scaling.GetProperty("decisions").EnumerateArray().Select(decision => $"{decision.GetProperty("action")} {decision.GetProperty("signals").GetProperty("silos")} to {decision.GetProperty("wanted")}").ToList();
        Assert.Equal(["in 2 to 1", "out 1 to 2"], rules[^2..]);
        var (code, output, error) = await HostProcess.CommandAsync(["scaling", "--data", host.DataFolder, "--server", $"http://{host.Http}"]);
        Assert.True(code == 0, error);
        Assert.Contains("community", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_ThatIsKilled_IsStartedAgainAndTheSupervisorsSuccessorFindsThemAll()
    {
        var settings = new Dictionary<string, string> { ["MEDORLEANS__Scaling__Min"] = "2", ["MEDORLEANS__Supervisor__FirstPort"] = SupervisedFolder.FirstPort() };
        var database = await postgres.NewDatabaseAsync();
        using var folder = new SupervisedFolder();
        var silos = new List<int>();
        await using (var host = await StartAsync(folder, settings, database))
        {
            using var administrator = await host.OperatorAsync();
            await Eventually.TrueAsync(async () => (await ActiveAsync(administrator)).Count == 2, TimeSpan.FromSeconds(60));
            var first = folder.ProcessOf(1);
            using (var process = Process.GetProcessById(first))
            {
                process.Kill();
            }

            await Eventually.TrueAsync(() => folder.ProcessOf(1) != first, TimeSpan.FromSeconds(30));
            Assert.Contains("Silo 1 ended by itself, exit code 137", host.Output, StringComparison.Ordinal);
            await Eventually.TrueAsync(async () => (await ActiveAsync(administrator)).Count == 2, TimeSpan.FromSeconds(60));
            silos.AddRange([folder.ProcessOf(1), folder.ProcessOf(2)]);
            await host.KillAsync();
        }

        await using var next = await StartAsync(folder, settings, database);
        using var north = await next.CreateTenantAsync("north");
        Assert.Equal("Ek", await Hospital.FamilyAsync(north.Client, "north", await Hospital.CreatedAsync(north.Client, "north", "Ek")));
        Assert.Equal(silos, [folder.ProcessOf(1), folder.ProcessOf(2)]);
        Assert.Contains($"Silo 2 runs already, as process {silos[1]}.", next.Output, StringComparison.Ordinal);

        Assert.Equal(0, await next.StopAsync());
        Assert.All(silos, silo => Assert.False(SupervisedFolder.IsRunning(silo), next.Output));
    }

    private async Task<HostProcess> StartAsync(SupervisedFolder folder, Dictionary<string, string> settings, string? database = null)
    {
        settings["MEDORLEANS__Role"] = "Supervisor";
        settings["MEDORLEANS__Scaling__ForecastWeeks"] = "0";
        settings.TryAdd("MEDORLEANS__Supervisor__FirstPort", SupervisedFolder.FirstPort());
        return await HostProcess.StartAsync(database ?? await postgres.NewDatabaseAsync(), folder.Path, settings);
    }

    private static async Task<List<string>> ActiveAsync(HttpClient administrator) =>
        [.. (await Hospital.GetAsync(administrator, "/admin/silos")).EnumerateArray().Where(silo => silo.GetProperty("status").GetString() == "Active").Select(silo => silo.GetProperty("address").GetString()!)];
}
