using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.Gateway.Console;
using MedOrleans.Host.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.IntegrationTests.Fhir;

/// <summary>
/// One host and one database with two hospitals in it: alder asks, birch is asked for. Both have resources of the same ids, and every
/// resource of birch's has <see cref="Mark"/> in it, so that one look at an answer tells whether anything came from there.
/// </summary>
public sealed class TwoHospitals : IAsyncDisposable
{
    /// <summary>What is in each of birch's resources, and in no request of these tests.</summary>
    public const string Mark = "Quillfeather";

    /// <summary>The system of the identifiers.</summary>
    public const string Identifiers = "https://medorleans.example/id";

    private readonly string _data = Directory.CreateTempSubdirectory("medorleans-two-").FullName;
    private readonly HttpClient _http = new();
    private MedOrleansHost _host = null!;

    private TwoHospitals()
    {
    }

    /// <summary>A client with the operator's token.</summary>
    public HttpClient Administrator { get; private set; } = null!;

    /// <summary>The hospital that asks.</summary>
    public TenantAccess Alder { get; private set; } = null!;

    /// <summary>The hospital that is asked for.</summary>
    public TenantAccess Birch { get; private set; } = null!;

    /// <summary>The public address.</summary>
    public Uri Address => _host.Http;

    /// <summary>Every route that is mapped.</summary>
    public IEnumerable<RouteEndpoint> Routes => _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>Starts the host and fills both records.</summary>
    /// <param name="connectionString">PostgreSQL; null for SQLite.</param>
    public static async Task<TwoHospitals> StartAsync(string? connectionString)
    {
        var hospitals = new TwoHospitals();
        var ports = HostProcess.FreePorts(2);
        var settings = new Dictionary<string, string?>
        {
            ["MedOrleans:DataFolder"] = hospitals._data,
            ["MedOrleans:Http:Address"] = "http://127.0.0.1:0",
            ["MedOrleans:Management:Address"] = "http://127.0.0.1:0",
            ["MedOrleans:Cluster:SiloPort"] = $"{ports[0]}",
            ["MedOrleans:Cluster:GatewayPort"] = $"{ports[1]}",
        };
        if (connectionString is not null)
        {
            settings["MedOrleans:Record:Databases:main:Provider"] = "Postgres";
            settings["MedOrleans:Record:Databases:main:ConnectionString"] = connectionString;
        }

        hospitals._host = await MedOrleansHost.StartAsync(Settings.Load(null, settings), default);
        using var credential = JsonDocument.Parse(await File.ReadAllTextAsync(hospitals._host.OperatorFile));
        hospitals.Administrator = await hospitals.AuthorizedAsync(
            credential.RootElement.GetProperty("clientId").GetString()!, credential.RootElement.GetProperty("clientSecret").GetString()!);
        hospitals.Alder = await hospitals.CreateAsync("alder");
        hospitals.Birch = await hospitals.CreateAsync("birch");

        // The console's pages ask for a session where the API asks for a token.
        var session = hospitals._host.Services.GetRequiredService<ConsoleSessions>().Start(TenantId.Parse("alder"), hospitals.Alder.ClientId);
        hospitals.Alder.Client.DefaultRequestHeaders.Add("Cookie", $"{ConsoleGate.Cookie}={session.Cookie}");
        await hospitals.FillAsync();
        return hospitals;
    }

    /// <summary>A client with a token of its own.</summary>
    public async Task<HttpClient> AuthorizedAsync(string id, string secret, string? scope = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        using var content = new FormUrlEncodedContent(form);
        using var response = await _http.PostAsync(new Uri(Address, "/oauth2/token"), content);
        response.EnsureSuccessStatusCode();
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString());
        return client;
    }

    /// <summary>All that is to be known of birch: every version that it ever stored, and the writes that it is billed.</summary>
    public async Task<string> BirchAsync()
    {
        var history = await Birch.Client.GetStringAsync(new Uri("/fhir/birch/_history?_count=1000", UriKind.Relative));
        var tenant = await Administrator.GetStringAsync(new Uri("/admin/tenants/birch", UriKind.Relative));
        using var usage = JsonDocument.Parse(await Administrator.GetStringAsync(new Uri("/admin/tenants/birch/usage", UriKind.Relative)));
        var writes = usage.RootElement.GetProperty("buckets").EnumerateArray()
            .Where(bucket => bucket.GetProperty("meter").GetString() == "api.write").Select(bucket => bucket.GetRawText());
        return string.Join('\n', [history, tenant, .. writes]);
    }

    /// <summary>A JSON body.</summary>
    public static StringContent Json(string json) => new(json, Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        Administrator?.Dispose();
        Alder?.Dispose();
        Birch?.Dispose();
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }

    private async Task<TenantAccess> CreateAsync(string tenant)
    {
        using var created = await Administrator.PostAsJsonAsync("/admin/tenants", new { tenant, name = tenant });
        created.EnsureSuccessStatusCode();
        var credentials = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("credentials");
        var id = credentials.GetProperty("clientId").GetString()!;
        var secret = credentials.GetProperty("clientSecret").GetString()!;
        return new TenantAccess(tenant, id, secret, await AuthorizedAsync(id, secret));
    }

    private async Task FillAsync()
    {
        await PutAsync(Alder, Patient("shared", "Alderson", "common"));
        await PutAsync(Alder, """{"resourceType":"Observation","id":"alder-obs","status":"final","code":{"text":"pulse"},"subject":{"reference":"Patient/birch-only"},"performer":[{"reference":"Practitioner/birch-doctor"}]}""");
        await PutAsync(Alder, """{"resourceType":"Observation","id":"alder-own","status":"final","code":{"text":"pulse"},"subject":{"reference":"Patient/shared"}}""");

        await PutAsync(Birch, Patient("shared", "First" + Mark, "common"));
        await PutAsync(Birch, Patient("shared", Mark, "common"));
        await PutAsync(Birch, $$$"""{"resourceType":"Practitioner","id":"birch-doctor","identifier":[{"system":"{{{Identifiers}}}","value":"doctor"}],"name":[{"family":"{{{Mark}}}"}]}""");
        foreach (var id in (string[])["only", "put", "delete", "bulk", "batch", "match"])
        {
            await PutAsync(Birch, Patient("birch-" + id, Mark, "b-" + id));
        }

        await PutAsync(Birch, $$$"""{"resourceType":"Encounter","id":"birch-encounter","status":"in-progress","class":{"code":"AMB"},"subject":{"reference":"Patient/birch-only"},"reasonCode":[{"text":"{{{Mark}}}"}]}""");
        await PutAsync(Birch, $$$"""{"resourceType":"Observation","id":"birch-obs","status":"final","code":{"text":"{{{Mark}}}"},"subject":{"reference":"Patient/shared"},"performer":[{"reference":"Practitioner/birch-doctor"}]}""");
        await PutAsync(Birch, Patient("birch-gone", Mark, "b-gone"));
        using var deleted = await Birch.Client.DeleteAsync(new Uri("/fhir/birch/Patient/birch-gone", UriKind.Relative));
        deleted.EnsureSuccessStatusCode();
    }

    private static async Task PutAsync(TenantAccess hospital, string resource)
    {
        using var json = JsonDocument.Parse(resource);
        using var content = Json(resource);
        using var stored = await hospital.Client.PutAsync(
            new Uri($"/fhir/{hospital.Tenant}/{json.RootElement.GetProperty("resourceType")}/{json.RootElement.GetProperty("id")}", UriKind.Relative), content);
        Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync());
    }

    private static string Patient(string id, string family, string identifier) =>
        $$$"""{"resourceType":"Patient","id":"{{{id}}}","identifier":[{"system":"{{{Identifiers}}}","value":"{{{identifier}}}"}],"name":[{"family":"{{{family}}}"}],"generalPractitioner":[{"reference":"Practitioner/birch-doctor"}]}""";
}

/// <summary>Both hospitals in one SQLite file.</summary>
public sealed class SqliteHospitals : IAsyncLifetime
{
    public TwoHospitals Hospitals { get; private set; } = null!;

    public async Task InitializeAsync() => Hospitals = await TwoHospitals.StartAsync(null);

    public async Task DisposeAsync() => await Hospitals.DisposeAsync();
}

/// <summary>Both hospitals in one PostgreSQL database.</summary>
public sealed class PostgresHospitals : IAsyncLifetime
{
    private PrivatePostgres _server = null!;

    public TwoHospitals Hospitals { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _server = await PrivatePostgres.StartAsync();
        Hospitals = await TwoHospitals.StartAsync(_server.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await Hospitals.DisposeAsync();
        await _server.DisposeAsync();
    }
}
