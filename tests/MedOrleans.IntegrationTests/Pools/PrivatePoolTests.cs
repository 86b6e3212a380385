using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests.Durability;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;

namespace MedOrleans.IntegrationTests.Pools;

/// <summary>Hospitals on silos of their own: where their grains are, how they move, and what happens when the silos are gone.</summary>
public sealed class PrivatePoolTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Hospitals_OfTwoPools_RunOnTheirOwnSilosAlone()
    {
        await using var cluster = await TwoPools.StartAsync(await postgres.NewDatabaseAsync());
        using var mary = await cluster.CreateAsync("mary", TwoPools.Pool);
        using var north = await cluster.CreateAsync("north", null);
        foreach (var hospital in new[] { mary, north })
        {
            await WorkAsync(hospital);
            await Hospital.GetAsync(cluster.Administrator, $"/admin/tenants/{hospital.Tenant}/statements/{DateTime.UtcNow:yyyy-MM}");
        }

        var (marys, norths) = (await cluster.ActivationsAsync("mary"), await cluster.ActivationsAsync("north"));
        var community = cluster.Community.Settings.Host.Cluster.SiloPort;
        foreach (var type in (string[])["patient/", "encounter/", "record/", "conditionalcreate/", "statement/", "tenant/"])
        {
            Assert.Contains(marys, grain => grain.Grain.StartsWith(type, StringComparison.Ordinal));
            Assert.Contains(norths, grain => grain.Grain.StartsWith(type, StringComparison.Ordinal));
        }

        Assert.All(marys, grain => Assert.NotEqual(community, grain.SiloPort));
        Assert.All(norths, grain => Assert.Equal(community, grain.SiloPort));
        var placement = await cluster.PlacementAsync("mary");
        Assert.Equal(("settled", TwoPools.Pool, 0), (placement.GetProperty("state").GetString(), placement.GetProperty("pool").GetString(), placement.GetProperty("elsewhere").GetInt32()));

        // Orleans' statistics leave stateless workers out; the silos' own count has them.
        Assert.InRange(placement.GetProperty("silos").EnumerateArray().Sum(silo => silo.GetProperty("activations").GetInt32()), marys.Count + 1, marys.Count + 8);
        await Eventually.TrueAsync(async () => (await Hospital.GetAsync(cluster.Administrator, "/admin/pools")).GetProperty("siloPools").EnumerateArray()
            .Select(pool => $"{pool.GetProperty("pool")} {pool.GetProperty("silos")}").SequenceEqual(["community 1", "st-mary 1"]));
    }

    [Fact]
    public async Task Pool_WithoutASilo_IsRefused()
    {
        await using var cluster = await TwoPools.StartAsync(await postgres.NewDatabaseAsync());
        using var north = await cluster.CreateAsync("north", null);

        using var created = await cluster.Administrator.PostAsJsonAsync("/admin/tenants", new { tenant = "south", name = "South", pool = "nowhere" });
        using var moved = await MoveAsync(cluster, "north", "nowhere");
        using var wrong = await MoveAsync(cluster, "north", "No Where");
        using var nobody = await MoveAsync(cluster, "nobody", TwoPools.Pool);

        Assert.Equal(
            [HttpStatusCode.BadRequest, HttpStatusCode.Conflict, HttpStatusCode.BadRequest, HttpStatusCode.NotFound],
            new[] { created, moved, wrong, nobody }.Select(response => response.StatusCode));
        Assert.Contains("'nowhere'", (await Hospital.JsonAsync(moved)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("community", (await cluster.PlacementAsync("north")).GetProperty("pool").GetString());
    }

    [Fact]
    public async Task Move_ThereAndBackUnderLoad_FailsNoRequestAndLosesNothing()
    {
        await using var cluster = await TwoPools.StartAsync(await postgres.NewDatabaseAsync());
        using var mary = await cluster.CreateAsync("mary", null);
        var written = new AcknowledgedWrites("mary");
        using var counting = new CountingHandler();
        using var client = new HttpClient(counting) { BaseAddress = cluster.Community.Http };
        client.DefaultRequestHeaders.Authorization = mary.Client.DefaultRequestHeaders.Authorization;
        using var other = new HttpClient(counting, disposeHandler: false) { BaseAddress = cluster.Private.Client.BaseAddress };
        other.DefaultRequestHeaders.Authorization = mary.Client.DefaultRequestHeaders.Authorization;
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 12).Select(writer => written.WriteAsync(writer % 3 == 0 ? other : client, writer, stop.Token)).ToList();

        var community = cluster.Community.Settings.Host.Cluster.SiloPort;
        foreach (var pool in (string[])[TwoPools.Pool, "community", TwoPools.Pool])
        {
            var before = written.Count;
            await Eventually.TrueAsync(() => written.Count > before + 300);
            using (var moved = await MoveAsync(cluster, "mary", pool))
            {
                Assert.True(moved.IsSuccessStatusCode, await moved.Content.ReadAsStringAsync());
            }

            await cluster.SettledAsync("mary");
            before = written.Count;
            await Eventually.TrueAsync(() => written.Count > before + 300);
            await Eventually.TrueAsync(async () => (await cluster.ActivationsAsync("mary")) is { Count: > 0 } all && all.TrueForAll(grain => (grain.SiloPort == community) == (pool == "community")));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.True(counting.Failures.Count == 0, $"{counting.Failures.Count} of {written.Count}: {string.Join(Environment.NewLine, counting.Failures.Take(5))}");
        await written.VerifyAsync(mary.Client, cluster.Administrator);
    }

    [Fact]
    public async Task PrivateSilo_Killed_ItsHospitalIsToldAndTheCommunityWorksOn()
    {
        await using var cluster = await TwoPools.StartAsync(await postgres.NewDatabaseAsync());
        using var mary = await cluster.CreateAsync("mary", TwoPools.Pool);
        using var north = await cluster.CreateAsync("north", null);
        var (marys, norths) = (await Hospital.CreatedAsync(mary.Client, "mary", "Lindgren"), await Hospital.CreatedAsync(north.Client, "north", "Ek"));
        Assert.Equal(("Lindgren", "Ek"), (await Hospital.FamilyAsync(mary.Client, "mary", marys), await Hospital.FamilyAsync(north.Client, "north", norths)));

        await cluster.Private.KillAsync();

        foreach (var path in (string[])[$"Patient/{marys}", "Patient?family=Lindgren"])
        {
            await Eventually.TrueAsync(async () =>
            {
                Assert.Equal("Ek", await Hospital.FamilyAsync(north.Client, "north", norths));
                using var response = await mary.Client.GetAsync(new Uri($"/fhir/mary/{path}", UriKind.Relative));
                return response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is not null
                    && (await Hospital.JsonAsync(response)).GetProperty("issue")[0].GetProperty("diagnostics").GetString() == "The hospital belongs to the pool 'st-mary', and no silo of that pool is alive.";
            });
        }

        using var refused = await Hospital.CreateAsync(mary.Client, "mary", "Lindgren");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.DoesNotContain(await cluster.ActivationsAsync("mary"), grain => !grain.Grain.StartsWith("tenant/", StringComparison.Ordinal));
        Assert.Equal("unserved", (await cluster.PlacementAsync("mary")).GetProperty("state").GetString());
        await Hospital.CreatedAsync(north.Client, "north", "Moreau");

        // The operator brings it back to the community.
        using (var moved = await MoveAsync(cluster, "mary", "community"))
        {
            Assert.True(moved.IsSuccessStatusCode, await moved.Content.ReadAsStringAsync());
        }

        await Eventually.TrueAsync(async () => await Hospital.FamilyAsync(mary.Client, "mary", marys) == "Lindgren");
        await cluster.SettledAsync("mary");
    }

    [Fact]
    public async Task PrivateSilo_ToldToStopAndTheLastOfItsPool_WaitsForNobodyToTakeItsHospital()
    {
        await using var cluster = await TwoPools.StartAsync(await postgres.NewDatabaseAsync());
        using var mary = await cluster.CreateAsync("mary", TwoPools.Pool);
        await Hospital.CreatedAsync(mary.Client, "mary", "Lindgren");

        // The drain's own limit is 20 s.
        Assert.Equal(0, await cluster.Private.StopAsync().WaitAsync(TimeSpan.FromSeconds(15)));
    }

    private static async Task WorkAsync(TenantAccess hospital)
    {
        var id = await Hospital.CreatedAsync(hospital.Client, hospital.Tenant, "Lindgren");
        using var updated = await Hospital.UpdateAsync(hospital.Client, hospital.Tenant, id, "Ek");
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        Assert.Equal("Ek", await Hospital.FamilyAsync(hospital.Client, hospital.Tenant, id));
        using var content = new StringContent(
            $$$"""
            {"resourceType":"Bundle","type":"transaction","entry":[
              {"resource":{"resourceType":"Encounter","id":"e","status":"in-progress","class":{"code":"AMB"},"subject":{"reference":"Patient/{{{id}}}"}},"request":{"method":"PUT","url":"Encounter/e"}},
              {"resource":{"resourceType":"Basic","id":"b","code":{"text":"b"}},"request":{"method":"PUT","url":"Basic/b"}}]}
            """,
            Encoding.UTF8, "application/fhir+json");
        using var transaction = await hospital.Client.PostAsync(new Uri($"/fhir/{hospital.Tenant}", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, transaction.StatusCode);
        using var conditional = new HttpRequestMessage(HttpMethod.Post, $"/fhir/{hospital.Tenant}/Basic") { Content = new StringContent("""{"resourceType":"Basic","code":{"text":"b"}}""", Encoding.UTF8, "application/fhir+json") };
        conditional.Headers.Add("If-None-Exist", "identifier=one");
        using var created = await hospital.Client.SendAsync(conditional);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
    }

    private static Task<HttpResponseMessage> MoveAsync(TwoPools cluster, string tenant, string pool) =>
        cluster.Administrator.PutAsJsonAsync($"/admin/tenants/{tenant}/pool", new { pool });
}
