using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>A Prometheus of one test's own on loopback, with the configuration and rules that are shipped, scraping one host every second.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _client;

    private PrometheusServer(Process process, DirectoryInfo folder, int port)
    {
        _process = process;
        _folder = folder;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Starts it and waits until it has scraped the host.</summary>
    /// <param name="shipped">The folder with the shipped prometheus.yml and rules.yml.</param>
    /// <param name="target">The host's management address.</param>
    public static async Task<PrometheusServer> StartAsync(string shipped, string target)
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-prometheus-");
        var port = HostProcess.FreePorts(1)[0];
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "prometheus.yml"),
            (await File.ReadAllTextAsync(Path.Combine(shipped, "prometheus.yml"))).Replace("127.0.0.1:8081", target, StringComparison.Ordinal).Replace("_interval: 5s", "_interval: 1s", StringComparison.Ordinal));
        File.Copy(Path.Combine(shipped, "rules.yml"), Path.Combine(folder.FullName, "rules.yml"));
        var process = Process.Start(new ProcessStartInfo("prometheus", [
            $"--config.file={Path.Combine(folder.FullName, "prometheus.yml")}", $"--storage.tsdb.path={Path.Combine(folder.FullName, "data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var server = new PrometheusServer(process, folder, port);
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                // It answers 503 until it has read its storage.
                using var ready = await server._client.GetAsync(new Uri("/-/ready", UriKind.Relative));
                return ready.IsSuccessStatusCode && await server.CountAsync("up{job=\"medorleans\"} == 1") == 1;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return server;
    }

    /// <summary>How many series an expression gives now.</summary>
    public async Task<int> CountAsync(string expression) =>
        (await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}")).GetProperty("result").GetArrayLength();

    /// <summary>The rules: name, expression, health.</summary>
    public async Task<IReadOnlyList<(string Name, string Expression, string Health)>> RulesAsync() =>
    [
        .. (await GetAsync("/api/v1/rules")).GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => (rule.GetProperty("name").GetString()!, rule.GetProperty("query").GetString()!, rule.GetProperty("health").GetString()!)),
    ];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        var reply = await Hospital.JsonAsync(response);
        return reply.GetProperty("status").GetString() == "success" ? reply.GetProperty("data") : throw new InvalidOperationException($"{path}: {reply}");
    }
}
