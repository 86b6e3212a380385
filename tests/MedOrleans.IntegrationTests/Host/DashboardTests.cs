using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MedOrleans.IntegrationTests.Elasticity;
using MedOrleans.IntegrationTests.Hl7v2;
using MedOrleans.IntegrationTests.Wards;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>The shipped dashboards and rules, asked of a real Prometheus that scrapes a host at work: a query that gives nothing is a mistake.</summary>
public sealed partial class DashboardTests
{
    private static readonly string s_shipped = Path.Combine(AppContext.BaseDirectory, "grafana");

    [Fact]
    public async Task EveryPanelAndRule_OverAHostAtWork_HasAnAnswer()
    {
        using var certificates = await CertificateFolder.CreateAsync();
        var (listener, lab) = (Hl7World.FreePort(), Hl7World.FreePort());
        var settings = certificates.Settings("silo").Concat(Hl7World.Settings(listener)).Concat(Hl7Receiver.Settings(lab)).ToDictionary();
        settings["MEDORLEANS__Metering__FlushInterval"] = "00:00:01";
        settings["MEDORLEANS__Hl7__Subscribers__0__Tries"] = "1";

        // Every other message is refused, so that there are dead letters too.
        var told = 0;
        await using var receiver = new Hl7Receiver(lab, _ => Interlocked.Increment(ref told) % 2 == 0 ? "AA" : "AE");
        await using var host = await HostProcess.StartAsync(settings: settings);
        using var north = await host.CreateTenantAsync("north");
        using (var administrator = await host.OperatorAsync())
        {
            using var budget = await administrator.PutAsJsonAsync("/admin/tenants/north/budget", new { monthlyAmount = 100 });
            Assert.Equal(HttpStatusCode.OK, budget.StatusCode);
        }

        await using var prometheus = await PrometheusServer.StartAsync(Path.Combine(s_shipped, "prometheus"), host.Management.ToString());
        using var stop = new CancellationTokenSource();
        var work = WorkAsync(north, new Hl7World(north.Client, "north", listener), stop.Token);
        var silent = new List<string>();
        try
        {
            foreach (var (where, expression) in Queries().ToList())
            {
                await HearAsync(where, expression.Replace("$__rate_interval", "30s", StringComparison.Ordinal).Replace("$tenant", ".*", StringComparison.Ordinal));
            }

            var rules = await prometheus.RulesAsync();
            Assert.Equal(16, rules.Count);
            Assert.All(rules, rule => Assert.Equal("ok", rule.Health));
            foreach (var (name, expression, _) in rules)
            {
                // An alert is silent while all is well: what it compares must be there.
                await HearAsync(name, Comparison().Replace(expression, ""));
            }
        }
        finally
        {
            await stop.CancelAsync();
            await work;
        }

        Assert.Empty(silent);

        async Task HearAsync(string where, string expression)
        {
            try
            {
                await Eventually.TrueAsync(async () => await prometheus.CountAsync(expression) > 0, TimeSpan.FromSeconds(40));
            }
            catch (TimeoutException)
            {
                silent.Add($"{where}: {expression}");
            }
        }
    }

    [Fact]
    public void Panels_OfEveryDashboard_HaveWhatGrafanaAsksFor()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(s_shipped, "dashboards"), "*.json"))
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
            var root = dashboard.RootElement;
            Assert.Equal(Path.GetFileNameWithoutExtension(file), root.GetProperty("uid").GetString());
            var panels = root.GetProperty("panels").EnumerateArray().ToList();
            Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
            Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("title").GetString()).Distinct().Count());
            var cells = new HashSet<(int, int)>();
            foreach (var place in panels.Select(panel => panel.GetProperty("gridPos")))
            {
                var (x, y, w, h) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32(), place.GetProperty("w").GetInt32(), place.GetProperty("h").GetInt32());
                Assert.True(x >= 0 && w > 0 && x + w <= 24 && h > 0, file);
                Assert.All(Enumerable.Range(x, w).SelectMany(column => Enumerable.Range(y, h).Select(row => (column, row))), cell => Assert.True(cells.Add(cell), $"{file}: panels overlap"));
            }
        }
    }

    [Fact]
    public async Task Rules_UnderPromtool_PassTheirTests()
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", ["test", "rules", Path.Combine(s_shipped, "prometheus", "rules.test.yml")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, output + await error);
    }

    private static IEnumerable<(string Where, string Expression)> Queries()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(s_shipped, "dashboards"), "*.json"))
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    yield return ($"{Path.GetFileName(file)}, {panel.GetProperty("title").GetString()}", target.GetProperty("expr").GetString()!);
                }
            }
        }
    }

    /// <summary>Some of everything that hospitals do, until it is told to stop.</summary>
    private static async Task WorkAsync(TenantAccess north, Hl7World messages, CancellationToken stop)
    {
        await new WardWorld(north.Client, "north").FillAsync(beds: 1, patients: 1);
        var (_, feed) = await EventReader.OpenAsync(north.Client, "/fhir/north/Location/ward/$census");
        using var board = feed;
        await using var connection = await messages.ConnectAsync();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(stop); i++)
            {
                var id = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");
                (await Hospital.UpdateAsync(north.Client, "north", id, "Ek")).Dispose();
                await Hospital.FamilyAsync(north.Client, "north", id);
                (await north.Client.GetAsync(new Uri("/fhir/north/Patient?family=Ek&_count=1", UriKind.Relative), CancellationToken.None)).Dispose();
                using var bundle = new StringContent("""{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/nobody"}}]}""", Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json"));
                (await north.Client.PostAsync(new Uri("/fhir/north", UriKind.Relative), bundle, CancellationToken.None)).Dispose();
                if (i % 20 == 0)
                {
                    await Hl7World.SendAsync(connection, Hl7World.Adt("A28", $"m{i}", $"{i}", ""));
                    using var token = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = north.ClientId, ["client_secret"] = north.ClientSecret });
                    (await north.Client.PostAsync(new Uri("/oauth2/token", UriKind.Relative), token, CancellationToken.None)).Dispose();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The day is over.
        }
    }

    [GeneratedRegex(@"\s*[<>]=?\s*[0-9.]+\s*$")]
    private static partial Regex Comparison();
}
