using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MedOrleans.IntegrationTests;

/// <summary>A real <c>medorleans serve</c> process on loopback, with ports and (unless given) a data folder of its own.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    // Hosts on one database share the master key, whatever their data folders are.
    private static readonly Lazy<string> s_masterKey = new(() =>
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("medorleans-key-").FullName, "master.key");
        File.WriteAllText(file, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        return file;
    });

    private const int FirstPort = 12_000;
    private const int PortCount = 20_000;

    private static int s_port = RandomNumberGenerator.GetInt32(PortCount);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly bool _ownsData;

    private HostProcess(Process process, string data, bool ownsData, IPAddress address, int[] ports)
    {
        SiloPort = new IPEndPoint(address, ports[2]);
        _process = process;
        _ownsData = ownsData;
        DataFolder = data;
        Http = new IPEndPoint(address, ports[0]);
        Management = new IPEndPoint(address, ports[1]);
        SiloGateway = new IPEndPoint(address, ports[3]);
        Client = new HttpClient { BaseAddress = new Uri($"http://{Http}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <summary>The public address.</summary>
    public IPEndPoint Http { get; }

    /// <summary>The management address.</summary>
    public IPEndPoint Management { get; }

    /// <summary>Where other silos connect.</summary>
    public IPEndPoint SiloPort { get; }

    /// <summary>Where Orleans clients connect.</summary>
    public IPEndPoint SiloGateway { get; }

    /// <summary>The folder with the data and the operator's credential.</summary>
    public string DataFolder { get; }

    /// <summary>A client of the public address, without a credential.</summary>
    public HttpClient Client { get; }

    /// <summary>How long from the process's start to its first answer of readiness.</summary>
    public TimeSpan Startup { get; private set; }

    /// <summary>What the process wrote.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>The process.</summary>
    public Process Process => _process;

    /// <summary>Starts a host and waits until it is ready.</summary>
    /// <param name="connectionString">PostgreSQL; null for SQLite in the data folder.</param>
    /// <param name="dataFolder">A data folder of the caller's; null for one that goes with this object.</param>
    /// <param name="settings">Further settings by environment name, <c>MEDORLEANS__Role</c>.</param>
    /// <param name="startLimit">How long it may take to become ready.</param>
    /// <param name="command">The command that serves, and its own flags; <c>serve</c> where it isn't given.</param>
    /// <param name="launcher">A program that becomes the host, and its own arguments: a shell that enters a control group or a network namespace first.</param>
    /// <param name="program">The <c>medorleans</c> to run; this build's <c>medorleans.dll</c> where it isn't given.</param>
    /// <param name="httpPort">The public port; a free one where it isn't given.</param>
    /// <param name="address">The address of a network namespace that the launcher enters; loopback where it isn't given.</param>
    public static async Task<HostProcess> StartAsync(
        string? connectionString = null, string? dataFolder = null, IReadOnlyDictionary<string, string>? settings = null, TimeSpan? startLimit = null, string[]? command = null, string[]? launcher = null, string? program = null, IPAddress? address = null, int? httpPort = null)
    {
        var data = dataFolder ?? Directory.CreateTempSubdirectory("medorleans-host-").FullName;
        var ports = FreePorts(4);
        ports[0] = httpPort ?? ports[0];
        address ??= IPAddress.Loopback;
        string[] line = [
            .. launcher ?? [], .. program is null ? ["dotnet", Path.Combine(AppContext.BaseDirectory, "medorleans.dll")] : new[] { program }, .. command ?? ["serve"], "--data", data,
            "--http", $"http://{address}:{ports[0]}", "--management", $"http://{address}:{ports[1]}"];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MEDORLEANS__Cluster__AdvertisedAddress"] = address.ToString();
        start.Environment["MEDORLEANS__Cluster__SiloPort"] = ports[2].ToString(CultureInfo.InvariantCulture);
        start.Environment["MEDORLEANS__Cluster__GatewayPort"] = ports[3].ToString(CultureInfo.InvariantCulture);
        if (!IPAddress.IsLoopback(address))
        {
            // An earlier build does not know it, and needs it as little.
            start.Environment["MEDORLEANS__Cluster__OpenPortsWithoutCertificates"] = bool.TrueString;
        }

        if (connectionString is not null)
        {
            start.Environment["MEDORLEANS__Record__Databases__main__Provider"] = "Postgres";
            start.Environment["MEDORLEANS__Record__Databases__main__ConnectionString"] = connectionString;
            start.Environment["MEDORLEANS__Security__MasterKeyFile"] = s_masterKey.Value;
        }

        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        var host = new HostProcess(process, data, dataFolder is null, address, ports);
        process.OutputDataReceived += host.Keep;
        process.ErrorDataReceived += host.Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await host.UntilReadyAsync(startLimit ?? TimeSpan.FromSeconds(60));
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        host.Startup = watch.Elapsed;
        return host;
    }

    /// <summary>Runs <c>medorleans serve</c> that is to end by itself: its exit code and what it wrote on standard error.</summary>
    /// <param name="flags">Flags.</param>
    /// <param name="settings">Further settings by environment name.</param>
    public static async Task<(int ExitCode, string Error)> RunAsync(string[] flags, IReadOnlyDictionary<string, string>? settings = null)
    {
        var (code, _, error) = await CommandAsync(["serve", .. flags], settings);
        return (code, error);
    }

    /// <summary>Runs <c>medorleans</c> to its end: its exit code and what it wrote.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="settings">Settings by environment name.</param>
    public static async Task<(int ExitCode, string Output, string Error)> CommandAsync(string[] arguments, IReadOnlyDictionary<string, string>? settings = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "medorleans.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Ends the process at once, as a power cut would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks the process to stop (SIGTERM) and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>A client with the operator's token.</summary>
    public async Task<HttpClient> OperatorAsync()
    {
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(DataFolder, "operator.json")));
        return await AuthorizedAsync(
            file.RootElement.GetProperty("clientId").GetString()!, file.RootElement.GetProperty("clientSecret").GetString()!, "operator");
    }

    /// <summary>Creates a hospital.</summary>
    /// <param name="tenant">The slug.</param>
    /// <param name="database">The database by name; null for the least loaded.</param>
    /// <param name="scopes">The scopes of its credentials; null for all.</param>
    public async Task<TenantAccess> CreateTenantAsync(string tenant, string? database = null, string? scopes = null)
    {
        using var administrator = await OperatorAsync();
        using var created = await administrator.PostAsJsonAsync("/admin/tenants", new { tenant, name = $"{tenant} hospital", database, scopes });
        created.EnsureSuccessStatusCode();
        var client = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("credentials");
        var id = client.GetProperty("clientId").GetString()!;
        var secret = client.GetProperty("clientSecret").GetString()!;
        return new TenantAccess(tenant, id, secret, await AuthorizedAsync(id, secret, null));
    }

    /// <summary>A client with a token of its own.</summary>
    public async Task<HttpClient> AuthorizedAsync(string id, string secret, string? scope)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        using var content = new FormUrlEncodedContent(form);
        using var response = await Client.PostAsync(new Uri("/oauth2/token", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        var token = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
        var client = new HttpClient { BaseAddress = Client.BaseAddress, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        if (_ownsData)
        {
            Directory.Delete(DataFolder, recursive: true);
        }
    }

    /// <summary>Ports that are free, below those that connections take for themselves; none is given out twice.</summary>
    public static int[] FreePorts(int count)
    {
        var ports = new int[count];
        for (var i = 0; i < count;)
        {
            var port = FirstPort + ((Interlocked.Increment(ref s_port) & int.MaxValue) % PortCount);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                ports[i++] = port;
            }
            catch (SocketException)
            {
                // Another process has it.
            }
        }

        return ports;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }

    private async Task UntilReadyAsync(TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await timer.WaitForNextTickAsync())
        {
            if (_process.HasExited || watch.Elapsed > limit)
            {
                throw new InvalidOperationException($"The host is not ready after {watch.Elapsed.TotalSeconds:0} s: {Output}");
            }

            try
            {
                using var response = await Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
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
}

/// <summary>A hospital's credentials, and a client that carries a token of theirs.</summary>
public sealed record TenantAccess(string Tenant, string ClientId, string ClientSecret, HttpClient Client) : IDisposable
{
    /// <summary>The token that <see cref="Client"/> carries.</summary>
    public string Token => Client.DefaultRequestHeaders.Authorization!.Parameter!;

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();
}
