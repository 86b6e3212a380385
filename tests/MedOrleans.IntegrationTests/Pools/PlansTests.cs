using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Pools;

/// <summary>Plans: what there is, what an operator adds, and which one a hospital has.</summary>
public sealed class PlansTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task Plan_PutChosenAndChanged_IsTheHospitalsFromThenOn()
    {
        using var administrator = await fixture.Host.OperatorAsync();
        var clinic = JsonNode.Parse((await Hospital.GetAsync(administrator, "/admin/plans/clinic")).GetRawText())!.AsObject();
        clinic["id"] = "rehab";
        clinic["network"] = new JsonObject { ["guaranteed"] = 5, ["burst"] = 50 };
        using (var put = await administrator.PutAsJsonAsync("/admin/plans/rehab", clinic))
        {
            Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        }

        using var created = await administrator.PostAsJsonAsync("/admin/tenants", new { tenant = "plan-one", name = "One", plan = "rehab" });
        Assert.Equal("rehab", (await Hospital.JsonAsync(created)).GetProperty("tenant").GetProperty("plan").GetString());
        using var changed = await administrator.PostAsJsonAsync("/admin/tenants/plan-one/plan", new { plan = "university" });
        Assert.Equal("university", (await Hospital.JsonAsync(changed)).GetProperty("plan").GetString());

        var history = await Hospital.GetAsync(administrator, "/admin/tenants/plan-one/plan");
        Assert.Equal(["rehab", "university"], history.GetProperty("periods").EnumerateArray().Select(period => period.GetProperty("planId").GetString()));
        var listed = (await Hospital.GetAsync(administrator, "/admin/tenants")).GetProperty("tenants").EnumerateArray();
        Assert.Equal("university", listed.First(tenant => tenant.GetProperty("tenant").GetString() == "plan-one").GetProperty("plan").GetString());
        Assert.Equal(
            ["clinic", "hospital", "rehab", "university"],
            (await Hospital.GetAsync(administrator, "/admin/plans")).EnumerateArray().Select(plan => plan.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Plan_ThatIsWrongOrAbsent_IsRefused()
    {
        using var administrator = await fixture.Host.OperatorAsync();

        using var wrong = await administrator.PutAsJsonAsync("/admin/plans/rehab", new { id = "rehab", name = "Rehab", rateCard = "standard", weight = 0 });
        using var absent = await administrator.PostAsJsonAsync("/admin/tenants", new { tenant = "plan-two", name = "Two", plan = "nowhere" });
        using var nobody = await administrator.PostAsJsonAsync("/admin/tenants/nobody/plan", new { plan = "clinic" });
        using var unknown = await administrator.GetAsync(new Uri("/admin/plans/nowhere", UriKind.Relative));

        Assert.Equal(
            [HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.NotFound, HttpStatusCode.NotFound],
            new[] { wrong, absent, nobody, unknown }.Select(response => response.StatusCode));
        Assert.Contains("plan", (await Hospital.JsonAsync(absent)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
