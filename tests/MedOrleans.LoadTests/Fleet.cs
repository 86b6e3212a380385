using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.IntegrationTests;

namespace MedOrleans.LoadTests;

/// <summary>Silos and a gateway, each a process of its own, on one private PostgreSQL.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly PrivatePostgres _postgres;
    private readonly List<(HostProcess Silo, CpuCap? Cap)> _silos = [];
    private readonly double? _cap;
    private DirectoryInfo? _folder;

    private Fleet(PrivatePostgres postgres, double? cap) => (_postgres, _cap) = (postgres, cap);

    /// <summary>The gateway.</summary>
    public HostProcess Gateway { get; private set; } = null!;

    /// <summary>The <c>medorleans.dll</c> of what is started from now on; this build's where it is null.</summary>
    public string? Program { get; set; }

    /// <summary>A client with the operator's token.</summary>
    public HttpClient Administrator { get; private set; } = null!;

    /// <summary>The database server.</summary>
    public PrivatePostgres Postgres => _postgres;

    /// <summary>The silos that run.</summary>
    public IReadOnlyList<HostProcess> Silos => [.. _silos.Select(silo => silo.Silo)];

    /// <summary>What to say of the silos' capacity.</summary>
    public string Capacity => _cap is null ? "silos share the machine" : CpuCap.IsPossible ? $"each silo has {_cap:0.##} of a processor" : "silos share the machine (no control groups here, or not root)";

    /// <summary>Starts silos and the gateway.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="cap">The part of a processor that each silo has; null for the machine's.</param>
    /// <param name="program">The <c>medorleans.dll</c>; this build's without it.</param>
    public static async Task<Fleet> StartAsync(int silos, double? cap = null, string? program = null)
    {
        var fleet = new Fleet(await PrivatePostgres.StartAsync(), cap) { Program = program };
        for (var i = 0; i < silos; i++)
        {
            await fleet.AddAsync();
        }

        // The operator's credential outlives the first silo's folder.
        fleet._folder = Directory.CreateTempSubdirectory("medorleans-gateway-");
        File.Copy(Path.Combine(fleet._silos[0].Silo.DataFolder, "operator.json"), Path.Combine(fleet._folder.FullName, "operator.json"));
        fleet.Gateway = await fleet.StartGatewayAsync();
        fleet.Administrator = await fleet.Gateway.OperatorAsync();
        return fleet;
    }

    /// <summary>Starts another gateway in the place of the one that is there; stop that one when nobody asks it any more.</summary>
    /// <returns>The one before.</returns>
    public async Task<HostProcess> ReplaceGatewayAsync()
    {
        var before = Gateway;
        Gateway = await StartGatewayAsync();
        Administrator.Dispose();
        Administrator = await Gateway.OperatorAsync();
        return before;
    }

    /// <summary>Starts one more silo. It has the whole machine until it is ready, and its part from <see cref="Cap"/> on.</summary>
    public async Task<HostProcess> AddAsync()
    {
        var cap = _cap is null ? null : CpuCap.Create();
        var silo = await HostProcess.StartAsync(_postgres.ConnectionString, settings: Role("Silo"), launcher: cap?.Launcher, program: Program);
        _silos.Add((silo, cap));
        return silo;
    }

    /// <summary>Gives each silo its part of a processor: once what it needs to start is compiled.</summary>
    public void Cap() => _silos.ForEach(silo => silo.Cap?.Limit(_cap!.Value));

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

    public async ValueTask DisposeAsync()
    {
        Administrator?.Dispose();
        if (Gateway is not null)
        {
            await Gateway.DisposeAsync();
        }

        foreach (var (silo, cap) in _silos)
        {
            await silo.DisposeAsync();
            cap?.Dispose();
        }

        await _postgres.DisposeAsync();
        _folder?.Delete(recursive: true);
    }

    private Task<HostProcess> StartGatewayAsync() => HostProcess.StartAsync(_postgres.ConnectionString, _folder!.FullName, Role("Gateway"), program: Program);

    private static Dictionary<string, string> Role(string role) => new() { ["MEDORLEANS__Role"] = role };
}
