using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.Host.Hosting;
using MedOrleans.IntegrationTests.Host;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace MedOrleans.IntegrationTests.Pools;

/// <summary>A cluster of two pools on one PostgreSQL: a community silo in this process, and a silo of the pool <c>st-mary</c> in one of its own.</summary>
internal sealed class TwoPools : IAsyncDisposable
{
    public const string Pool = "st-mary";

    private readonly string _data;
    private readonly HttpClient _http = new();

    private TwoPools(MedOrleansHost community, string data) => (Community, _data) = (community, data);

    public MedOrleansHost Community { get; }

    public HostProcess Private { get; private set; } = null!;

    public HttpClient Administrator { get; private set; } = null!;

    public static async Task<TwoPools> StartAsync(string database)
    {
        var ports = HostProcess.FreePorts(2);
        var data = Directory.CreateTempSubdirectory("medorleans-pools-").FullName;
        var community = await MedOrleansHost.StartAsync(
            Settings.Load(null, new Dictionary<string, string?>
            {
                ["MedOrleans:DataFolder"] = data,
                ["MedOrleans:Http:Address"] = "http://127.0.0.1:0",
                ["MedOrleans:Management:Address"] = "http://127.0.0.1:0",
                ["MedOrleans:Cluster:SiloPort"] = $"{ports[0]}",
                ["MedOrleans:Cluster:GatewayPort"] = $"{ports[1]}",
                ["MedOrleans:Record:Databases:main:Provider"] = "Postgres",
                ["MedOrleans:Record:Databases:main:ConnectionString"] = database,
            }),
            default);
        var pools = new TwoPools(community, data);
        pools.Private = await HostProcess.StartAsync(database, settings: new Dictionary<string, string>
        {
            ["MEDORLEANS__Silo__Pool"] = Pool,
            ["MEDORLEANS__Security__MasterKeyFile"] = Path.Combine(data, "master.key"),
        });
        using var credential = JsonDocument.Parse(await File.ReadAllTextAsync(community.OperatorFile));
        pools.Administrator = await pools.AuthorizedAsync(
            credential.RootElement.GetProperty("clientId").GetString()!, credential.RootElement.GetProperty("clientSecret").GetString()!);
        await Eventually.TrueAsync(async () => (await Hospital.GetAsync(pools.Administrator, "/admin/silos")).EnumerateArray()
            .Select(silo => silo.GetProperty("pool").GetString()).Order(StringComparer.Ordinal).SequenceEqual(["community", Pool]));
        return pools;
    }

    /// <summary>Creates a hospital; its client calls the community's gateway.</summary>
    public async Task<TenantAccess> CreateAsync(string tenant, string? pool)
    {
        using var created = await Administrator.PostAsJsonAsync("/admin/tenants", new { tenant, name = tenant, pool });
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
        var credentials = (await Hospital.JsonAsync(created)).GetProperty("credentials");
        var (id, secret) = (credentials.GetProperty("clientId").GetString()!, credentials.GetProperty("clientSecret").GetString()!);
        return new TenantAccess(tenant, id, secret, await AuthorizedAsync(id, secret));
    }

    /// <summary>Where Orleans itself says that a hospital's grains are.</summary>
    public async Task<List<(string Grain, int SiloPort)>> ActivationsAsync(string tenant)
    {
        var statistics = await Community.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return [.. statistics.Where(grain => grain.GrainId.Key.ToString() is { } key && (key == tenant || key.StartsWith(tenant + "/", StringComparison.Ordinal)))
            .Select(grain => (grain.GrainId.ToString(), grain.SiloAddress.Endpoint.Port))];
    }

    /// <summary>Returns once every activation of a hospital is on the silos of its pool.</summary>
    public Task SettledAsync(string tenant) => Eventually.TrueAsync(async () => (await PlacementAsync(tenant)).GetProperty("state").GetString() == "settled");

    public Task<JsonElement> PlacementAsync(string tenant) => Hospital.GetAsync(Administrator, $"/admin/tenants/{tenant}/pool");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        Administrator?.Dispose();
        if (Private is not null)
        {
            await Private.DisposeAsync();
        }

        await Community.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task<HttpClient> AuthorizedAsync(string id, string secret)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret });
        using var response = await _http.PostAsync(new Uri(Community.Http, "/oauth2/token"), form);
        response.EnsureSuccessStatusCode();
        var client = new HttpClient { BaseAddress = Community.Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await Hospital.JsonAsync(response)).GetProperty("access_token").GetString());
        return client;
    }
}
