using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;

namespace MedOrleans.IntegrationTests.Fhir;

/// <summary>Several clients on one resource: through one owner, and through two that do not know of each other.</summary>
public sealed class RaceTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Rounds = 25;

    [Fact]
    public async Task Update_TwoClientsWithTheSameIfMatch_OneWinsAndTheOtherIsPreconditionFailed()
    {
        await using var host = await HostProcess.StartAsync();
        using var north = await host.CreateTenantAsync("north");
        using var other = await host.AuthorizedAsync(north.ClientId, north.ClientSecret, null);
        var id = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");

        await RaceAsync(north.Client, other, id);
    }

    /// <summary>Two clusters on one database stand for a network split: each has an activation of the same owner, with a memory of its own.</summary>
    [Fact]
    public async Task Update_TwoActivationsOfOneOwner_TheStoreRefusesTheLoser()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var first = await HostProcess.StartAsync(database, settings: Cluster("east"));
        await using var second = await HostProcess.StartAsync(database, settings: Cluster("west"));
        using var north = await first.CreateTenantAsync("north");
        using var there = await second.AuthorizedAsync(north.ClientId, north.ClientSecret, null);
        var id = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");

        await RaceAsync(north.Client, there, id);

        // Without If-Match both mean to win: the loser's owner reads what the other one wrote, and comes after it.
        for (var round = 0; round < Rounds; round++)
        {
            var both = await Task.WhenAll(Hospital.UpdateAsync(north.Client, "north", id, $"East{round}"), Hospital.UpdateAsync(there, "north", id, $"West{round}"));
            Assert.All(both, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            Assert.Equal(2, both.Select(answer => answer.Headers.ETag!.Tag).Distinct().Count());
            both.ToList().ForEach(answer => answer.Dispose());
        }

        await GaplessAsync(north.Client, id, 1 + Rounds + (2 * Rounds));
    }

    [Fact]
    public async Task ConditionalCreate_ManyAtOnce_MakesOneResource()
    {
        await using var host = await HostProcess.StartAsync();
        using var north = await host.CreateTenantAsync("north");

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/fhir/north/Patient");
            request.Content = Json("""{ "resourceType": "Patient", "identifier": [ { "system": "urn:example:mrn", "value": "7" } ] }""");
            request.Headers.Add("If-None-Exist", "identifier=urn:example:mrn|7");
            using var response = await north.Client.SendAsync(request);
            return response.StatusCode;
        }));

        Assert.Single(answers, status => status == HttpStatusCode.Created);
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.Created or HttpStatusCode.OK));
        var found = await Hospital.GetAsync(north.Client, "/fhir/north/Patient?identifier=urn:example:mrn|7&_summary=count");
        Assert.Equal(1, found.GetProperty("total").GetInt32());
    }

    private static async Task RaceAsync(HttpClient one, HttpClient other, string id)
    {
        for (var version = 1; version <= Rounds; version++)
        {
            var statuses = (await Task.WhenAll(PutAsync(one, id, version, "One"), PutAsync(other, id, version, "Other"))).Order().ToList();
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], statuses);
        }

        await GaplessAsync(one, id, 1 + Rounds);
    }

    private static async Task<HttpStatusCode> PutAsync(HttpClient client, string id, int version, string family)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/fhir/north/Patient/{id}");
        request.Content = Json($$"""{ "resourceType": "Patient", "id": "{{id}}", "name": [ { "family": "{{family}}{{version}}" } ] }""");
        request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\"", isWeak: true));
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task GaplessAsync(HttpClient client, string id, int versions)
    {
        var history = await Hospital.GetAsync(client, $"/fhir/north/Patient/{id}/_history?_count=1000");
        Assert.Equal(
            Enumerable.Range(1, versions).Reverse().Select(version => $"{version}"),
            history.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("meta").GetProperty("versionId").GetString()));
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/fhir+json");

    private static Dictionary<string, string> Cluster(string id) => new() { ["MEDORLEANS__Cluster__ClusterId"] = id };
}
