using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>Statements and rate cards as operators and hospitals meet them.</summary>
public sealed class StatementEndpointTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private static readonly string s_month = TimeProvider.System.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("format=json", null, "application/json", "\"status\":\"draft\"")]
    [InlineData("format=csv", null, "text/csv", "statement,month,kind,meter,")]
    [InlineData("format=focus", null, "text/csv", "BilledCost,BillingAccountId,")]
    [InlineData("format=html", null, "text/html", "<title>Statement bill")]
    [InlineData("", "text/html,application/xhtml+xml", "text/html", "<title>Statement bill")]
    [InlineData("", "text/csv", "text/csv", "statement,month,kind,meter,")]
    [InlineData("", null, "application/json", "api.write")]
    public async Task Statement_InEachFormat_IsAnswered(string query, string? accept, string type, string part)
    {
        var slug = $"bill{Math.Abs((query + accept).GetHashCode(StringComparison.Ordinal))}";
        using var tenant = await fixture.Host.CreateTenantAsync(slug);
        await Hospital.CreatedAsync(tenant.Client, slug, "Lindgren");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/admin/tenants/{slug}/statements/{s_month}?{query}");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using var response = await tenant.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains(part, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/admin/tenants/bills/statements/2026-13", 404)]
    [InlineData("GET", "/admin/tenants/bills/statements/2019-01", 404)]
    [InlineData("GET", "/admin/tenants/nobody/statements/2026-11", 404)]
    [InlineData("GET", "/admin/tenants/bills/statements/{month}?format=pdf", 400)]
    [InlineData("GET", "/admin/tenants/bills/statements/{month}/inputs", 404)]
    [InlineData("POST", "/admin/tenants/bills/statements/{month}/close", 409)]
    [InlineData("POST", "/admin/statements/soon/close", 400)]
    [InlineData("GET", "/admin/rate-cards/nothing", 404)]
    public async Task Request_ThatCannotBeMet_IsAProblem(string method, string path, int status)
    {
        using var operatorClient = await fixture.Host.OperatorAsync();
        (await operatorClient.PostAsJsonAsync("/admin/tenants", new { tenant = "bills", name = "Bills" })).Dispose();

        using var response = await operatorClient.SendAsync(new HttpRequestMessage(new HttpMethod(method), path.Replace("{month}", s_month, StringComparison.Ordinal)));

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Statement_OfAnotherHospital_IsNotFound()
    {
        using var north = await fixture.Host.CreateTenantAsync("bill-north");
        using var south = await fixture.Host.CreateTenantAsync("bill-south");

        foreach (var path in new[] { "statements", $"statements/{s_month}", $"statements/{s_month}/inputs" })
        {
            using var other = await north.Client.GetAsync(new Uri($"/admin/tenants/bill-south/{path}", UriKind.Relative));
            using var nobody = await north.Client.GetAsync(new Uri($"/admin/tenants/bill-nobody/{path}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
            Assert.Equal((await Hospital.JsonAsync(nobody)).GetProperty("detail").GetString(), (await Hospital.JsonAsync(other)).GetProperty("detail").GetString());
        }
    }

    [Fact]
    public async Task RateCard_PutAndWrong_IsKeptOrNamesTheMember()
    {
        using var operatorClient = await fixture.Host.OperatorAsync();
        var card = (await operatorClient.GetFromJsonAsync<JsonElement>("/admin/rate-cards/standard")).GetRawText().Replace("\"standard\"", "\"cheap\"", StringComparison.Ordinal);
        using var good = new StringContent(card, System.Text.Encoding.UTF8, "application/json");
        using var kept = await operatorClient.PutAsync(new Uri("/admin/rate-cards/cheap", UriKind.Relative), good);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        Assert.Contains((await operatorClient.GetFromJsonAsync<JsonElement>("/admin/rate-cards")).EnumerateArray(), found => found.GetProperty("id").GetString() == "cheap");

        using var bad = new StringContent(card.Replace("EUR", "euro", StringComparison.Ordinal), System.Text.Encoding.UTF8, "application/json");
        using var refused = await operatorClient.PutAsync(new Uri("/admin/rate-cards/cheap", UriKind.Relative), bad);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("currency:", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
