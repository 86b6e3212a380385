using static MedOrleans.Tests.Gateway.Fhir.TestContent;

namespace MedOrleans.Tests.Gateway.Fhir;

public class FhirTransactionTests
{
    [Fact]
    public async Task Transaction_ReferencesBetweenEntries_BecomeTheIdsGivenOut()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("POST", "", Transaction(
            Entry("POST", "Observation", Observation("urn:uuid:00000000-0000-0000-0000-000000000001"), "urn:uuid:00000000-0000-0000-0000-000000000002"),
            Entry("POST", "Patient", """{"resourceType":"Patient"}""", "urn:uuid:00000000-0000-0000-0000-000000000001")));

        Assert.Equal(200, answer.Status);
        Assert.Equal("transaction-response", answer.Json.GetProperty("type").GetString());
        var entries = answer.Json.GetProperty("entry");
        Assert.Equal("201 Created", entries[0].GetProperty("response").GetProperty("status").GetString());
        var patient = entries[1].GetProperty("fullUrl").GetString()!;
        Assert.StartsWith($"{gateway.BaseUrl}/Patient/", patient, StringComparison.Ordinal);
        var observation = (await gateway.SendAsync("GET", entries[0].GetProperty("response").GetProperty("location").GetString()!)).Json;
        Assert.Equal(patient[(gateway.BaseUrl.Length + 1)..], observation.GetProperty("subject").GetProperty("reference").GetString());
    }

    [Fact]
    public async Task Transaction_ReferencesByAddressesElsewhere_BecomeTheIdsGivenOut()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("POST", "", Transaction(
            Entry("POST", "Patient", """{"resourceType":"Patient"}""", "http://elsewhere.example/fhir/Patient/77"),
            Entry("POST", "Observation", Observation("http://elsewhere.example/fhir/Patient/77"), null),
            Entry("POST", "Observation", Observation("Patient/77"), null)));

        var entries = answer.Json.GetProperty("entry");
        var patient = entries[0].GetProperty("fullUrl").GetString()![(gateway.BaseUrl.Length + 1)..];
        for (var i = 1; i <= 2; i++)
        {
            var observation = (await gateway.SendAsync("GET", entries[i].GetProperty("response").GetProperty("location").GetString()!)).Json;
            Assert.Equal(patient, observation.GetProperty("subject").GetProperty("reference").GetString());
        }
    }

    [Fact]
    public async Task Transaction_OneInvalidEntry_StoresNothingAndNamesItsElement()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("POST", "", Transaction(
            Entry("POST", "Patient", """{"resourceType":"Patient"}""", null),
            Entry("POST", "Patient", """{"resourceType":"Patient","gender":"unsure"}""", null)));

        Assert.Equal(422, answer.Status);
        Assert.Equal("Bundle.entry[1].resource.gender", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString());
        Assert.False((await gateway.SendAsync("GET", "_history")).Json.TryGetProperty("entry", out _));
    }

    [Fact]
    public async Task Transaction_OneOlderVersion_StoresNothing()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();
        await gateway.SendAsync("PUT", "Patient/p1", """{"resourceType":"Patient","id":"p1"}""");

        var answer = await gateway.SendAsync("POST", "", Transaction(
            Entry("PUT", "Patient/p2", """{"resourceType":"Patient","id":"p2"}""", null),
            Entry("PUT", "Patient/p1", """{"resourceType":"Patient","id":"p1"}""", null, "\"ifMatch\":\"W/\\\"4\\\"\"")));

        Assert.Equal(412, answer.Status);
        Assert.Equal("Bundle.entry[1]", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString());
        Assert.Equal(404, (await gateway.SendAsync("GET", "Patient/p2")).Status);
    }

    [Fact]
    public async Task Transaction_EveryMethod_ReadsWhatItWrote()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();
        await gateway.SendAsync("PUT", "Patient/old", """{"resourceType":"Patient","id":"old"}""");

        var answer = await gateway.SendAsync(
            "POST",
            "",
            Transaction(
                Entry("GET", "Patient/new", null, null),
                Entry("PUT", "Patient/new", """{"resourceType":"Patient","id":"new"}""", null),
                Entry("DELETE", "Patient/old", null, null),
                Entry("GET", "Patient/old", null, null),
                Entry("DELETE", "Patient/never", null, null)),
            ("Prefer", "return=representation"));

        var entries = answer.Json.GetProperty("entry");
        string[] statuses = [.. entries.EnumerateArray().Select(entry => entry.GetProperty("response").GetProperty("status").GetString()!)];
        Assert.Equal(["200 OK", "201 Created", "204 No Content", "410 Gone", "204 No Content"], statuses);
        Assert.Equal("new", entries[0].GetProperty("resource").GetProperty("id").GetString());
        Assert.Equal("new", entries[1].GetProperty("resource").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Transaction_OfThousands_IsOneCommit()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();
        var entries = Enumerable.Range(0, 3000).Select(i => Entry(
            "POST", "Observation", Observation("urn:uuid:1"), null)).Prepend(Entry("POST", "Patient", """{"resourceType":"Patient"}""", "urn:uuid:1"));

        var answer = await gateway.SendAsync("POST", "", Transaction([.. entries]));

        Assert.Equal(200, answer.Status);
        Assert.Equal(3001, answer.Json.GetProperty("entry").GetArrayLength());
    }

    [Theory]
    [InlineData("system/Observation.cruds", 403)]
    [InlineData("system/*.cruds", 200)]
    public async Task Transaction_ScopeOfEachEntry_IsNeeded(string scopes, int status)
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync(
            "POST",
            "",
            Transaction(
                Entry("PUT", "Observation/o1", Observation("Patient/p1").Replace("\"status\"", "\"id\":\"o1\",\"status\"", StringComparison.Ordinal), null),
                Entry("POST", "Patient", """{"resourceType":"Patient"}""", null)),
            ("X-Scopes", scopes));

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200 ? 200 : 404, (await gateway.SendAsync("GET", "Observation/o1")).Status);
    }

    [Fact]
    public async Task Batch_OneInvalidEntry_StoresTheOthers()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("POST", "", Transaction(
            Entry("POST", "Patient", """{"resourceType":"Patient","gender":"unsure"}""", null),
            Entry("POST", "Patient", """{"resourceType":"Patient"}""", null)).Replace("\"transaction\"", "\"batch\"", StringComparison.Ordinal));

        var entries = answer.Json.GetProperty("entry");
        Assert.Equal("422 Unprocessable Entity", entries[0].GetProperty("response").GetProperty("status").GetString());
        Assert.Equal(
            "Bundle.entry[0].resource.gender",
            entries[0].GetProperty("response").GetProperty("outcome").GetProperty("issue")[0].GetProperty("expression")[0].GetString());
        Assert.Equal("201 Created", entries[1].GetProperty("response").GetProperty("status").GetString());
    }
}
