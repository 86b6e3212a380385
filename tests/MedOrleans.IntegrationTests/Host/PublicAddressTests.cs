using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.Gateway.Console;
using MedOrleans.Host.Hosting;
using MedOrleans.Rating;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>What the two addresses answer to whom: every route that is mapped is asked for, so that a new one cannot be forgotten.</summary>
public sealed class PublicAddressTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> s_values = new() { ["tenant"] = "north", ["type"] = "Patient", ["id"] = "1", ["version"] = "1", ["clientId"] = "north.1", ["documentName"] = "v1", ["plan"] = "hospital", ["month"] = BillingMonth.Of(TimeProvider.System.GetUtcNow()).ToString() };

    private readonly string _data = Directory.CreateTempSubdirectory("medorleans-routes-").FullName;
    private readonly HttpClient _http = new();
    private MedOrleansHost _host = null!;

    public async Task InitializeAsync()
    {
        var ports = HostProcess.FreePorts(2);
        _host = await MedOrleansHost.StartAsync(
            Settings.Load(null, new Dictionary<string, string?>
            {
                ["MedOrleans:DataFolder"] = _data,
                ["MedOrleans:Http:Address"] = "http://127.0.0.1:0",
                ["MedOrleans:Management:Address"] = "http://127.0.0.1:0",
                ["MedOrleans:Cluster:SiloPort"] = $"{ports[0]}",
                ["MedOrleans:Cluster:GatewayPort"] = $"{ports[1]}",
            }),
            default);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Routes_WithoutACredential_AnswerOnlyWhatEverybodyMayKnow()
    {
        var open = await AnsweredAsync(_host.Http, null, status => status != 401);

        Assert.Equal(
            ["GET /.well-known/jwks.json 200", "GET /console/assets/{file} 404", "GET /console/sign-in 200", "GET /fhir/{tenant}/.well-known/smart-configuration 200", "GET /fhir/{tenant}/metadata 200", "GET /health/live 200", "GET /health/ready 200", "POST /console/sign-in 400", "POST /oauth2/token 400", "POST /signup 400", "POST /signup/offer 400"],
            open);
        using var nowhere = await _http.GetAsync(new Uri(_host.Http, "/nowhere"));
        Assert.Equal(401, (int)nowhere.StatusCode);
    }

    [Fact]
    public async Task Routes_OnTheManagementAddress_AreNoneOfThePublicOnes()
    {
        var open = await AnsweredAsync(_host.Management, null, status => status is not (401 or 404));

        Assert.Equal(["GET /health/live 200", "GET /health/ready 200", "GET /metrics 200"], open);
        Assert.All(await AnsweredAsync(_host.Management, null, status => status == 401), route => Assert.Contains(" /dashboard", route, StringComparison.Ordinal));
        var (id, secret) = await OperatorAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_host.Management, "/dashboard/"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));
        using var dashboard = await _http.SendAsync(request);
        Assert.Equal(200, (int)dashboard.StatusCode);
    }

    [Fact]
    public async Task Routes_WithAHospitalsToken_AnswerNothingOfTheOperators()
    {
        var (operatorId, operatorSecret) = await OperatorAsync();
        var administrator = await TokenAsync(operatorId, operatorSecret);
        using var create = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.Http, "/admin/tenants")) { Content = JsonContent.Create(new { tenant = "north", name = "North" }) };
        create.Headers.Authorization = administrator;
        using var created = await _http.SendAsync(create);
        var credentials = (await Hospital.JsonAsync(created)).GetProperty("credentials");
        var hospital = await TokenAsync(credentials.GetProperty("clientId").GetString()!, credentials.GetProperty("clientSecret").GetString()!);

        var answered = await AnsweredAsync(_host.Http, hospital, status => status is not (403 or 404));

        string[] everybodys = [" /.well-known", " /console", " /fhir", " /health", " /oauth2", " /signup"];
        Assert.Equal(
            [
                "GET /admin/meters 200",
                "GET /admin/plans 200",
                "GET /admin/tenants/{tenant} 200",
                "GET /admin/tenants/{tenant}/budget 200",
                "GET /admin/tenants/{tenant}/plan 200",
                "GET /admin/tenants/{tenant}/pools 200",
                "GET /admin/tenants/{tenant}/statements 200",
                "GET /admin/tenants/{tenant}/statements/{month} 200",
                "GET /admin/tenants/{tenant}/usage 200",
                "GET /admin/tenants/{tenant}/usage/events 200",
                "GET /admin/tenants/{tenant}/usage/verification 200",
            ],
            answered.Where(route => !everybodys.Any(start => route.Contains(start, StringComparison.Ordinal))));
        var records = await AnsweredAsync(_host.Http, administrator, status => status is not (401 or 403 or 404), start: "/fhir");
        Assert.Equal(["GET /fhir/{tenant}/.well-known/smart-configuration 200", "GET /fhir/{tenant}/metadata 200"], records);
    }

    [Fact]
    public async Task ConsoleRoutes_WithAHospitalsSession_AnswerItsOwnAlone()
    {
        var (operatorId, operatorSecret) = await OperatorAsync();
        using var create = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.Http, "/admin/tenants")) { Content = JsonContent.Create(new { tenant = "north", name = "North" }) };
        create.Headers.Authorization = await TokenAsync(operatorId, operatorSecret);
        using var created = await _http.SendAsync(create);
        created.EnsureSuccessStatusCode();
        var sessions = _host.Services.GetRequiredService<ConsoleSessions>();
        var hospital = sessions.Start(TenantId.Parse("north"), "north.1").Cookie;
        var administrator = sessions.Start(null, operatorId).Cookie;

        var without = await AnsweredAsync(_host.Http, null, status => status is not (401 or 404), start: "/console");
        Assert.Equal(["GET /console/sign-in 200", "POST /console/sign-in 400"], without);
        var own = await AnsweredAsync(_host.Http, null, status => status == 200, start: "/console", session: hospital);
        Assert.Equal(["GET /console 200", "GET /console/hospitals/{tenant} 200", "GET /console/hospitals/{tenant}/statements/{month} 200", "GET /console/hospitals/{tenant}/work 200", "GET /console/sign-in 200"], Pages(own));
        var all = await AnsweredAsync(_host.Http, null, status => status == 200, start: "/console", session: administrator);
        Assert.Equal(["GET /console 200", "GET /console/hospitals 200", "GET /console/hospitals/{tenant} 200", "GET /console/hospitals/{tenant}/statements/{month} 200", "GET /console/hospitals/{tenant}/work 200", "GET /console/sign-in 200"], Pages(all));
        Assert.Empty(await AnsweredAsync(_host.Http, null, status => status is not (401 or 404), start: "/admin", session: administrator));

        // What the pages' own connection is made of.
        static IEnumerable<string> Pages(List<string> routes) => routes.Where(route => !route.Contains("/_", StringComparison.Ordinal));
    }

    /// <summary>Asks for every route by every method that it takes, and gives those whose status fits.</summary>
    private async Task<List<string>> AnsweredAsync(Uri address, AuthenticationHeaderValue? credential, Func<int, bool> fits, string start = "/", string? session = null)
    {
        var answered = new SortedSet<string>(StringComparer.Ordinal);
        var routes = _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.True(routes.Count > 30);
        foreach (var route in routes)
        {
            var pattern = "/" + route.RoutePattern.RawText!.Trim('/');
            if (!pattern.StartsWith(start, StringComparison.Ordinal))
            {
                continue;
            }

            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET", "POST", "PUT", "PATCH", "DELETE"])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address, PathOf(route.RoutePattern)));
                request.Headers.Authorization = credential;
                if (session is not null)
                {
                    request.Headers.Add("Cookie", $"{ConsoleGate.Cookie}={session}");
                }

                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                if (fits((int)response.StatusCode))
                {
                    answered.Add($"{method} {pattern} {(int)response.StatusCode}");
                }
            }
        }

        return [.. answered];
    }

    private async Task<(string Id, string Secret)> OperatorAsync()
    {
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(_host.OperatorFile));
        return (file.RootElement.GetProperty("clientId").GetString()!, file.RootElement.GetProperty("clientSecret").GetString()!);
    }

    private async Task<AuthenticationHeaderValue> TokenAsync(string id, string secret)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret });
        using var response = await _http.PostAsync(new Uri(_host.Http, "/oauth2/token"), form);
        return new AuthenticationHeaderValue("Bearer", (await Hospital.JsonAsync(response)).GetProperty("access_token").GetString());
    }

    private static string PathOf(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => s_values.GetValueOrDefault(parameter.Name, "x"),
        _ => "",
    }))));
}
