using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MedOrleans.IntegrationTests.Durability;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>Silos and a gateway, each a process of its own, on one PostgreSQL.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private readonly string _database;
    private readonly List<HostProcess> _silos = [];

    private SiloCluster(string database) => _database = database;

    /// <summary>The silos that were started, dead ones included.</summary>
    public IReadOnlyList<HostProcess> Silos => _silos;

    /// <summary>The gateway.</summary>
    public HostProcess Gateway { get; private set; } = null!;

    /// <summary>A client of the gateway with the operator's token.</summary>
    public HttpClient Administrator { get; private set; } = null!;

    /// <summary>Starts silos and a gateway.</summary>
    /// <param name="database">PostgreSQL.</param>
    /// <param name="silos">How many.</param>
    /// <param name="gateway">Further settings of the gateway by environment name.</param>
    /// <param name="launcher">What starts the silo of a number, as in <see cref="HostProcess.StartAsync"/>.</param>
    /// <param name="address">The address of the silo of a number.</param>
    /// <param name="silo">Further settings of the silos by environment name.</param>
    public static async Task<SiloCluster> StartAsync(
        string database, int silos, IReadOnlyDictionary<string, string>? gateway = null, Func<int, string[]?>? launcher = null, Func<int, IPAddress>? address = null, IReadOnlyDictionary<string, string>? silo = null)
    {
        var cluster = new SiloCluster(database);
        for (var i = 0; i < silos; i++)
        {
            await cluster.AddSiloAsync(silo, launcher: launcher?.Invoke(i), address: address?.Invoke(i));
        }

        // The first silo's folder has the operator's credential.
        cluster.Gateway = await HostProcess.StartAsync(database, cluster._silos[0].DataFolder, Role("Gateway", gateway));
        cluster.Administrator = await cluster.Gateway.OperatorAsync();
        return cluster;
    }

    /// <summary>Starts one more silo.</summary>
    /// <param name="settings">Further settings by environment name.</param>
    /// <param name="launcher">What starts it.</param>
    /// <param name="address">Its address.</param>
    public async Task<HostProcess> AddSiloAsync(IReadOnlyDictionary<string, string>? settings = null, string[]? launcher = null, IPAddress? address = null)
    {
        _silos.Add(await HostProcess.StartAsync(_database, settings: Role("Silo", settings), launcher: launcher, address: address));
        return _silos[^1];
    }

    /// <summary>Starts one more gateway; it is the caller's to end.</summary>
    /// <param name="settings">Further settings by environment name.</param>
    public Task<HostProcess> AddGatewayAsync(IReadOnlyDictionary<string, string>? settings = null) => HostProcess.StartAsync(_database, _silos[0].DataFolder, Role("Gateway", settings));

    /// <summary>Lets a hospital write before, during and after what happens; every acknowledged write must be there, once. Returns the requests that failed.</summary>
    public async Task<List<string>> WorkThroughAsync(Func<AcknowledgedWrites, Task> happens)
    {
        using var north = await Gateway.CreateTenantAsync("north");
        var written = new AcknowledgedWrites("north");
        using var failures = new CountingHandler();
        using var stop = new CancellationTokenSource();
        var writers = Write(written, north, failures, stop.Token);
        await UntilAsync(written, 400);

        await happens(written);

        await UntilAsync(written, 300);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await written.VerifyAsync(north.Client, Administrator);
        return failures.Failures;
    }

    /// <summary>Returns once so many more writes are acknowledged.</summary>
    public static async Task UntilAsync(AcknowledgedWrites written, int more)
    {
        var before = written.Count;
        await Eventually.TrueAsync(() => written.Count > before + more);
    }

    /// <summary>The activations of each silo that is active and answers.</summary>
    public async Task<List<int>> ActivationsAsync() =>
        [.. (await Hospital.GetAsync(Administrator, "/admin/silos")).EnumerateArray()
            .Where(silo => silo.GetProperty("status").GetString() == "Active" && silo.GetProperty("use").ValueKind == JsonValueKind.Object).Select(silo => silo.GetProperty("use").GetProperty("activations").GetInt32())];

    /// <summary>Starts writers through the gateway; what fails is in <paramref name="failures"/>.</summary>
    public List<Task> Write(AcknowledgedWrites written, TenantAccess hospital, CountingHandler failures, CancellationToken stop)
    {
#pragma warning disable CA2000 // It lives as long as its writers.
        var client = new HttpClient(failures) { BaseAddress = Gateway.Client.BaseAddress, Timeout = TimeSpan.FromMinutes(2) };
#pragma warning restore CA2000
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", hospital.Token);
        return [.. Enumerable.Range(0, 12).Select(writer => written.WriteAsync(client, writer, stop))];
    }

    public async ValueTask DisposeAsync()
    {
        Administrator?.Dispose();
        if (Gateway is not null)
        {
            await Gateway.DisposeAsync();
        }

        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }
    }

    private static Dictionary<string, string> Role(string role, IReadOnlyDictionary<string, string>? further) => new(further ?? new Dictionary<string, string>()) { ["MEDORLEANS__Role"] = role };
}
