using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MedOrleans.Host.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace MedOrleans.IntegrationTests.Isolation;

/// <summary>A thing of birch's, and one of the same shape that nobody has: what <c>{0}</c> and its like stand for in a probe.</summary>
/// <param name="Type">The resource type.</param>
/// <param name="Theirs">What birch has: id, identifier, beginning of the name, id of alder's resource that refers to it.</param>
/// <param name="Absent">The same of nobody.</param>
public sealed record ProbePair(string Type, string[] Theirs, string[] Absent);

/// <summary>
/// One host with two hospitals: alder asks, birch is asked for. Every resource of birch's has <see cref="Mark"/> in it and no request has. Alder has resources that refer
/// to birch's, and as many that refer to nobody's.
/// </summary>
public sealed partial class ProbeWorld : IAsyncDisposable
{
    /// <summary>The system of the identifiers.</summary>
    public const string Identifiers = "urn:probe:id";

    private const int PerType = 24;
    private const int Sacrificed = 1200;

    private static readonly string[] s_types = ["Patient", "Practitioner", "Organization", "Encounter", "Observation", "Condition"];

    private readonly string _data;
    private readonly Random _random;
    private readonly MedOrleansHost _host;
    private IHost? _grains;

    private ProbeWorld(MedOrleansHost host, string data, int seed)
    {
        _host = host;
        _data = data;
        _random = new Random(seed);
        Mark = "Mark" + Text(12);
    }

    /// <summary>What is in each of birch's resources and in no request.</summary>
    public string Mark { get; }

    /// <summary>This month: the only one that hospitals made here have statements of.</summary>
    public static string Month { get; } = TimeProvider.System.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);

    /// <summary>The public address.</summary>
    public Uri Address => _host.Http;

    /// <summary>Every route that is mapped.</summary>
    public IReadOnlyList<RouteEndpoint> Routes => [.. _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <summary>A client of alder's.</summary>
    public HttpClient Alder { get; private set; } = null!;

    /// <summary>Alder's people at the console: a session cookie and no token.</summary>
    public HttpClient AlderConsole { get; private set; } = null!;

    /// <summary>Birch's people there.</summary>
    public HttpClient BirchConsole { get; private set; } = null!;

    /// <summary>A client of birch's.</summary>
    public HttpClient Birch { get; private set; } = null!;

    /// <summary>Grains as alder's .NET client calls them.</summary>
    public IGrainFactory Grains => _grains!.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Things that are read.</summary>
    public List<ProbePair> Pairs { get; } = [];

    /// <summary>Things that are written over, each once.</summary>
    public Queue<ProbePair> Writable { get; } = new();

    /// <summary>Ids of birch's besides resources: client, export.</summary>
    public Dictionary<string, (string Theirs, string Absent)> Others { get; } = [];

    /// <summary>What the server says can be searched for: type, parameter, its type.</summary>
    public List<(string Type, string Name, string Kind)> Parameters { get; } = [];

    /// <summary>The includes of each type, and the reverse ones.</summary>
    public List<(string Type, string Parameter, string Value)> Includes { get; } = [];

    /// <summary>Links that lead on in birch's lists, below <c>/fhir/birch/</c>.</summary>
    public List<string> Links { get; } = [];

    /// <summary>Starts the host and fills both records.</summary>
    public static async Task<ProbeWorld> StartAsync(int seed)
    {
        var data = Directory.CreateTempSubdirectory("medorleans-probe-").FullName;
        var ports = HostProcess.FreePorts(2);
        var host = await MedOrleansHost.StartAsync(
            Settings.Load(null, new Dictionary<string, string?>
            {
                ["MedOrleans:DataFolder"] = data,
                ["MedOrleans:Http:Address"] = "http://127.0.0.1:0",
                ["MedOrleans:Management:Address"] = "http://127.0.0.1:0",
                ["MedOrleans:Cluster:SiloPort"] = $"{ports[0]}",
                ["MedOrleans:Cluster:GatewayPort"] = $"{ports[1]}",
            }),
            default);
        var world = new ProbeWorld(host, data, seed);
        await world.FillAsync(ports[1]);
        return world;
    }

    /// <summary>All versions that birch has stored.</summary>
    public Task<string> BirchAsync() => Birch.GetStringAsync(new Uri("/fhir/birch/_history?_count=1000", UriKind.Relative));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Alder?.Dispose();
        Birch?.Dispose();
        AlderConsole?.Dispose();
        BirchConsole?.Dispose();
        if (_grains is not null)
        {
            await _grains.StopAsync();
            _grains.Dispose();
        }

        await _host.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task FillAsync(int gateway)
    {
        using var credential = JsonDocument.Parse(await File.ReadAllTextAsync(_host.OperatorFile));
        var (administrator, _, _) = await AuthorizedAsync(credential.RootElement);
        using (administrator)
        {
            (Alder, var alderId, var alderSecret) = await CreateAsync(administrator, "alder");
            (Birch, var birchId, var birchSecret) = await CreateAsync(administrator, "birch");
            Others["clientId"] = (birchId, "birch." + Text(birchId.Length - 6));
            _grains = await ConnectAsync(gateway, alderId, alderSecret);
            AlderConsole = await SignedInAsync(alderId, alderSecret);
            BirchConsole = await SignedInAsync(birchId, birchSecret);
        }

        for (var i = 0; i < PerType * s_types.Length; i++)
        {
            Pairs.Add(Pair(s_types[i % s_types.Length], i));
        }

        for (var i = 0; i < Sacrificed; i++)
        {
            Writable.Enqueue(Pair("Basic", 1000 + i));
        }

        foreach (var chunk in Pairs.Concat(Writable).Chunk(400))
        {
            await StoreAsync(Birch, "birch", chunk.Select(pair => Resource(pair.Type, pair.Theirs[0], pair.Theirs[1], pair.Theirs[2] + Mark, Pairs[0].Theirs[0], Pairs[1].Theirs[0])));
        }

        await StoreAsync(Alder, "alder", Pairs.SelectMany(pair => new[] { pair.Theirs, pair.Absent }.Select(names => Resource(
            "Observation", names[3], names[3], "Alder", pair.Type == "Patient" ? names[0] : "none", pair.Type == "Practitioner" ? names[0] : "none"))));
        await StoreAsync(Birch, "birch", Pairs.Where((_, i) => i % 5 == 0).Select(pair => Resource(pair.Type, pair.Theirs[0], pair.Theirs[1], pair.Theirs[2] + Mark + "2", Pairs[0].Theirs[0], Pairs[1].Theirs[0])));
        foreach (var pair in Pairs.Where((_, i) => i % 11 == 10))
        {
            (await Birch.DeleteAsync(new Uri($"/fhir/birch/{pair.Type}/{pair.Theirs[0]}", UriKind.Relative))).EnsureSuccessStatusCode();
        }

        await ExportAsync();
        await LinksAsync();
        await CapabilitiesAsync();
    }

    private async Task ExportAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/fhir/birch/$export");
        request.Headers.Add("Prefer", "respond-async");
        request.Headers.Accept.ParseAdd("application/fhir+json");
        using var response = await Birch.SendAsync(request);
        response.EnsureSuccessStatusCode();
        var job = response.Content.Headers.ContentLocation!.ToString().Split('/')[^1];
        Others["job"] = (job, Guid.TryParse(job, out _) ? new Guid(_random.GetBytes()).ToString(job.Contains('-', StringComparison.Ordinal) ? "D" : "N") : Text(job.Length));
    }

    private async Task LinksAsync()
    {
        foreach (var list in (string[])["Patient?_count=3", "Patient?_count=3&_sort=family", "Observation?_count=2&_sort=-_lastUpdated", "_history?_count=4", "Patient/_history?_count=2", "AuditEvent?_count=5"])
        {
            var page = "/fhir/birch/" + list;
            for (var i = 0; i < 4 && page is not null; i++)
            {
                using var bundle = JsonDocument.Parse(await Birch.GetStringAsync(new Uri(page, UriKind.RelativeOrAbsolute)));
                page = bundle.RootElement.GetProperty("link").EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next").Select(link => link.GetProperty("url").GetString()).FirstOrDefault();
                if (page is not null)
                {
                    Links.Add(new Uri(page).PathAndQuery["/fhir/birch/".Length..]);
                }
            }
        }
    }

    private async Task CapabilitiesAsync()
    {
        using var metadata = JsonDocument.Parse(await Alder.GetStringAsync(new Uri("/fhir/alder/metadata", UriKind.Relative)));
        foreach (var resource in metadata.RootElement.GetProperty("rest")[0].GetProperty("resource").EnumerateArray())
        {
            var type = resource.GetProperty("type").GetString()!;
            foreach (var parameter in resource.TryGetProperty("searchParam", out var parameters) ? parameters.EnumerateArray() : default)
            {
                Parameters.Add((type, parameter.GetProperty("name").GetString()!, parameter.GetProperty("type").GetString()!));
            }

            foreach (var (member, name) in new[] { ("searchInclude", "_include"), ("searchRevInclude", "_revinclude") })
            {
                foreach (var include in resource.TryGetProperty(member, out var includes) ? includes.EnumerateArray() : default)
                {
                    Includes.Add((type, name, include.GetString()!));
                }
            }
        }
    }

    private ProbePair Pair(string type, int number)
    {
        string[] Names(char end) => [$"k{number:0000}-{Text(10)}{end}", $"n{number:0000}{Text(10)}{end}", $"Zq{Text(8)}{end}", $"r{number:0000}-{Text(8)}{end}"];
        return new ProbePair(type, Names('t'), Names('a'));
    }

    private string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "0123456789abcdef"[_random.Next(16)]));

    private static string Resource(string type, string id, string identifier, string name, string patient, string practitioner) => type switch
    {
        "Patient" or "Practitioner" => $$$"""{"resourceType":"{{{type}}}","id":"{{{id}}}","identifier":[{"system":"{{{Identifiers}}}","value":"{{{identifier}}}"}],"name":[{"family":"{{{name}}}"}]}""",
        "Organization" => $$$"""{"resourceType":"Organization","id":"{{{id}}}","identifier":[{"system":"{{{Identifiers}}}","value":"{{{identifier}}}"}],"name":"{{{name}}}"}""",
        "Encounter" => $$$"""{"resourceType":"Encounter","id":"{{{id}}}","identifier":[{"system":"{{{Identifiers}}}","value":"{{{identifier}}}"}],"status":"in-progress","class":{"code":"AMB"},"subject":{"reference":"Patient/{{{patient}}}"},"reasonCode":[{"text":"{{{name}}}"}]}""",
        "Observation" => $$$"""{"resourceType":"Observation","id":"{{{id}}}","identifier":[{"system":"{{{Identifiers}}}","value":"{{{identifier}}}"}],"status":"final","code":{"text":"{{{name}}}"},"subject":{"reference":"Patient/{{{patient}}}"},"performer":[{"reference":"Practitioner/{{{practitioner}}}"}]}""",
        "Condition" => $$$"""{"resourceType":"Condition","id":"{{{id}}}","identifier":[{"system":"{{{Identifiers}}}","value":"{{{identifier}}}"}],"subject":{"reference":"Patient/{{{patient}}}"},"code":{"text":"{{{name}}}"}}""",
        _ => $$$"""{"resourceType":"Basic","id":"{{{id}}}","identifier":[{"system":"{{{Identifiers}}}","value":"{{{identifier}}}"}],"code":{"text":"{{{name}}}"}}""",
    };

    private static async Task StoreAsync(HttpClient client, string tenant, IEnumerable<string> resources)
    {
        var entries = resources.Select(resource =>
        {
            using var json = JsonDocument.Parse(resource);
            return $$$"""{"resource":{{{resource}}},"request":{"method":"PUT","url":"{{{json.RootElement.GetProperty("resourceType").GetString()}}}/{{{json.RootElement.GetProperty("id").GetString()}}}"}}""";
        });
        using var content = new StringContent($$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""", Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json"));
        using var response = await client.PostAsync(new Uri($"/fhir/{tenant}", UriKind.Relative), content);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        }
    }

    private async Task<(HttpClient Client, string Id, string Secret)> CreateAsync(HttpClient administrator, string tenant)
    {
        using var created = await administrator.PostAsJsonAsync("/admin/tenants", new { tenant, name = tenant == "birch" ? Mark : tenant, plan = "university" });
        created.EnsureSuccessStatusCode();
        return await AuthorizedAsync((await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("credentials"));
    }

    private async Task<(HttpClient Client, string Id, string Secret)> AuthorizedAsync(JsonElement credentials)
    {
        var (id, secret) = (credentials.GetProperty("clientId").GetString()!, credentials.GetProperty("clientSecret").GetString()!);
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(5) };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret });
        using var response = await client.PostAsync(new Uri("/oauth2/token", UriKind.Relative), form);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString());
        return (client, id, secret);
    }

    /// <summary>Signs in by the form, as a browser does.</summary>
    private async Task<HttpClient> SignedInAsync(string id, string secret)
    {
        var cookies = new CookieContainer();
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        var page = await client.GetStringAsync(new Uri("/console/sign-in", UriKind.Relative));
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = FormToken().Match(page).Groups[1].Value, ["client_id"] = id, ["client_secret"] = secret });
        using var entered = await client.PostAsync(new Uri("/console/sign-in", UriKind.Relative), form);
        return entered.StatusCode == HttpStatusCode.Redirect && cookies.GetCookies(new Uri(Address, "/console")).Any(cookie => cookie.Name == "medorleans-console")
            ? client
            : throw new InvalidOperationException($"{id} is not let into the console: {entered.StatusCode}.");
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    private async Task<IHost> ConnectAsync(int gateway, string id, string secret)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddMedOrleansClient(client =>
        {
            client.Gateways.Add(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gateway}"));
            client.TokenEndpoint = new Uri(Address, "/oauth2/token");
            client.ClientId = id;
            client.ClientSecret = secret;
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}

/// <summary>Random bytes of a seed.</summary>
internal static class RandomBytes
{
    /// <summary>Sixteen of them.</summary>
    public static byte[] GetBytes(this Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return bytes;
    }
}
