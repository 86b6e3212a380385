using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using MedOrleans.IntegrationTests;
using MedOrleans.IntegrationTests.Deployment;
using MedOrleans.IntegrationTests.Elasticity;

namespace MedOrleans.LoadTests;

/// <summary>Silos and gateways, each a process of its own, on one private PostgreSQL; where there are several gateways, HAProxy with the shipped configuration is before them.</summary>
internal sealed partial class Fleet : IAsyncDisposable
{
    // What joins is limited, and so are those that it waits for.
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(3);

    private readonly PrivatePostgres _postgres;
    private readonly List<(HostProcess Silo, CpuCap? Cap)> _silos = [];
    private readonly List<(HostProcess Gateway, CpuCap? Cap)> _gateways = [];
    private readonly double? _cap;
    private readonly double? _joining;
    private readonly IReadOnlyDictionary<string, string> _gatewaySettings;
    private readonly CertificateFolder? _certificates;
    private DirectoryInfo? _folder;
    private HaproxyProcess? _proxy;

    private Fleet(PrivatePostgres postgres, double? cap, double? joining, IReadOnlyDictionary<string, string> gatewaySettings, CertificateFolder? certificates) =>
        (_postgres, _cap, _joining, _gatewaySettings, _certificates) = (postgres, cap, joining, gatewaySettings, certificates);

    /// <summary>The gateways.</summary>
    public IReadOnlyList<HostProcess> Gateways => [.. _gateways.Select(gateway => gateway.Gateway)];

    /// <summary>The first gateway.</summary>
    public HostProcess Gateway => _gateways[0].Gateway;

    /// <summary>Where clients go.</summary>
    public Uri Server => _proxy?.Address ?? Gateway.Client.BaseAddress!;

    /// <summary>The <c>medorleans</c> that is started from now on; this build's <c>medorleans.dll</c> where it is null.</summary>
    public string? Program { get; set; }

    /// <summary>A client with the operator's token.</summary>
    public HttpClient Administrator { get; private set; } = null!;

    /// <summary>The database server.</summary>
    public PrivatePostgres Postgres => _postgres;

    /// <summary>The silos that run.</summary>
    public IReadOnlyList<HostProcess> Silos => [.. _silos.Select(silo => silo.Silo)];

    /// <summary>The processor time that silos and gateways have used.</summary>
    public TimeSpan Processor => TimeSpan.FromTicks(Silos.Concat(Gateways).Sum(host =>
    {
        host.Process.Refresh();
        return host.Process.TotalProcessorTime.Ticks;
    }));

    /// <summary>What to say of the silos' capacity.</summary>
    public string Capacity => _cap is null ? "silos share the machine" : CpuCap.IsPossible ? $"each silo has {_cap:0.##} of a processor" : "silos share the machine (no control groups here, or not root)";

    /// <summary>Starts silos and the gateway.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="cap">The part of a processor that each silo has; null for the machine's.</param>
    /// <param name="program">The <c>medorleans</c>; this build's <c>medorleans.dll</c> without it.</param>
    /// <param name="gateways">How many gateways.</param>
    /// <param name="gatewaySettings">Further settings of the gateways, by environment name; null for none.</param>
    /// <param name="certificates">What silos and gateways prove to each other who they are by; null for nothing, on loopback.</param>
    /// <param name="joining">The part of a processor that a process has to start with once the fleet is there, so that those who serve keep theirs; null for the machine's.</param>
    public static async Task<Fleet> StartAsync(int silos, double? cap = null, string? program = null, int gateways = 1, double? joining = null, IReadOnlyDictionary<string, string>? gatewaySettings = null, CertificateFolder? certificates = null)
    {
        var fleet = new Fleet(await PrivatePostgres.StartAsync(), cap, joining, gatewaySettings ?? new Dictionary<string, string>(), certificates) { Program = program };
        for (var i = 0; i < silos; i++)
        {
            await fleet.AddAsync();
        }

        // The operator's credential outlives the first silo's folder.
        fleet._folder = Directory.CreateTempSubdirectory("medorleans-gateway-");
        File.Copy(Path.Combine(fleet._silos[0].Silo.DataFolder, "operator.json"), Path.Combine(fleet._folder.FullName, "operator.json"));
        for (var i = 0; i < gateways; i++)
        {
            fleet._gateways.Add(await fleet.StartGatewayAsync(null));
        }

        fleet.Administrator = await fleet.Gateway.OperatorAsync();
        if (gateways > 1)
        {
            fleet._proxy = await HaproxyProcess.StartAsync([.. fleet.Gateways.Select(gateway => gateway.Http)]);
        }

        return fleet;
    }

    /// <summary>What a client sends by.</summary>
    public HttpMessageHandler Handler() => _proxy?.Handler() ?? new SocketsHttpHandler();

    /// <summary>Stops a gateway and starts another in its place, on its address, while the others serve.</summary>
    public async Task ReplaceGatewayAsync(int index)
    {
        var (before, cap) = _gateways[index];
        await before.StopAsync();
        await before.DisposeAsync();
        cap?.Dispose();
        _gateways[index] = await StartGatewayAsync(before.Http.Port);
        Administrator.Dispose();
        Administrator = await Gateway.OperatorAsync();
    }

    /// <summary>Starts one more silo. It has the whole machine until it is ready, or the part that joining processes have, and its own part from <see cref="Cap"/> on.</summary>
    public async Task<HostProcess> AddAsync()
    {
        var cap = JoiningCap(_silos.Count > 0 && Administrator is not null);
        var silo = await HostProcess.StartAsync(_postgres.ConnectionString, settings: Role("Silo"), startLimit: s_startLimit, launcher: cap?.Launcher, program: Program);
        _silos.Add((silo, cap));
        return silo;
    }

    /// <summary>Gives the processes that have joined the whole machine again.</summary>
    public void Uncap() => _silos.Concat(_gateways).ToList().ForEach(host => host.Cap?.Lift());

    /// <summary>Gives each silo its part of a processor: once what it needs to start is compiled.</summary>
    public void Cap()
    {
        if (_cap is { } part)
        {
            _silos.ForEach(silo => silo.Cap?.Limit(part));
        }
    }

    /// <summary>Tells a silo to stop and gives its exit code.</summary>
    public async Task<int> StopAsync(int index)
    {
        var (silo, cap) = _silos[index];
        _silos.RemoveAt(index);
        var code = await silo.StopAsync();
        await silo.DisposeAsync();
        cap?.Dispose();
        return code;
    }

    /// <summary>Ends a silo at once (SIGKILL).</summary>
    public async Task KillAsync(int index)
    {
        var (silo, cap) = _silos[index];
        _silos.RemoveAt(index);
        await silo.DisposeAsync();
        cap?.Dispose();
    }

    /// <summary>The activations of each silo that is active.</summary>
    public async Task<List<int>> ActivationsAsync()
    {
        var silos = await Administrator.GetFromJsonAsync<JsonElement>(new Uri("/admin/silos", UriKind.Relative));
        return [.. silos.EnumerateArray().Where(silo => silo.GetProperty("status").GetString() == "Active" && silo.GetProperty("use").ValueKind == JsonValueKind.Object)
            .Select(silo => silo.GetProperty("use").GetProperty("activations").GetInt32())];
    }

    /// <summary>Returns once no silo has much less than the others: what an upgrade waits for before the next one leaves.</summary>
    public Task LevelAsync() =>
        Eventually.TrueAsync(async () => await ActivationsAsync() is { Count: > 1 } counts && counts.Count == Silos.Count && counts.Min() >= counts.Average() * 0.6, TimeSpan.FromSeconds(60));

    /// <summary>The activations of all silos by grain type, without those that every silo of Orleans has.</summary>
    public async Task<Dictionary<string, int>> GrainsAsync()
    {
        var counts = new Dictionary<string, int>();
        using var client = new HttpClient();
        foreach (var silo in Silos)
        {
            foreach (Match line in Activations().Matches(await client.GetStringAsync(new Uri($"http://{silo.Management}/metrics"))))
            {
                if (line.Groups["count"].Value is var count and not "0" && line.Groups["type"].Value is var type && !type.StartsWith("sys.", StringComparison.Ordinal))
                {
                    counts[type] = counts.GetValueOrDefault(type) + int.Parse(count, CultureInfo.InvariantCulture);
                }
            }
        }

        return counts;
    }

    public async ValueTask DisposeAsync()
    {
        Administrator?.Dispose();
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        foreach (var (host, cap) in _gateways.Concat(_silos))
        {
            await host.DisposeAsync();
            cap?.Dispose();
        }

        await _postgres.DisposeAsync();
        _folder?.Delete(recursive: true);
    }

    private async Task<(HostProcess Gateway, CpuCap? Cap)> StartGatewayAsync(int? port)
    {
        var cap = port is null || _joining is null ? null : JoiningCap(isJoining: true);
        var settings = Role("Gateway");
        settings["MEDORLEANS__Http__TrustedProxies__0"] = "127.0.0.1";
        settings["MEDORLEANS__Http__StopNotice"] = "00:00:03";
        foreach (var (name, value) in _gatewaySettings)
        {
            settings[name] = value;
        }

        return (await HostProcess.StartAsync(_postgres.ConnectionString, _folder!.FullName, settings, s_startLimit, launcher: cap?.Launcher, program: Program, httpPort: port), cap);
    }

    private CpuCap? JoiningCap(bool isJoining)
    {
        var cap = _cap is null && _joining is null ? null : CpuCap.Create();
        if (isJoining && _joining is { } part)
        {
            cap?.Limit(part);
        }

        return cap;
    }

    private Dictionary<string, string> Role(string role) => new(_certificates?.Settings(role == "Silo" ? "silo" : "gateway") ?? [])
    {
        ["MEDORLEANS__Role"] = role,

        // As is said of small silos.
        ["DOTNET_TieredPGO"] = _cap is null ? "1" : "0",
    };

    [GeneratedRegex(@"^orleans_catalog_activations\{.*grain_type=""(?<type>[^""]+)""\} (?<count>\d+)", RegexOptions.Multiline)]
    private static partial Regex Activations();
}
