using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using static MedOrleans.IntegrationTests.Wards.WardWorld;

namespace MedOrleans.IntegrationTests.Wards;

/// <summary>The operations on encounters and beds as a HIS sends them.</summary>
public sealed class AdtTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task Operations_OfAStay_ChangeEncounterAndBedAndTellOfIt()
    {
        using var north = await fixture.Host.CreateTenantAsync("adt-stay");
        var ward = new WardWorld(north.Client, "adt-stay");
        await ward.FillAsync(beds: 3, patients: 2);

        var id = await ward.AdmitAsync("p0", "b1");
        Assert.Null(await ward.AdmitAsync("p1", "b1"));
        Assert.Equal($"Encounter/{id}", (await ward.CensusAsync())["b1"]);
        var (moved, encounter) = await ward.RunAsync($"Encounter/{id}/$transfer", Reference("location", "Location/b2"));
        Assert.Equal((200, 2), (moved, encounter.GetProperty("location").GetArrayLength()));
        using var left = await ward.PostAsync($"Encounter/{id}/$leave", "");
        Assert.Equal(200, (int)left.StatusCode);
        var (refused, outcome) = await ward.RunAsync($"Encounter/{id}/$transfer", Reference("location", "Location/b1"));
        Assert.Equal(422, refused);
        Assert.Contains("An encounter that is onleave cannot be transferred", outcome.GetProperty("issue")[0].GetProperty("diagnostics").GetString(), StringComparison.Ordinal);
        var (finished, discharged) = await ward.RunAsync($"Encounter/{id}/$discharge", """{"name":"disposition","valueCode":"home"}""");
        Assert.Equal((200, "finished"), (finished, discharged.GetProperty("status").GetString()));
        Assert.Equal("home", discharged.GetProperty("hospitalization").GetProperty("dischargeDisposition").GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.Equal("H", (await ward.GetAsync("Location/b2")).GetProperty("operationalStatus").GetProperty("code").GetString());
        var (released, _) = await ward.RunAsync("Location/b2/$release");
        Assert.Equal(200, released);

        // Each step is a version, an audit row and a metered write of each resource in it.
        var events = (await ward.GetAsync($"AuditEvent?entity=Encounter/{id}")).GetProperty("entry").GetArrayLength();
        Assert.Equal(4, events);
    }

    [Fact]
    public async Task Operation_SentAgainWithItsCommandId_IsAnsweredAsTheFirstTime()
    {
        using var north = await fixture.Host.CreateTenantAsync("adt-again");
        var ward = new WardWorld(north.Client, "adt-again");
        await ward.FillAsync(beds: 2, patients: 1);
        string[] admit = [Reference("patient", "Patient/p0"), Reference("location", "Location/b0"), $$"""{"name":"commandId","valueUuid":"urn:uuid:{{Guid.NewGuid()}}"}"""];

        var first = await ward.RunAsync("Encounter/$admit", admit);
        await ward.RunAsync($"Encounter/{first.Body.GetProperty("id").GetString()}/$transfer", Reference("location", "Location/b1"));
        var again = await ward.RunAsync("Encounter/$admit", admit);

        Assert.Equal((201, 201), (first.Status, again.Status));
        Assert.Equal(first.Body.GetRawText(), again.Body.GetRawText());
        Assert.Equal(1, (await ward.GetAsync("Encounter?_total=accurate")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Operation_WithWrongParametersOrScopes_SaysWhich()
    {
        using var north = await fixture.Host.CreateTenantAsync("adt-wrong");
        var ward = new WardWorld(north.Client, "adt-wrong");
        await ward.FillAsync(beds: 2, patients: 1);

        Assert.Equal(422, (await ward.RunAsync("Encounter/$admit")).Status);
        Assert.Equal(400, (await ward.RunAsync("Encounter/$admit", Reference("patient", "Patient/p0"), Reference("bed", "Location/b0"))).Status);
        Assert.Equal(400, (await ward.RunAsync("Encounter/$admit", Reference("patient", "Practitioner/p0"))).Status);
        Assert.Equal(404, (await ward.RunAsync("Encounter/none/$discharge")).Status);
        Assert.Equal(400, (await ward.RunAsync("Encounter/none/$transfer")).Status);
        Assert.Equal(400, (await ward.RunAsync("Location/b0/$swap")).Status);
        using var reader = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/*.rs");
        Assert.Equal(403, (await new WardWorld(reader, "adt-wrong").RunAsync("Encounter/$admit", Reference("patient", "Patient/p0"))).Status);
        Assert.Equal(2, (await new WardWorld(reader, "adt-wrong").CensusAsync()).Count);
        using var blind = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/Location.rs");
        await ward.AdmitAsync("p0", "b0");
        var census = await new WardWorld(blind, "adt-wrong").GetAsync("Location/ward/$census");
        Assert.All(census.GetProperty("entry").EnumerateArray(), entry => Assert.Equal("Location", entry.GetProperty("resource").GetProperty("resourceType").GetString()));
    }

    [Fact]
    public async Task Definitions_AreNamedByTheCapabilityStatementAndCanBeRead()
    {
        using var north = await fixture.Host.CreateTenantAsync("adt-defined");
        var ward = new WardWorld(north.Client, "adt-defined");
        var metadata = await ward.GetAsync("metadata");
        var named = metadata.GetProperty("rest")[0].GetProperty("resource").EnumerateArray().Where(resource => resource.TryGetProperty("operation", out _))
            .SelectMany(resource => resource.GetProperty("operation").EnumerateArray().Select(operation => (Type: resource.GetProperty("type").GetString(), Name: operation.GetProperty("name").GetString(), Url: operation.GetProperty("definition").GetString())))
            .Where(operation => operation.Type != "Patient").ToList();

        Assert.True(named.Count >= 13);
        foreach (var (type, name, url) in named)
        {
            var definition = await ward.GetAsync($"OperationDefinition/{type}-{name}");
            Assert.Equal((url, name), (definition.GetProperty("url").GetString(), definition.GetProperty("code").GetString()));

            // What it says is valid FHIR: it can be stored under an id of the hospital's own, and not under its.
            using var stored = await ward.PostAsync("OperationDefinition", definition.GetRawText());
            Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync());
            using var written = await ward.PutAsync($"OperationDefinition/{type}-{name}", definition.GetRawText());
            Assert.Equal(422, (int)written.StatusCode);
        }
    }

    [Fact]
    public async Task PlainPut_OfAnEncounter_ObeysTheSameRules()
    {
        using var north = await fixture.Host.CreateTenantAsync("adt-put");
        var ward = new WardWorld(north.Client, "adt-put");
        await ward.FillAsync(beds: 2, patients: 1);
        static string Encounter(string status, string more = "") => $$"""{"resourceType":"Encounter","id":"e","status":"{{status}}","class":{"code":"IMP"},"subject":{"reference":"Patient/p0"}{{more}}}""";

        async Task<int> PutAsync(string json)
        {
            using var response = await ward.PutAsync("Encounter/e", json);
            return (int)response.StatusCode;
        }

        Assert.Equal(201, await PutAsync(Encounter("planned")));
        Assert.Equal(422, await PutAsync(Encounter("finished")));
        Assert.Equal(200, await PutAsync(Encounter("arrived")));
        Assert.Equal(422, await PutAsync(Encounter("arrived", ",\"location\":[{\"location\":{\"reference\":\"Location/b0\"},\"status\":\"active\"}]")));
        Assert.Equal(200, (await ward.RunAsync("Encounter/e/$admit", Reference("location", "Location/b0"))).Status);
        Assert.Equal(422, await PutAsync(Encounter("finished")));
        Assert.Equal("Encounter/e", (await ward.CensusAsync())["b0"]);
        using var transaction = await ward.PostAsync("", $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{{{Encounter("finished")}}},"request":{"method":"PUT","url":"Encounter/e"}}]}""");
        Assert.Equal(422, (int)transaction.StatusCode);
    }
}
