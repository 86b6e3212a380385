using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Wards;

namespace MedOrleans.IntegrationTests.Patients;

/// <summary>Patient/$match as a registration desk sends it.</summary>
public sealed class MatchTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const string Jose = """{"resourceType":"Patient","name":[{"family":"Munoz","given":["Jose"]}],"gender":"male","birthDate":"1961-03-07","telecom":[{"system":"phone","value":"+34 600 123 456"}]}""";

    [Fact]
    public async Task Match_OfAPatient_GivesWhoItMayBeWithGradesSurestFirst()
    {
        using var north = await fixture.Host.CreateTenantAsync("match-grades");
        var desk = new WardWorld(north.Client, "match-grades");
        await FillAsync(desk);

        using var bare = await desk.PostAsync("Patient/$match", Jose);
        Assert.Equal(200, (int)bare.StatusCode);
        var all = await Hospital.JsonAsync(bare);
        Assert.Equal([("same", "certain"), ("swapped", "possible"), ("twin", "possible")], Grades(all));
        Assert.All(all.GetProperty("entry").EnumerateArray(), entry => Assert.InRange(entry.GetProperty("search").GetProperty("score").GetDouble(), 0, 1));

        var (status, certain) = await desk.RunAsync("Patient/$match", $$$"""{"name":"resource","resource":{{{Jose}}}}""", """{"name":"onlyCertainMatches","valueBoolean":true}""");
        Assert.Equal(200, status);
        Assert.Equal([("same", "certain")], Grades(certain));
        var (_, two) = await desk.RunAsync("Patient/$match", $$$"""{"name":"resource","resource":{{{Jose}}}}""", """{"name":"count","valueInteger":2}""");
        Assert.Equal(2, two.GetProperty("entry").GetArrayLength());
        var (_, number) = await desk.RunAsync("Patient/$match", """{"name":"resource","resource":{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"a|b,c"}]}}""");
        Assert.Equal([("same", "certain")], Grades(number));
    }

    [Fact]
    public async Task Match_OfAnotherHospitalsPatient_FindsNobody()
    {
        using var north = await fixture.Host.CreateTenantAsync("match-north");
        using var south = await fixture.Host.CreateTenantAsync("match-south");
        await FillAsync(new WardWorld(north.Client, "match-north"));
        using var own = await new WardWorld(south.Client, "match-south").PostAsync("Patient/$match", Jose);
        Assert.Equal(0, (await Hospital.JsonAsync(own)).GetProperty("total").GetInt32());
        using var stranger = await new WardWorld(south.Client, "match-north").PostAsync("Patient/$match", Jose);
        using var absent = await new WardWorld(south.Client, "match-absent").PostAsync("Patient/$match", Jose);
        Assert.Equal(absent.StatusCode, stranger.StatusCode);
        Assert.False(stranger.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Match_OfWhatIsNoPatient_IsRefusedWithAnOutcome()
    {
        using var north = await fixture.Host.CreateTenantAsync("match-wrong");
        var desk = new WardWorld(north.Client, "match-wrong");
        Assert.Equal(400, (await desk.RunAsync("Patient/$match")).Status);
        Assert.Equal(400, (await desk.RunAsync("Patient/$match", $$$"""{"name":"resource","resource":{{{Jose}}}}""", """{"name":"count","valueInteger":0}""")).Status);
        foreach (var body in (string[])["[]", "{", """{"resourceType":"Observation"}""", """{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Group"}}]}""", """{"resourceType":"Patient","birthDate":"yesterday"}"""])
        {
            using var refused = await desk.PostAsync("Patient/$match", body);
            Assert.InRange((int)refused.StatusCode, 400, 422);
            Assert.Equal("OperationOutcome", (await Hospital.JsonAsync(refused)).GetProperty("resourceType").GetString());
        }
    }

    [Fact]
    public async Task Match_IsInTheCapabilityStatementAndDefined()
    {
        using var north = await fixture.Host.CreateTenantAsync("match-defined");
        var desk = new WardWorld(north.Client, "match-defined");
        var patient = (await desk.GetAsync("metadata")).GetProperty("rest")[0].GetProperty("resource").EnumerateArray().Single(resource => resource.GetProperty("type").GetString() == "Patient");
        Assert.Contains(patient.GetProperty("operation").EnumerateArray(), operation => operation.GetProperty("name").GetString() == "match");
        Assert.False((await desk.GetAsync("OperationDefinition/Patient-match")).GetProperty("affectsState").GetBoolean());
    }

    private static async Task FillAsync(WardWorld desk)
    {
        string[] patients = [
            """{"resourceType":"Patient","id":"same","identifier":[{"system":"urn:mrn","value":"a|b,c"}],"name":[{"family":"Muñoz","given":["José"]}],"gender":"male","birthDate":"1961-03-07","telecom":[{"system":"phone","value":"600123456"}]}""",
            """{"resourceType":"Patient","id":"swapped","name":[{"family":"Jose","given":["Munoz"]}],"gender":"male","birthDate":"1961-07-03"}""",
            """{"resourceType":"Patient","id":"twin","name":[{"family":"Munoz","given":["Carlos"]}],"gender":"male","birthDate":"1961-03-07"}""",
            """{"resourceType":"Patient","id":"other","name":[{"family":"Ericsson","given":["Anna"]}],"gender":"female","birthDate":"1961-03-07"}"""];
        var entries = patients.Select(patient => $$$"""{"resource":{{{patient}}},"request":{"method":"PUT","url":"Patient/{{{IdOf(patient)}}}"}}""");
        using var stored = await desk.PostAsync("", $$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""");
        Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync());
    }

    private static string? IdOf(string patient)
    {
        using var document = JsonDocument.Parse(patient);
        return document.RootElement.GetProperty("id").GetString();
    }

    private static List<(string?, string?)> Grades(JsonElement bundle) => [.. bundle.GetProperty("entry").EnumerateArray().Select(entry => (
        entry.GetProperty("resource").GetProperty("id").GetString(), entry.GetProperty("search").GetProperty("extension")[0].GetProperty("valueCode").GetString()))];
}
