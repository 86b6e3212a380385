using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Pools;

/// <summary>What a hospital meets when its share of a pool is used up, and what its neighbour feels of it.</summary>
public sealed class PoolLimitTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task Requests_OverBurst_AreToldWhenToComeBackAndTheNeighbourFeelsNothing()
    {
        using var storm = await HospitalOfAsync("pool-storm", plan => plan.Replace("\"network\":{\"guaranteed\":50,\"burst\":1000}", "\"network\":{\"guaranteed\":1,\"burst\":5}", StringComparison.Ordinal));
        using var calm = await fixture.Host.CreateTenantAsync("pool-calm");

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 40; i++)
        {
            answers.Add(await storm.Client.GetAsync(new Uri("/fhir/pool-storm/Patient/nobody", UriKind.Relative)));
            using var neighbour = await calm.Client.GetAsync(new Uri("/fhir/pool-calm/Patient/nobody", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, neighbour.StatusCode);
        }

        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.InRange(refused.Count, 20, 40);
        Assert.All(refused, answer =>
        {
            Assert.True(answer.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
            Assert.Equal("\"network\";q=5;w=1", answer.Headers.GetValues("RateLimit-Policy").Single());
            Assert.StartsWith("\"network\";r=0;t=", answer.Headers.GetValues("RateLimit").Single(), StringComparison.Ordinal);
        });
        var outcome = await Hospital.JsonAsync(refused[0]);
        Assert.Equal("throttled", outcome.GetProperty("issue")[0].GetProperty("code").GetString());
        answers.ForEach(answer => answer.Dispose());

        // After what it was told to wait it is let in.
        await Eventually.TrueAsync(async () =>
        {
            using var again = await storm.Client.GetAsync(new Uri("/fhir/pool-storm/Patient/nobody", UriKind.Relative));
            return again.StatusCode == HttpStatusCode.NotFound;
        });
    }

    [Fact]
    public async Task Writes_BeyondTheStorageOfThePlan_AreRefusedAndReadsAndDeletionsGoOn()
    {
        using var full = await HospitalOfAsync("pool-full", plan => plan.Replace("\"storage\":{\"guaranteed\":20000000000,\"burst\":100000000000}", "\"storage\":{\"guaranteed\":100,\"burst\":600}", StringComparison.Ordinal));
        var first = await Hospital.CreatedAsync(full.Client, "pool-full", "Lindgren");
        HttpStatusCode status;
        do
        {
            using var created = await Hospital.CreateAsync(full.Client, "pool-full", "Lindgren");
            status = created.StatusCode;
        }
        while (status == HttpStatusCode.Created);

        Assert.Equal(HttpStatusCode.InsufficientStorage, status);
        Assert.Equal("Lindgren", await Hospital.FamilyAsync(full.Client, "pool-full", first));
        using var updated = await Hospital.UpdateAsync(full.Client, "pool-full", first, "Ek");
        Assert.Equal(HttpStatusCode.InsufficientStorage, updated.StatusCode);
        using var deleted = await full.Client.DeleteAsync(new Uri($"/fhir/pool-full/Patient/{first}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Fact]
    public async Task Pools_OfAHospitalAndTheCluster_ShowUseAndHeadroom()
    {
        using var tenant = await fixture.Host.CreateTenantAsync("pool-seen");
        await Hospital.CreatedAsync(tenant.Client, "pool-seen", "Lindgren");
        using var operatorClient = await fixture.Host.OperatorAsync();

        await Eventually.TrueAsync(async () =>
        {
            (await tenant.Client.GetAsync(new Uri("/fhir/pool-seen/Patient", UriKind.Relative))).Dispose();
            var pools = await Hospital.GetAsync(tenant.Client, "/admin/tenants/pool-seen/pools");
            return Use(pools, "network") > 0 && Use(pools, "storage") > 0 && Use(pools, "sessions") == 1;
        });
        var own = await Hospital.GetAsync(tenant.Client, "/admin/tenants/pool-seen/pools");
        var storage = own.GetProperty("pools").EnumerateArray().First(pool => pool.GetProperty("pool").GetString() == "storage");
        Assert.Equal(storage.GetProperty("burst").GetDouble() - storage.GetProperty("use").GetDouble(), storage.GetProperty("headroom").GetDouble(), 1.0);

        var all = await Hospital.GetAsync(operatorClient, "/admin/pools");
        Assert.Equal((1, 1), (all.GetProperty("gateways").GetInt32(), all.GetProperty("silos").GetInt32()));
        Assert.Contains(all.GetProperty("tenants").EnumerateArray(), hospital => hospital.GetProperty("tenant").GetString() == "pool-seen");
        Assert.Equal(["compute", "memory", "storage", "network", "network.bytes", "sessions"], all.GetProperty("pools").EnumerateArray().Select(pool => pool.GetProperty("pool").GetString()));

        using var management = new HttpClient();
        await Eventually.TrueAsync(async () => (await management.GetStringAsync(new Uri($"http://{fixture.Host.Management}/metrics"))).Contains("medorleans_pool_use{", StringComparison.Ordinal));
    }

    private static double Use(JsonElement pools, string name) =>
        pools.GetProperty("pools").EnumerateArray().First(pool => pool.GetProperty("pool").GetString() == name).GetProperty("use").GetDouble();

    /// <summary>A hospital on a plan of its own, made of the clinic's.</summary>
    private async Task<TenantAccess> HospitalOfAsync(string slug, Func<string, string> change)
    {
        using var operatorClient = await fixture.Host.OperatorAsync();
        var clinic = (await operatorClient.GetFromJsonAsync<JsonElement>("/admin/plans/clinic")).GetRawText();
        var changed = change(clinic);
        Assert.NotEqual(clinic, changed);
        using var plan = new StringContent(changed.Replace("\"id\":\"clinic\"", $"\"id\":\"{slug}\"", StringComparison.Ordinal), System.Text.Encoding.UTF8, "application/json");
        (await operatorClient.PutAsync(new Uri($"/admin/plans/{slug}", UriKind.Relative), plan)).EnsureSuccessStatusCode();
        var tenant = await fixture.Host.CreateTenantAsync(slug);
        (await operatorClient.PostAsJsonAsync($"/admin/tenants/{slug}/plan", new { plan = slug })).EnsureSuccessStatusCode();

        // The plans reach every process within seconds.
        await Eventually.TrueAsync(async () => (await Hospital.GetAsync(tenant.Client, $"/admin/tenants/{slug}/pools")).GetProperty("plan").GetString() == slug);
        using var management = new HttpClient();
        await Eventually.TrueAsync(async () =>
        {
            (await tenant.Client.GetAsync(new Uri($"/fhir/{slug}/Patient/nobody", UriKind.Relative))).Dispose();
            var metrics = await management.GetStringAsync(new Uri($"http://{fixture.Host.Management}/metrics"));
            var share = changed.Contains("\"burst\":5}", StringComparison.Ordinal) ? ("network", "5") : ("storage", "600");
            return metrics.Split('\n').Any(line => line.StartsWith("medorleans_pool_burst{", StringComparison.Ordinal)
                && line.Contains($"pool=\"{share.Item1}\"", StringComparison.Ordinal) && line.Contains($"tenant=\"{slug}\"", StringComparison.Ordinal) && line.EndsWith($" {share.Item2}", StringComparison.Ordinal));
        });
        return tenant;
    }
}
