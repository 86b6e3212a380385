using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>A hospital signs up, looks after itself, and needs no operator for it.</summary>
public sealed class SelfServiceTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private readonly HostProcess _host = fixture.Host;

    [Fact]
    public async Task SignUp_ByTheCommandLine_ReachesAPatientWithAnOpenEncounter()
    {
        var code = await InviteAsync("Clinic of Dr. Ek", plans: ["clinic"]);
        var file = Path.Combine(_host.DataFolder, "ek.json");
        var server = $"http://{_host.Http}";

        var (exit, output, error) = await HostProcess.CommandAsync(["signup", "ek", "--name", "Ek Clinic", "--invitation", code, "--server", server, "--save", file]);
        Assert.True(exit == 0, error);
        Assert.Contains("plan clinic", output, StringComparison.Ordinal);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        (exit, output, error) = await HostProcess.CommandAsync(["token", "--credentials", file]);
        Assert.True(exit == 0, error);
        using var client = new HttpClient { BaseAddress = new Uri(server) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", output.Trim());
        using var bundle = new StringContent(
            """
            { "resourceType": "Bundle", "type": "transaction", "entry": [
              { "fullUrl": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "resource": { "resourceType": "Patient", "name": [ { "family": "Ek" } ] }, "request": { "method": "POST", "url": "Patient" } },
              { "resource": { "resourceType": "Encounter", "status": "in-progress", "class": { "code": "AMB" }, "subject": { "reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a" } }, "request": { "method": "POST", "url": "Encounter" } } ] }
            """, Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json"));
        using var stored = await client.PostAsync(new Uri("/fhir/ek", UriKind.Relative), bundle);
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);

        foreach (var command in new string[][] { ["usage", "--tenant", "ek"], ["pools", "--tenant", "ek"], ["statement", "list", "--tenant", "ek"], ["tenant", "show", "ek"], ["tenant", "clients", "ek"], ["plan", "list"] })
        {
            (exit, output, error) = await HostProcess.CommandAsync([.. command, "--credentials", file, "--json"]);
            Assert.True(exit == 0, $"{string.Join(' ', command)}: {error}");
        }
    }

    [Fact]
    public async Task SignUp_WithACodeThatWasUsed_IsRefusedForAnotherHospital()
    {
        var code = await InviteAsync("South");
        using var first = await SignUpAsync(code, "south-1");
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);

        using var second = await SignUpAsync(code, "south-2");
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        using var administrator = await _host.OperatorAsync();
        using var absent = await administrator.GetAsync(new Uri("/admin/tenants/south-2", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task SignUp_SentAgainAfterALostAnswer_GivesNewCredentialsAndEndsTheFormer()
    {
        var code = await InviteAsync("East");
        using var first = await SignUpAsync(code, "east-1");
        var lost = (await Hospital.JsonAsync(first)).GetProperty("credentials");
        using var again = await SignUpAsync(code, "east-1");
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        var good = (await Hospital.JsonAsync(again)).GetProperty("credentials");

        (await AuthorizedAsync(good)).Dispose();
        await Assert.ThrowsAsync<HttpRequestException>(() => AuthorizedAsync(lost));
    }

    [Fact]
    public async Task SignUp_ForASlugThatIsTaken_LeavesTheInvitationGood()
    {
        using var taken = await _host.CreateTenantAsync("taken");
        var code = await InviteAsync("West");
        using var refused = await SignUpAsync(code, "taken");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.DoesNotContain("clientSecret", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var other = await SignUpAsync(code, "west-1");
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
    }

    [Fact]
    public async Task SignUp_WithoutAValidInvitation_IsRefusedAndSlowedDown()
    {
        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string> { ["MEDORLEANS__Security__FailuresPerMinute"] = "3" });
        var statuses = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            using var reply = await host.Client.PostAsJsonAsync("/signup", new { invitation = $"guess-{i}", tenant = "guess", name = "Guess" });
            statuses.Add((int)reply.StatusCode);
        }

        // A minute may end in between, and a new count begin.
        Assert.Equal(403, statuses[0]);
        Assert.Contains(429, statuses);
        Assert.All(statuses, status => Assert.True(status is 403 or 429));
    }

    [Fact]
    public async Task Invitation_Withdrawn_IsGoodForNothing()
    {
        using var administrator = await _host.OperatorAsync();
        using var made = await administrator.PostAsJsonAsync("/admin/invitations", new { note = "nobody" });
        var reply = await Hospital.JsonAsync(made);
        using var withdrawn = await administrator.DeleteAsync(new Uri($"/admin/invitations/{reply.GetProperty("invitation").GetProperty("id").GetString()}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, withdrawn.StatusCode);

        using var refused = await SignUpAsync(reply.GetProperty("code").GetString()!, "nobody");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Offer_OfAnInvitation_NamesItsPlansWithTheirPrices()
    {
        var code = await InviteAsync("Uni", plans: ["university", "clinic"]);
        using var offer = await _host.Client.PostAsJsonAsync("/signup/offer", new { invitation = code });
        var plans = (await Hospital.JsonAsync(offer)).GetProperty("plans").EnumerateArray().ToList();

        Assert.Equal(["clinic", "university"], plans.Select(plan => plan.GetProperty("plan").GetProperty("id").GetString()));
        Assert.All(plans, plan => Assert.True(plan.GetProperty("prices").GetProperty("prices").GetArrayLength() > 0));
        using var other = await SignUpAsync(code, "uni-1", plan: "hospital");
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
    }

    [Fact]
    public async Task RotateClient_ByTheHospitalItself_LetsTheFormerSecretLiveForTheOverlap()
    {
        var (own, credentials) = await SignedUpAsync("rota");
        using var client = own;
        var path = new Uri($"/admin/tenants/rota/clients/{credentials.GetProperty("clientId").GetString()}/rotate", UriKind.Relative);
        using var rotated = await client.PostAsync(path, null);
        var second = await Hospital.JsonAsync(rotated);
        (await AuthorizedAsync(credentials)).Dispose();
        (await AuthorizedAsync(second)).Dispose();

        using var now = await client.PostAsync(new Uri($"{path}?overlapMinutes=0", UriKind.Relative), null);
        (await AuthorizedAsync(await Hospital.JsonAsync(now))).Dispose();
        await Assert.ThrowsAsync<HttpRequestException>(() => AuthorizedAsync(credentials));
        await Assert.ThrowsAsync<HttpRequestException>(() => AuthorizedAsync(second));
    }

    [Fact]
    public async Task Administration_OfAHospital_NeedsItsOwnAdminScope()
    {
        var (own, _) = await SignedUpAsync("adm-1");
        using var admin = own;
        using var other = await _host.CreateTenantAsync("adm-2");
        using var made = await admin.PostAsJsonAsync("/admin/tenants/adm-1/clients", new { name = "ward", scopes = "system/*.cruds" });
        using var ward = await AuthorizedAsync(await Hospital.JsonAsync(made));

        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(ward, "/admin/tenants/adm-1/clients"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(admin, "/admin/tenants/adm-1/clients"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(admin, "/admin/tenants/adm-2/clients"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(admin, "/admin/tenants/nobody/clients"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(admin, "/admin/tenants"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(admin, "/admin/invitations"));
    }

    [Fact]
    public async Task RemoveClient_OfTheLastAdmin_IsRefused()
    {
        var (own, credentials) = await SignedUpAsync("last");
        using var admin = own;
        (await admin.PostAsJsonAsync("/admin/tenants/last/clients", new { name = "ward", scopes = "system/*.rs" })).Dispose();

        using var refused = await admin.DeleteAsync(new Uri($"/admin/tenants/last/clients/{credentials.GetProperty("clientId").GetString()}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
    }

    [Fact]
    public async Task ChangePlan_ByTheHospital_TakesOfferedPlansOnly()
    {
        var (own, _) = await SignedUpAsync("chooser");
        using var admin = own;
        using var administrator = await _host.OperatorAsync();
        var special = (await Hospital.GetAsync(administrator, "/admin/plans/university")).GetRawText()
            .Replace("\"university\"", "\"special\"", StringComparison.Ordinal).Replace("\"isOffered\":true", "\"isOffered\":false", StringComparison.Ordinal);
        using var put = await administrator.PutAsync(new Uri("/admin/plans/special", UriKind.Relative), new StringContent(special, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);

        using var refused = await admin.PostAsJsonAsync("/admin/tenants/chooser/plan", new { plan = "special" });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var taken = await admin.PostAsJsonAsync("/admin/tenants/chooser/plan", new { plan = "university" });
        Assert.Equal("university", (await Hospital.JsonAsync(taken)).GetProperty("plan").GetString());
    }

    private async Task<string> InviteAsync(string note, string[]? plans = null)
    {
        using var administrator = await _host.OperatorAsync();
        using var made = await administrator.PostAsJsonAsync("/admin/invitations", new { note, plans });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        return (await Hospital.JsonAsync(made)).GetProperty("code").GetString()!;
    }

    private Task<HttpResponseMessage> SignUpAsync(string invitation, string tenant, string? plan = null) =>
        _host.Client.PostAsJsonAsync("/signup", new { invitation, tenant, name = $"{tenant} hospital", plan });

    private async Task<(HttpClient Client, JsonElement Credentials)> SignedUpAsync(string tenant)
    {
        using var reply = await SignUpAsync(await InviteAsync(tenant), tenant);
        var credentials = (await Hospital.JsonAsync(reply)).GetProperty("credentials");
        return (await AuthorizedAsync(credentials), credentials);
    }

    private Task<HttpClient> AuthorizedAsync(JsonElement credentials) =>
        _host.AuthorizedAsync(credentials.GetProperty("clientId").GetString()!, credentials.GetProperty("clientSecret").GetString()!, null);

    private static async Task<HttpStatusCode> GetAsync(HttpClient client, string path)
    {
        using var reply = await client.GetAsync(new Uri(path, UriKind.Relative));
        return reply.StatusCode;
    }
}
