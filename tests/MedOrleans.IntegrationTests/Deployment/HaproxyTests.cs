using System.Net;
using System.Net.Http.Headers;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Deployment;

/// <summary>The HAProxy configuration, before real gateways.</summary>
public sealed class HaproxyTests
{
    [Fact]
    public async Task Configuration_ByHaproxy_IsValid()
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-haproxy-").FullName;
        try
        {
            using var authority = new TestAuthority("hospitals");
            var file = await HaproxyProcess.ConfigureAsync(folder, authority, 443, new IPEndPoint(IPAddress.Loopback, 8080));

            var (code, output) = await Tool.RunAsync("haproxy", ["-c", "-f", file]);

            Assert.True(code == 0, output);
            Assert.DoesNotContain("WARNING", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Gateways_OneStops_NoRequestFailsAndForgedForwardingIsNotBelieved()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var silo = await HostProcess.StartAsync(postgres.ConnectionString, settings: new Dictionary<string, string> { ["MEDORLEANS__Role"] = "Silo" });
        var settings = new Dictionary<string, string> { ["MEDORLEANS__Role"] = "Gateway", ["MEDORLEANS__Http__TrustedProxies__0"] = "127.0.0.0/8", ["MEDORLEANS__Http__StopNotice"] = "00:00:03" };
        await using var first = await HostProcess.StartAsync(postgres.ConnectionString, silo.DataFolder, settings);
        await using var second = await HostProcess.StartAsync(postgres.ConnectionString, silo.DataFolder, settings);
        using var north = await first.CreateTenantAsync("north");
        var patient = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");
        await using var proxy = await HaproxyProcess.StartAsync(first.Http, second.Http);
        using var client = proxy.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", north.Token);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        using var stop = new CancellationTokenSource();
        var answers = 0;
        var readers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var answer = await client.GetAsync(new Uri($"/fhir/north/Patient/{patient}", UriKind.Relative), CancellationToken.None);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Interlocked.Increment(ref answers);
            }
        })).ToList();

        await Eventually.TrueAsync(() => Volatile.Read(ref answers) > 200, TimeSpan.FromSeconds(30));
        Assert.Equal(0, await first.StopAsync());
        var before = Volatile.Read(ref answers);
        await Eventually.TrueAsync(() => Volatile.Read(ref answers) > before + 200, TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await Task.WhenAll(readers);

        using var created = await Hospital.CreateAsync(client, "north", "Moreau");
        Assert.StartsWith($"https://127.0.0.1:{proxy.Address.Port}/fhir/north/Patient/", created.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var trail = await Hospital.GetAsync(client, "/fhir/north/AuditEvent");
        Assert.DoesNotContain("203.0.113.7", trail.ToString(), StringComparison.Ordinal);
    }
}
