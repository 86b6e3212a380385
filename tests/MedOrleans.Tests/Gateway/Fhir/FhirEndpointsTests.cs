using System.IO.Compression;
using System.Text;
using MedOrleans.Records;
using MedOrleans.Tenants;
using Orleans.Runtime;

namespace MedOrleans.Tests.Gateway.Fhir;

public class FhirEndpointsTests
{
    [Fact]
    public async Task Read_StoredResource_AnswersItsBytesAndVersion()
    {
        await using var gateway = await TestGateway.StartAsync();
        var stored = gateway.Record.Put("Patient", "p1");

        var answer = await gateway.SendAsync("GET", "Patient/p1");

        Assert.Equal(200, answer.Status);
        Assert.Equal(stored.Body, answer.Body);
        Assert.Equal("W/\"1\"", answer.Headers["ETag"]);
        Assert.Equal(stored.LastUpdated.ToString("R"), answer.Headers["Last-Modified"]);
        Assert.Equal("application/fhir+json; charset=utf-8", answer.Headers["Content-Type"]);
        Assert.Equal(stored.Body.Length.ToString(), answer.Headers["Content-Length"]);
        Assert.NotEmpty(answer.Headers["X-Request-Id"]);
    }

    [Theory]
    [InlineData("GET", "Patient/none", 404, "not-found")]
    [InlineData("GET", "Patient/an_id", 404, "not-found")]
    [InlineData("GET", "Patient/gone", 410, "deleted")]
    [InlineData("GET", "Patient/gone/_history/2", 410, "deleted")]
    [InlineData("GET", "Patient/gone/_history/3", 404, "not-found")]
    [InlineData("GET", "Patient/gone/_history/one", 404, "not-found")]
    [InlineData("GET", "Patient/none/_history", 404, "not-found")]
    [InlineData("GET", "Unicorn/1", 404, "not-supported")]
    [InlineData("GET", "Unicorn?name=a", 404, "not-supported")]
    [InlineData("GET", "Patient/_history?_at=2026", 400, "not-supported")]
    [InlineData("GET", "Patient/_history?_since=soon", 400, "value")]
    [InlineData("GET", "Patient/_history?_cursor=x", 400, "value")]
    [InlineData("GET", "Patient?_count=x", 400, "value")]
    [InlineData("PATCH", "Patient/p1", 405, "not-supported")]
    [InlineData("POST", "Patient/p1", 405, "not-supported")]
    [InlineData("GET", "", 405, "not-supported")]
    [InlineData("GET", "Patient/p1/$everything", 404, "not-supported")]
    [InlineData("PUT", "Patient/an_id", 400, "value")]
    [InlineData("PUT", "AuditEvent/w-1", 422, "business-rule")]
    [InlineData("DELETE", "Patient/an_id", 400, "value")]
    public async Task Refusal_EachForm_IsAnOperationOutcome(string method, string path, int status, string code)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "gone");
        await gateway.SendAsync("DELETE", "Patient/gone");

        var answer = await gateway.SendAsync(method, path, method is "PUT" or "POST" ? "{}" : null);

        Assert.Equal(status, answer.Status);
        Assert.Equal(code, answer.IssueCode);
        Assert.Equal("application/fhir+json; charset=utf-8", answer.Headers["Content-Type"]);
        Assert.Equal(status == 405, answer.Headers.ContainsKey("Allow"));
    }

    [Fact]
    public async Task Read_KnownVersion_IsNotModified()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");

        var answer = await gateway.SendAsync("GET", "Patient/p1", null, ("If-None-Match", "W/\"1\""));

        Assert.Equal(304, answer.Status);
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task Head_StoredResource_AnswersHeadersAlone()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");

        var answer = await gateway.SendAsync("HEAD", "Patient/p1");

        Assert.Equal(200, answer.Status);
        Assert.Equal("W/\"1\"", answer.Headers["ETag"]);
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task ReadVersion_OfThePast_AnswersThatVersion()
    {
        await using var gateway = await TestGateway.StartAsync();
        var first = gateway.Record.Put("Patient", "p1");
        gateway.Record.Put("Patient", "p1");

        var answer = await gateway.SendAsync("GET", "Patient/p1/_history/1");

        Assert.Equal(first.Body, answer.Body);
        Assert.Equal("W/\"1\"", answer.Headers["ETag"]);
    }

    [Fact]
    public async Task Delete_Twice_IsNoContentAndTheReadGone()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");

        Assert.Equal(204, (await gateway.SendAsync("DELETE", "Patient/p1")).Status);
        Assert.Equal(204, (await gateway.SendAsync("DELETE", "Patient/p1")).Status);
        var read = await gateway.SendAsync("GET", "Patient/p1");
        Assert.Equal(410, read.Status);
        Assert.Equal("W/\"2\"", read.Headers["ETag"]);
    }

    [Fact]
    public async Task Delete_OfAnOlderVersion_IsPreconditionFailed()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");
        gateway.Record.Put("Patient", "p1");

        var answer = await gateway.SendAsync("DELETE", "Patient/p1", null, ("If-Match", "W/\"1\""));

        Assert.Equal(412, answer.Status);
        Assert.Equal("conflict", answer.IssueCode);
    }

    [Theory]
    [InlineData("GET", "Patient/p1", "system/Observation.cruds")]
    [InlineData("GET", "Patient/p1", "system/Patient.cuds")]
    [InlineData("GET", "Patient/p1/_history", "system/Patient.cuds")]
    [InlineData("GET", "Patient/p1/_history/1", "system/Patient.cuds")]
    [InlineData("GET", "Patient", "system/Patient.crud")]
    [InlineData("GET", "Patient/_history", "system/Patient.crud")]
    [InlineData("GET", "_history", "system/Patient.cruds")]
    [InlineData("POST", "Patient", "system/Patient.ruds")]
    [InlineData("PUT", "Patient/p1", "system/Patient.crds")]
    [InlineData("PUT", "Patient?name=a", "system/Patient.crds")]
    [InlineData("DELETE", "Patient/p1", "system/Patient.crus")]
    [InlineData("DELETE", "Patient?name=a", "system/Patient.crud")]
    public async Task Scope_ThatDoesNotGrantIt_IsForbidden(string method, string path, string scopes)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");

        var answer = await gateway.SendAsync(method, path, method is "POST" or "PUT" ? "{}" : null, ("X-Scopes", scopes));

        Assert.Equal(403, answer.Status);
        Assert.Equal("forbidden", answer.IssueCode);
    }

    [Fact]
    public async Task AnotherHospital_IsNotFound()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");

        Assert.Equal(404, (await gateway.SendAsync("GET", "/fhir/south/Patient/p1")).Status);
    }

    [Fact]
    public async Task ClosedHospital_IsNotFound()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");
        gateway.Record.North = gateway.Record.North with { Status = TenantStatus.Closed };

        Assert.Equal(404, (await gateway.SendAsync("GET", "Patient/p1")).Status);
    }

    [Theory]
    [InlineData("Accept", "application/fhir+xml")]
    [InlineData("Accept", "text/turtle")]
    public async Task Accept_WithoutJson_IsNotAcceptable(string header, string value)
    {
        await using var gateway = await TestGateway.StartAsync();

        var answer = await gateway.SendAsync("GET", "Patient/p1", null, (header, value));

        Assert.Equal(406, answer.Status);
        Assert.Equal("not-supported", answer.IssueCode);
    }

    [Theory]
    [InlineData("POST", "Patient")]
    [InlineData("PUT", "Patient/p1")]
    [InlineData("POST", "")]
    [InlineData("POST", "Patient/_search")]
    public async Task Body_ThatIsNoJson_IsUnsupportedMediaType(string method, string path)
    {
        await using var gateway = await TestGateway.StartAsync();

        var answer = await gateway.SendAsync(method, path, "<Patient/>", ("Content-Type", "application/fhir+xml"));

        Assert.Equal(415, answer.Status);
        Assert.Equal("not-supported", answer.IssueCode);
    }

    [Fact]
    public async Task Body_LargerThanTaken_IsTooLarge()
    {
        await using var gateway = await TestGateway.StartAsync(("MaxBodyBytes", "2048"));

        var answer = await gateway.SendAsync("POST", "Patient", new string(' ', 2049));

        Assert.Equal(413, answer.Status);
        Assert.Equal("too-long", answer.IssueCode);
    }

    [Fact]
    public async Task Body_ThatGrowsWhenDecompressed_IsTooLarge()
    {
        await using var gateway = await TestGateway.StartAsync(("MaxBodyBytes", "2048"));
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[1_000_000]);
        }

        Assert.True(compressed.Length < 2048);
        using var content = new ByteArrayContent(compressed.ToArray());
        content.Headers.ContentType = new("application/fhir+json");
        content.Headers.ContentEncoding.Add("gzip");

        using var answer = await gateway.Client.PostAsync(new Uri("Patient", UriKind.Relative), content);

        Assert.Equal(413, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("gzip", 400)]
    [InlineData("br", 415)]
    public async Task Body_InAnEncodingThatItIsNot_IsRefused(string encoding, int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var content = new StringContent("{}", Encoding.UTF8, "application/fhir+json");
        content.Headers.ContentEncoding.Add(encoding);

        using var answer = await gateway.Client.PostAsync(new Uri("Patient", UriKind.Relative), content);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Pretty_StoredResource_IsIndented()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Observation", "o1", "\"valueQuantity\":{\"value\":1.50}");

        var answer = await gateway.SendAsync("GET", "Observation/o1?_pretty=true");

        var text = Encoding.UTF8.GetString(answer.Body);
        Assert.Contains("\n  \"resourceType\": \"Observation\"", text, StringComparison.Ordinal);
        Assert.Contains("1.50", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gzip_LargeBody_IsCompressedAndSmallIsNot()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "small");
        var large = gateway.Record.Put("Patient", "large", $"\"language\":\"{new string('a', 5000)}\"");

        var small = await gateway.SendAsync("GET", "Patient/small", null, ("Accept-Encoding", "gzip, deflate"));
        var answer = await gateway.SendAsync("GET", "Patient/large", null, ("Accept-Encoding", "gzip, deflate"));

        Assert.False(small.Headers.ContainsKey("Content-Encoding"));
        Assert.Equal("gzip", answer.Headers["Content-Encoding"]);
        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress);
        await gzip.CopyToAsync(plain);
        Assert.Equal(large.Body, plain.ToArray());
    }

    [Fact]
    public async Task RequestId_Given_IsEchoedUnlessItIsUnsafe()
    {
        await using var gateway = await TestGateway.StartAsync();

        Assert.Equal("r-1", (await gateway.SendAsync("GET", "Patient/p1", null, ("X-Request-Id", "r-1"))).Headers["X-Request-Id"]);
        Assert.NotEqual("<b>", (await gateway.SendAsync("GET", "Patient/p1", null, ("X-Request-Id", "<b>"))).Headers["X-Request-Id"]);
    }

    [Fact]
    public async Task History_OfAResource_PagesThroughItsVersions()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");
        gateway.Record.Put("Patient", "other");
        gateway.Record.Put("Patient", "p1");
        await gateway.SendAsync("DELETE", "Patient/p1");

        var page = (await gateway.SendAsync("GET", "Patient/p1/_history?_count=2")).Json;

        Assert.Equal("history", page.GetProperty("type").GetString());
        Assert.Equal(3, page.GetProperty("total").GetInt64());
        var deletion = page.GetProperty("entry")[0];
        Assert.False(deletion.TryGetProperty("resource", out _));
        Assert.Equal("DELETE", deletion.GetProperty("request").GetProperty("method").GetString());
        Assert.Equal("W/\"2\"", page.GetProperty("entry")[1].GetProperty("response").GetProperty("etag").GetString());
        var next = page.GetProperty("link").EnumerateArray().Single(link => link.GetProperty("relation").GetString() == "next");
        var last = (await gateway.SendAsync("GET", next.GetProperty("url").GetString()!)).Json;
        var create = Assert.Single(last.GetProperty("entry").EnumerateArray());
        Assert.Equal("POST", create.GetProperty("request").GetProperty("method").GetString());
        Assert.Equal($"{gateway.BaseUrl}/Patient/p1", create.GetProperty("fullUrl").GetString());
        Assert.DoesNotContain(last.GetProperty("link").EnumerateArray(), link => link.GetProperty("relation").GetString() == "next");
    }

    [Fact]
    public async Task PublicBaseUrl_Configured_LeadsEveryLink()
    {
        await using var gateway = await TestGateway.StartAsync(("PublicBaseUrl", "https://record.example.org/"));
        gateway.Record.Put("Patient", "p1");

        var page = (await gateway.SendAsync("GET", "Patient/_history")).Json;

        Assert.Equal("https://record.example.org/fhir/north/Patient/p1", page.GetProperty("entry")[0].GetProperty("fullUrl").GetString());
        Assert.Equal("https://record.example.org/fhir/north/Patient/_history", page.GetProperty("link")[0].GetProperty("url").GetString());
    }

    [Fact]
    public async Task Read_SiloLostOnce_IsAskedAgain()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");
        gateway.Record.Faults.Enqueue(new SiloUnavailableException());

        Assert.Equal(200, (await gateway.SendAsync("GET", "Patient/p1")).Status);
    }

    [Fact]
    public async Task Delete_ClusterLostForAWhile_IsSentUntilItIsBack()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");
        for (var i = 0; i < 5; i++)
        {
            gateway.Record.Faults.Enqueue(new TimeoutException());
        }

        Assert.Equal(204, (await gateway.SendAsync("DELETE", "Patient/p1")).Status);
        Assert.Empty(gateway.Record.Faults);
    }

    [Fact]
    public async Task Delete_ClusterLost_IsUnavailableOnceTheTimeToRetryIsOver()
    {
        await using var gateway = await TestGateway.StartAsync(("RetryFor", "00:00:00"));
        gateway.Record.Put("Patient", "p1");
        gateway.Record.Faults.Enqueue(new TimeoutException());

        var answer = await gateway.SendAsync("DELETE", "Patient/p1");

        Assert.Equal(503, answer.Status);
        Assert.Equal("transient", answer.IssueCode);
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task Delete_SiloHasTooMuchToDo_IsUnavailableAfterThreeTries()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");
        for (var i = 0; i < 3; i++)
        {
            gateway.Record.Faults.Enqueue(new RecordUnavailableException("Too many writes are waiting.", isTransient: true) { IsRefusal = true });
        }

        var answer = await gateway.SendAsync("DELETE", "Patient/p1");

        Assert.Equal(503, answer.Status);
        Assert.Equal("transient", answer.IssueCode);
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
        Assert.Empty(gateway.Record.Faults);
    }

    [Fact]
    public async Task Fault_Inside_IsAnsweredWithTheRequestIdAlone()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Faults.Enqueue(new InvalidOperationException("Lee, born 1970"));

        var answer = await gateway.SendAsync("GET", "Patient/p1", null, ("X-Request-Id", "r-9"));

        Assert.Equal(500, answer.Status);
        Assert.Equal("exception", answer.IssueCode);
        Assert.Contains("r-9", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
        Assert.DoesNotContain("Lee", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_MoreThanTakenOn_AreToldToComeBack()
    {
        await using var gateway = await TestGateway.StartAsync(("MaxConcurrentRequests", "1"), ("MaxQueuedRequests", "0"));
        gateway.Record.Put("Patient", "p1");
        gateway.Record.Gate = new TaskCompletionSource();
        var first = gateway.SendAsync("GET", "Patient/p1");
        TestAnswer second;
        do
        {
            // The first may not have arrived yet; then this one is held until the gate opens, so it must not be a read.
            second = await gateway.SendAsync("GET", "Patient/_history");
        }
        while (second.Status == 200);
        gateway.Record.Gate.SetResult();

        Assert.Equal(503, second.Status);
        Assert.Equal("throttled", second.IssueCode);
        Assert.True(second.Headers.ContainsKey("Retry-After"));
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Metadata_WithoutCredential_SaysWhatIsMapped()
    {
        await using var gateway = await TestGateway.StartAsync();

        var north = await gateway.SendAsync("GET", "metadata");
        var nobody = await gateway.SendAsync("GET", "/fhir/nobody/metadata");

        Assert.Equal(200, north.Status);
        Assert.Equal(north.Body, nobody.Body);
        Assert.Equal("4.0.1", north.Json.GetProperty("fhirVersion").GetString());
        var rest = north.Json.GetProperty("rest")[0];
        var patient = rest.GetProperty("resource").EnumerateArray().Single(resource => resource.GetProperty("type").GetString() == "Patient");
        Assert.Equal(
            ["create", "delete", "history-instance", "history-type", "read", "search-type", "update", "vread"],
            patient.GetProperty("interaction").EnumerateArray().Select(interaction => interaction.GetProperty("code").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["batch", "history-system", "transaction"],
            rest.GetProperty("interaction").EnumerateArray().Select(interaction => interaction.GetProperty("code").GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task SmartConfiguration_WithoutCredential_NamesTheTokenEndpoint()
    {
        await using var gateway = await TestGateway.StartAsync(("PublicBaseUrl", "https://record.example.org"));

        var answer = await gateway.SendAsync("GET", ".well-known/smart-configuration");

        Assert.Equal("https://record.example.org/oauth2/token", answer.Json.GetProperty("token_endpoint").GetString());
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
    }

    [Fact]
    public async Task AuditEvent_OfAWrite_IsReadById()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");

        var answer = await gateway.SendAsync("GET", "AuditEvent/w-1");

        Assert.Equal(200, answer.Status);
        Assert.Equal("C", answer.Json.GetProperty("action").GetString());
        Assert.Equal(404, (await gateway.SendAsync("GET", "AuditEvent/w-2")).Status);
    }

    [Theory]
    [InlineData("{\"resourceType\":\"Bundle\",\"type\":\"searchset\"}", "Bundle.type", 400)]
    [InlineData("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/1\"}},{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/1\"}}]}", "Bundle.entry[1]", 400)]
    [InlineData("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"POST\",\"url\":\"Patient\"}}]}", "Bundle.entry[0].resource", 400)]
    [InlineData("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"PATCH\",\"url\":\"Patient/1\"}}]}", "Bundle.entry[0]", 405)]
    [InlineData("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"DELETE\",\"url\":\"Unicorn/1\"}}]}", "Bundle.entry[0]", 404)]
    [InlineData("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"POST\",\"url\":\"Observation\"},\"resource\":{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"urn:uuid:2\"}}}]}", "Bundle.entry[0].resource.subject.reference", 412)]
    public async Task Transaction_ThatCannotBeDone_NamesItsElement(string bundle, string element, int status)
    {
        await using var gateway = await TestGateway.StartAsync();

        var answer = await gateway.SendAsync("POST", "", bundle);

        Assert.Equal(status, answer.Status);
        Assert.Equal(element, answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString());
    }

    [Fact]
    public async Task Batch_EntriesOfEveryFate_StandAlone()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Record.Put("Patient", "p1");
        gateway.Record.Put("Patient", "p2");

        var answer = await gateway.SendAsync("POST", "", """
            {"resourceType":"Bundle","type":"batch","entry":[
              {"request":{"method":"GET","url":"Patient/p1"}},
              {"request":{"method":"GET","url":"Patient/none"}},
              {"request":{"method":"DELETE","url":"Patient/p2"}},
              {"request":{"method":"GET","url":"Patient/p1/_history"}},
              {"request":{"method":"POST","url":"Patient"}}]}
            """);

        Assert.Equal(200, answer.Status);
        Assert.Equal("batch-response", answer.Json.GetProperty("type").GetString());
        var entries = answer.Json.GetProperty("entry");
        string[] statuses = [.. entries.EnumerateArray().Select(entry => entry.GetProperty("response").GetProperty("status").GetString()!)];
        Assert.Equal(["200 OK", "404 Not Found", "204 No Content", "200 OK", "400 Bad Request"], statuses);
        Assert.Equal("p1", entries[0].GetProperty("resource").GetProperty("id").GetString());
        Assert.Equal("Bundle.entry[1]", entries[1].GetProperty("response").GetProperty("outcome").GetProperty("issue")[0].GetProperty("expression")[0].GetString());
        Assert.Equal("history", entries[3].GetProperty("resource").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Options_OutOfRange_StopTheStart() =>
        await Assert.ThrowsAnyAsync<Exception>(() => TestGateway.StartAsync(("MaxBodyBytes", "1")));
}
