using System.Globalization;

namespace MedOrleans.IntegrationTests.Host;

/// <summary><c>medorleans observe</c>: a host with a Prometheus beside it.</summary>
public sealed class ObserveTests
{
    [Fact]
    public async Task Observe_OfAnEmbeddedHost_ScrapesItWithTheShippedRules()
    {
        var port = HostProcess.FreePorts(1)[0];
        await using var host = await HostProcess.StartAsync(command: ["observe", "--prometheus-address", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")]);
        using var prometheus = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        await Eventually.TrueAsync(async () => (await QueryAsync(prometheus, "/api/v1/query?query=up{job=\"medorleans\"}")).Contains("\"1\"", StringComparison.Ordinal));
        Assert.Contains("MedOrleans", await QueryAsync(prometheus, "/api/v1/rules"), StringComparison.Ordinal);

        await host.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => prometheus.GetAsync(new Uri("/-/ready", UriKind.Relative)));
    }

    [Fact]
    public async Task Observe_WithoutThePrometheusProgram_SaysWhatToInstall()
    {
        var (code, _, error) = await HostProcess.CommandAsync(["observe", "--prometheus", "no-such-prometheus"]);
        Assert.Equal(2, code);
        Assert.Contains("apt-get install prometheus", error, StringComparison.Ordinal);
    }

    private static async Task<string> QueryAsync(HttpClient client, string path)
    {
        try
        {
            return await client.GetStringAsync(new Uri(path, UriKind.Relative));
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }
}
