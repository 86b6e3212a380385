using System.Text.Json;

namespace MedOrleans.Tests.Gateway.Fhir;

public class FhirWriteTests
{
    private const string Patient = """{"resourceType":"Patient","name":[{"family":"Lee","given":["Ann"]}],"birthDate":"1970-02-03"}""";

    [Fact]
    public async Task Create_Resource_GivesItAnIdAVersionAndAPlace()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("POST", "Patient", Patient);

        Assert.Equal(201, answer.Status);
        var id = answer.Json.GetProperty("id").GetString();
        Assert.Equal($"{gateway.BaseUrl}/Patient/{id}/_history/1", answer.Headers["Location"]);
        Assert.Equal("W/\"1\"", answer.Headers["ETag"]);
        Assert.Equal("1", answer.Json.GetProperty("meta").GetProperty("versionId").GetString());
        Assert.Equal(answer.Body, (await gateway.SendAsync("GET", $"Patient/{id}")).Body);
    }

    [Theory]
    [InlineData("return=minimal", 0, null)]
    [InlineData("return=representation", null, "Patient")]
    [InlineData("return=OperationOutcome", null, "OperationOutcome")]
    public async Task Create_Preferred_AnswersThat(string prefer, int? length, string? type)
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("POST", "Patient", Patient, ("Prefer", prefer));

        Assert.Equal(201, answer.Status);
        Assert.Equal(length ?? answer.Body.Length, answer.Body.Length);
        Assert.Equal(type, answer.Body.Length == 0 ? null : answer.Json.GetProperty("resourceType").GetString());
    }

    [Theory]
    [InlineData("Patient", "{\"resourceType\":\"Patient\"", 400, "structure", null)]
    [InlineData("Patient", "", 400, "structure", null)]
    [InlineData("Patient", "[]", 400, "structure", "Patient")]
    [InlineData("Patient", "{\"resourceType\":\"Group\"}", 400, "value", "Patient")]
    [InlineData("Patient", "{\"resourceType\":\"Patient\",\"nickname\":\"Al\"}", 400, "structure", "Patient.nickname")]
    [InlineData("Patient", "{\"resourceType\":\"Patient\",\"gender\":\"unsure\"}", 422, "code-invalid", "Patient.gender")]
    [InlineData("Patient", "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"a\"},{\"family\":\"\"}]}", 422, "value", "Patient.name[1].family")]
    [InlineData("Observation", "{\"resourceType\":\"Observation\",\"status\":\"final\"}", 422, "required", "Observation.code")]
    [InlineData("Observation", "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"a\"},\"subject\":{\"reference\":\"nobody\"}}", 422, "value", "Observation.subject.reference")]
    public async Task Create_OfWhatIsNotValid_NamesTheElementAndStoresNothing(string type, string body, int status, string code, string? element)
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("POST", type, body);

        Assert.Equal(status, answer.Status);
        Assert.Equal(code, answer.IssueCode);
        Assert.Equal(element, answer.Json.GetProperty("issue")[0].TryGetProperty("expression", out var expression) ? expression[0].GetString() : null);
        Assert.False((await gateway.SendAsync("GET", "_history")).Json.TryGetProperty("entry", out _));
    }

    [Fact]
    public async Task Update_UnderAnIdOfTheClients_CreatesThenUpdates()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var first = await gateway.SendAsync("PUT", "Patient/p1", WithId("p1"));
        var second = await gateway.SendAsync("PUT", "Patient/p1", WithId("p1"));

        Assert.Equal((201, "W/\"1\""), (first.Status, first.Headers["ETag"]));
        Assert.Equal((200, "W/\"2\""), (second.Status, second.Headers["ETag"]));
    }

    [Fact]
    public async Task Update_OfAnOlderVersion_IsPreconditionFailedAndChangesNothing()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();
        await gateway.SendAsync("PUT", "Patient/p1", WithId("p1"));
        await gateway.SendAsync("PUT", "Patient/p1", WithId("p1"));

        var late = await gateway.SendAsync("PUT", "Patient/p1", WithId("p1"), ("If-Match", "W/\"1\""));
        var right = await gateway.SendAsync("PUT", "Patient/p1", WithId("p1"), ("If-Match", "W/\"2\""));

        Assert.Equal((412, "conflict"), (late.Status, late.IssueCode));
        Assert.Equal((200, "W/\"3\""), (right.Status, right.Headers["ETag"]));
    }

    [Fact]
    public async Task Update_OfAnotherId_IsRefused()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();

        var answer = await gateway.SendAsync("PUT", "Patient/p1", WithId("p2"));

        Assert.Equal(400, answer.Status);
        Assert.Equal("Patient.id", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString());
    }

    [Fact]
    public async Task Delete_ThenUpdate_BringsItBack()
    {
        await using var gateway = await TestGateway.StartOnSqliteAsync();
        await gateway.SendAsync("PUT", "Patient/p1", WithId("p1"));
        await gateway.SendAsync("DELETE", "Patient/p1");

        Assert.Equal(410, (await gateway.SendAsync("GET", "Patient/p1")).Status);
        Assert.Equal((201, "W/\"3\""), await gateway.SendAsync("PUT", "Patient/p1", WithId("p1")) is var back ? (back.Status, back.Headers["ETag"]) : default);
    }

    private static string WithId(string id) => Patient.Replace("\"Patient\",", $"\"Patient\",\"id\":{JsonSerializer.Serialize(id)},", StringComparison.Ordinal);
}
