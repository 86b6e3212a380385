using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace MedOrleans.Benchmarks;

/// <summary>A real <c>medorleans serve</c> process on PostgreSQL, with one hospital.</summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _data;

    private HostUnderTest(Process process, string data, IPEndPoint http)
    {
        _process = process;
        _data = data;
        Http = http;
        Client = new HttpClient { BaseAddress = new Uri($"http://{http}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <summary>The public address.</summary>
    public IPEndPoint Http { get; }

    /// <summary>A client of the public address; it carries <see cref="Token"/> after <see cref="StartAsync"/>.</summary>
    public HttpClient Client { get; }

    /// <summary>A token of the hospital <c>bench</c>.</summary>
    public string Token { get; private set; } = "";

    /// <summary>How long from the process's start to its first answer of readiness.</summary>
    public TimeSpan Startup { get; private set; }

    /// <summary>The folder with the operator's credential.</summary>
    public string DataFolder => _data;

    /// <summary>Resident memory of the process, bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<HostUnderTest> StartAsync(string connectionString)
    {
        var data = Directory.CreateTempSubdirectory("medorleans-bench-").FullName;
        int[] ports = [FreePort(), FreePort(), FreePort(), FreePort()];
        var start = new ProcessStartInfo("dotnet", [
            Path.Combine(AppContext.BaseDirectory, "medorleans.dll"), "serve", "--data", data,
            "--http", $"http://127.0.0.1:{ports[0]}", "--management", $"http://127.0.0.1:{ports[1]}"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["MEDORLEANS__Cluster__SiloPort"] = ports[2].ToString(provider: null);
        start.Environment["MEDORLEANS__Cluster__GatewayPort"] = ports[3].ToString(provider: null);
        start.Environment["MEDORLEANS__Record__Databases__main__Provider"] = "Postgres";
        start.Environment["MEDORLEANS__Record__Databases__main__ConnectionString"] = connectionString;
        var watch = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        var host = new HostUnderTest(process, data, new IPEndPoint(IPAddress.Loopback, ports[0]));
        await host.UntilReadyAsync();
        host.Startup = watch.Elapsed;
        await host.ProvisionAsync();
        return host;
    }

    /// <summary>A token for client credentials.</summary>
    public async Task<string> TokenAsync(string id, string secret, string? scope)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        using var response = await Client.PostAsync("/oauth2/token", new FormUrlEncodedContent(form));
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task UntilReadyAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await timer.WaitForNextTickAsync())
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The host ended with code {_process.ExitCode}.");
            }

            try
            {
                using var response = await Client.GetAsync("/health/ready");
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }
    }

    private async Task ProvisionAsync()
    {
        var credential = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_data, "operator.json"))).RootElement;
        var operatorToken = await TokenAsync(credential.GetProperty("clientId").GetString()!, credential.GetProperty("clientSecret").GetString()!, "operator");
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", operatorToken);
        using var created = await Client.PostAsJsonAsync("/admin/tenants", new { tenant = "bench", name = "Bench Hospital" });
        created.EnsureSuccessStatusCode();
        var client = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("credentials");
        Client.DefaultRequestHeaders.Authorization = null;
        Token = await TokenAsync(client.GetProperty("clientId").GetString()!, client.GetProperty("clientSecret").GetString()!, null);
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }
}
