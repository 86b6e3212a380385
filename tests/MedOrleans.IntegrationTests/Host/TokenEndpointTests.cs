using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>The token endpoint: what it grants, and what it refuses with RFC 6749's words.</summary>
public sealed class TokenEndpointTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private HostProcess Host => fixture.Host;

    [Fact]
    public async Task Token_SecretInBasicHeader_IsIssued()
    {
        using var tenant = await Host.CreateTenantAsync("basic");
        using var request = Request(new() { ["grant_type"] = "client_credentials" });
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{tenant.ClientId}:{tenant.ClientSecret}")));

        using var response = await Host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        var token = await Hospital.JsonAsync(response);
        Assert.Equal("Bearer", token.GetProperty("token_type").GetString());
        Assert.Equal("system/*.cruds", token.GetProperty("scope").GetString());
        Assert.Equal(900, token.GetProperty("expires_in").GetInt32());
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    public async Task Token_WrongSecret_IsInvalidClient(string secret)
    {
        using var tenant = await Host.CreateTenantAsync(secret.Length == 0 ? "nosecret" : "wrongsecret");

        await RefusedAsync(401, "invalid_client", tenant.ClientId, secret);
        await RefusedAsync(401, "invalid_client", "operator", secret);
        await RefusedAsync(401, "invalid_client", "nobody.0123456789abcdef", "wrong");
    }

    [Fact]
    public async Task Token_AnotherHospitalsSecret_IsInvalidClient()
    {
        using var one = await Host.CreateTenantAsync("one");
        using var other = await Host.CreateTenantAsync("other");

        await RefusedAsync(401, "invalid_client", one.ClientId, other.ClientSecret);
        await RefusedAsync(401, "invalid_client", "other" + one.ClientId[3..], one.ClientSecret);
    }

    [Fact]
    public async Task Token_NarrowerScope_OpensNoMore()
    {
        using var tenant = await Host.CreateTenantAsync("narrow");
        var id = await Hospital.CreatedAsync(tenant.Client, "narrow", "Lindgren");
        using var reader = await Host.AuthorizedAsync(tenant.ClientId, tenant.ClientSecret, "system/Patient.rs");

        Assert.Equal("Lindgren", await Hospital.FamilyAsync(reader, "narrow", id));
        using var update = await Hospital.UpdateAsync(reader, "narrow", id, "Ek");
        using var other = await reader.GetAsync(new Uri("/fhir/narrow/Observation", UriKind.Relative));
        using var lines = new StringContent($$"""{"resourceType":"Patient","id":"{{id}}"}""");
        using var bulk = await reader.PostAsync(new Uri("/fhir/narrow/$bulk-load", UriKind.Relative), lines);
        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], [update.StatusCode, other.StatusCode]);
        Assert.Equal("Lindgren", await Hospital.FamilyAsync(reader, "narrow", id));
    }

    [Fact]
    public async Task Token_WiderScope_IsInvalidScope()
    {
        using var tenant = await Host.CreateTenantAsync("wide", scopes: "system/Patient.rs");

        await RefusedAsync(400, "invalid_scope", tenant.ClientId, tenant.ClientSecret, "system/Patient.cruds");
        await RefusedAsync(400, "invalid_scope", tenant.ClientId, tenant.ClientSecret, "system/*.rs");
        await RefusedAsync(400, "invalid_scope", tenant.ClientId, tenant.ClientSecret, "operator");
        await RefusedAsync(400, "invalid_scope", tenant.ClientId, tenant.ClientSecret, "system/Patient.rs patient/Patient.rs");
    }

    [Fact]
    public async Task Token_OtherRequests_AreRefusedByName()
    {
        using var password = Request(new() { ["grant_type"] = "password", ["client_id"] = "operator", ["client_secret"] = "x" });
        using var noGrant = await Host.Client.SendAsync(password);
        Assert.Equal((HttpStatusCode.BadRequest, "unsupported_grant_type"), (noGrant.StatusCode, await ErrorAsync(noGrant)));

        using var json = new StringContent("{}", Encoding.UTF8, "application/json");
        using var noForm = await Host.Client.PostAsync(new Uri("/oauth2/token", UriKind.Relative), json);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (noForm.StatusCode, await ErrorAsync(noForm)));
    }

    [Theory]
    [InlineData(20_000, true)]
    [InlineData(20_000, false)]
    [InlineData(3_000, true)]
    public async Task Token_FormThatIsTooLarge_IsInvalidRequest(int length, bool isChunked)
    {
        using var request = Request(new() { [new string('k', length)] = "", ["grant_type"] = "client_credentials" });
        request.Headers.TransferEncodingChunked = isChunked;

        using var response = await Host.Client.SendAsync(request);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (response.StatusCode, await ErrorAsync(response)));
    }

    [Fact]
    public async Task Token_TooManyFailuresFromOneAddress_WaitsThereAlone()
    {
        using var tenant = await Host.CreateTenantAsync("guessed");

        // The count begins anew with each minute of the clock.
        await Eventually.TrueAsync(async () => (await TokenAsync(tenant.ClientId, "wrong", from: "203.0.113.66")).Status == 429);

        Assert.Equal(200, (await TokenAsync(tenant.ClientId, tenant.ClientSecret, from: "203.0.113.7")).Status);
    }

    [Fact]
    public async Task Suspend_Hospital_ReadsAndDoesNotWriteUntilItIsResumed()
    {
        using var tenant = await Host.CreateTenantAsync("paused");
        using var administrator = await Host.OperatorAsync();
        var id = await Hospital.CreatedAsync(tenant.Client, "paused", "Lindgren");

        await MoveAsync(administrator, "paused", "suspend");

        await Eventually.TrueAsync(async () =>
        {
            using var refused = await Hospital.UpdateAsync(tenant.Client, "paused", id, "Lindgren");
            return refused.StatusCode == HttpStatusCode.Forbidden;
        });
        using var create = await Hospital.CreateAsync(tenant.Client, "paused", "Ek");
        Assert.Equal(HttpStatusCode.Forbidden, create.StatusCode);
        Assert.Equal(200, (await TokenAsync(tenant.ClientId, tenant.ClientSecret)).Status);
        Assert.Equal("Lindgren", await Hospital.FamilyAsync(tenant.Client, "paused", id));

        await MoveAsync(administrator, "paused", "resume");

        await Eventually.TrueAsync(async () =>
        {
            using var update = await Hospital.UpdateAsync(tenant.Client, "paused", id, "Ek");
            return update.IsSuccessStatusCode;
        });
    }

    private static async Task MoveAsync(HttpClient administrator, string tenant, string to)
    {
        using var response = await administrator.PostAsync(new Uri($"/admin/tenants/{tenant}/{to}", UriKind.Relative), null);
        response.EnsureSuccessStatusCode();
    }

    private async Task RefusedAsync(int status, string error, string id, string secret, string? scope = null) =>
        Assert.Equal((status, error), await TokenAsync(id, secret, scope));

    private async Task<(int Status, string? Error)> TokenAsync(string id, string secret, string? scope = null, string? from = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        using var request = Request(form);
        if (from is not null)
        {
            request.Headers.Add("X-Forwarded-For", from);
        }

        using var response = await Host.Client.SendAsync(request);
        return ((int)response.StatusCode, response.IsSuccessStatusCode ? null : await ErrorAsync(response));
    }

    private static HttpRequestMessage Request(Dictionary<string, string> form) => new(HttpMethod.Post, "/oauth2/token") { Content = new FormUrlEncodedContent(form) };

    private static async Task<string?> ErrorAsync(HttpResponseMessage response) =>
        (await Hospital.JsonAsync(response)).TryGetProperty("error", out JsonElement error) ? error.GetString() : null;
}
