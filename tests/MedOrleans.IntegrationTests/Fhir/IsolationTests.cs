using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using static MedOrleans.IntegrationTests.Fhir.TwoHospitals;

namespace MedOrleans.IntegrationTests.Fhir;

/// <summary>On SQLite.</summary>
public sealed class SqliteIsolationTests(SqliteHospitals fixture) : IsolationTests(fixture.Hospitals), IClassFixture<SqliteHospitals>;

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresIsolationTests(PostgresHospitals fixture) : IsolationTests(fixture.Hospitals), IClassFixture<PostgresHospitals>;

/// <summary>One hospital's token and another's ids, over every route: nothing of the other's is read, changed or even told to exist.</summary>
public abstract class IsolationTests(TwoHospitals hospitals)
{
    private const string Identifier = Identifiers + "|";

    private HttpClient Alder => hospitals.Alder.Client;

    [Fact]
    public async Task Routes_AnotherHospitalsAddress_AnswerAsOneThatNobodyHas()
    {
        var before = await hospitals.BirchAsync();
        var routes = hospitals.Routes.Where(route => route.RoutePattern.GetParameter("tenant") is not null).ToList();
        Assert.True(routes.Count > 20);
        foreach (var route in routes)
        {
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET", "POST", "PUT", "PATCH", "DELETE"])
            {
                var (status, body) = await SendAsync(method, PathOf(route.RoutePattern, "birch"));
                var (nobodysStatus, nobodys) = await SendAsync(method, PathOf(route.RoutePattern, "nobody"));

                var isOpen = route.RoutePattern.RawText!.EndsWith("/metadata", StringComparison.Ordinal) || route.RoutePattern.RawText.EndsWith("/smart-configuration", StringComparison.Ordinal);
                var name = $"{method} {route.RoutePattern.RawText}: {(int)status}";
                Assert.True(isOpen ? status == HttpStatusCode.OK : status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden, name);
                Assert.True(status == nobodysStatus, name);
                Assert.Equal(nobodys.Replace("nobody", "birch", StringComparison.Ordinal), body);
            }
        }

        Assert.Equal(before, await hospitals.BirchAsync());
    }

    [Theory]
    [InlineData("Patient/birch-only", 404)]
    [InlineData("Patient/birch-gone", 404)]
    [InlineData("Patient/birch-only/_history", 404)]
    [InlineData("Patient/birch-gone/_history", 404)]
    [InlineData("Patient/birch-only/_history/1", 404)]
    [InlineData("Patient/shared/_history/2", 404)]
    [InlineData("Practitioner/birch-doctor", 404)]
    [InlineData("Patient/shared", 200)]
    [InlineData("Patient/shared/_history", 200, 1)]
    [InlineData("Patient?_id=birch-only,birch-gone", 200, 0)]
    [InlineData("Patient?_id=birch-only,shared", 200, 1)]
    [InlineData("Patient?family:contains=feather", 200, 0)]
    [InlineData("Patient?identifier=" + Identifier + "common", 200, 1)]
    [InlineData("Patient?identifier=" + Identifier + "b-only", 200, 0)]
    [InlineData("Patient?identifier:not=" + Identifier + "nothing&_id=birch-only", 200, 0)]
    [InlineData("Patient?family=alder,quill,first&_sort=family&_total=accurate", 200, 1)]
    [InlineData("Patient?_id=shared&_revinclude=Observation:subject", 200, 2)]
    [InlineData("Patient?_id=shared&_include=Patient:general-practitioner", 200, 1)]
    [InlineData("Patient?_has:Encounter:subject:status=in-progress", 400)]
    [InlineData("Patient?general-practitioner.family:contains=feather", 200, 0)]
    [InlineData("Observation?performer:Practitioner.identifier=" + Identifier + "doctor", 200, 0)]
    [InlineData("Observation?subject:Patient.identifier=" + Identifier + "b-only", 200, 0)]
    [InlineData("Observation?_id=alder-obs&_include=Observation:subject&_include=Observation:performer", 200, 1)]
    [InlineData("Observation?_id=alder-obs&_include=*", 200, 1)]
    [InlineData("Encounter", 200, 0)]
    [InlineData("Encounter/_history", 200, 0)]
    [InlineData("AuditEvent?entity=Patient/birch-only", 200, 0)]
    [InlineData("AuditEvent?entity=Patient/birch-gone&action=D", 200, 0)]
    public async Task Read_AnotherHospitalsIds_FindsOnlyItsOwn(string path, int status, int? entries = null)
    {
        using var response = await Alder.GetAsync(new Uri("/fhir/alder/" + path, UriKind.Relative));

        var body = await OwnAsync(response);
        Assert.Equal(status, (int)response.StatusCode);
        if (entries is { } count)
        {
            using var bundle = JsonDocument.Parse(body);
            Assert.Equal(count, bundle.RootElement.TryGetProperty("entry", out var found) ? found.GetArrayLength() : 0);
        }

        using var post = new FormUrlEncodedContent([]);
        if (path.Contains('?', StringComparison.Ordinal))
        {
            using var posted = await Alder.PostAsync(new Uri($"/fhir/alder/{path.Replace("?", "/_search?", StringComparison.Ordinal)}", UriKind.Relative), post);
            Assert.Equal(status, (int)posted.StatusCode);
            await OwnAsync(posted);
        }
    }

    [Fact]
    public async Task Read_ReferencesByAnotherHospitalsAddress_AreNotFollowed()
    {
        await PutAsync("Observation/alder-abroad", $$$"""{"resourceType":"Observation","id":"alder-abroad","status":"final","code":{"text":"pulse"},"subject":{"reference":"{{{hospitals.Address}}}fhir/birch/Patient/birch-only"}}""");

        foreach (var path in (string[])[
            "Observation?_id=alder-abroad&_include=Observation:subject",
            $"Observation?subject={hospitals.Address}fhir/birch/Patient/birch-only&_include=Observation:subject",
            "Observation?_id=alder-abroad&subject:Patient.family:contains=feather"])
        {
            using var response = await Alder.GetAsync(new Uri("/fhir/alder/" + path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await OwnAsync(response);
        }
    }

    [Fact]
    public async Task AuditTrail_SequencesOfAnotherHospital_AreNowhere()
    {
        var birchs = await Trail.EventsAsync(hospitals.Birch);
        var alders = await Trail.EventsAsync(hospitals.Alder);
        Assert.True(birchs.Count > 10);
        Assert.Empty(birchs.Intersect(alders));

        foreach (var id in birchs)
        {
            foreach (var path in (string[])[$"AuditEvent/{id}", $"AuditEvent/{id}/_history/1"])
            {
                using var response = await Alder.GetAsync(new Uri($"/fhir/alder/{path}", UriKind.Relative));
                Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            }

            using var search = await Alder.GetAsync(new Uri($"/fhir/alder/AuditEvent?_id={id}", UriKind.Relative));
            Assert.DoesNotContain("\"entry\"", await OwnAsync(search), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Patient?_count=1")]
    [InlineData("Patient?_count=1&_sort=family")]
    [InlineData("Patient?_count=1&_sort=-_lastUpdated")]
    [InlineData("Patient/_history?_count=1")]
    [InlineData("_history?_count=1")]
    [InlineData("AuditEvent?_count=1")]
    public async Task Page_AnotherHospitalsNextLink_LeadsToItsOwnOrNowhere(string path)
    {
        using var first = await hospitals.Birch.Client.GetAsync(new Uri("/fhir/birch/" + path, UriKind.Relative));
        var next = (await Hospital.JsonAsync(first)).GetProperty("link").EnumerateArray()
            .Single(link => link.GetProperty("relation").GetString() == "next").GetProperty("url").GetString()!;

        using var response = await Alder.GetAsync(new Uri(next.Replace("/fhir/birch/", "/fhir/alder/", StringComparison.Ordinal)));

        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest);
        await OwnAsync(response);
    }

    [Fact]
    public async Task Write_AnotherHospitalsIds_MakesItsOwn()
    {
        var before = await hospitals.BirchAsync();

        using var conditional = await SendAsync(HttpMethod.Put, "Patient/birch-put", Patient("birch-put"), ("If-Match", "W/\"1\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, conditional.StatusCode);
        await OwnAsync(conditional);
        using var put = await SendAsync(HttpMethod.Put, "Patient/birch-put", Patient("birch-put"));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal("W/\"1\"", put.Headers.ETag!.ToString());
        using var deleted = await SendAsync(HttpMethod.Delete, "Patient/birch-delete", null);
        using var deletedByCriteria = await SendAsync(HttpMethod.Delete, $"Patient?identifier={Identifier}b-match", null);
        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.NoContent], [deleted.StatusCode, deletedByCriteria.StatusCode]);
        using var updated = await SendAsync(HttpMethod.Put, $"Patient?identifier={Identifier}b-match", Patient(null));
        Assert.Equal(HttpStatusCode.Created, updated.StatusCode);
        using var created = await SendAsync(HttpMethod.Post, "Patient", Patient(null), ("If-None-Exist", $"identifier={Identifier}b-only"));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var refers = await SendAsync(HttpMethod.Post, "Observation", $$$"""{"resourceType":"Observation","status":"final","code":{"text":"pulse"},"performer":[{"reference":"Practitioner?identifier={{{Identifier}}}doctor"}]}""");
        Assert.Equal(HttpStatusCode.PreconditionFailed, refers.StatusCode);

        Assert.Equal(before, await hospitals.BirchAsync());
    }

    [Theory]
    [InlineData("GET", "{0}fhir/birch/Patient/birch-batch")]
    [InlineData("GET", "/fhir/birch/Patient/birch-batch")]
    [InlineData("GET", "../birch/Patient/birch-batch")]
    [InlineData("GET", "{0}fhir/alder/../birch/Patient/birch-batch")]
    [InlineData("GET", "{0}fhir/birch/Patient?_id=birch-batch")]
    [InlineData("GET", "{0}fhir/birch/_history")]
    [InlineData("GET", "Patient/birch-batch")]
    [InlineData("GET", "Patient/birch-batch/_history/1")]
    [InlineData("GET", "Observation?_id=alder-obs&_include=Observation:subject")]
    [InlineData("DELETE", "{0}fhir/birch/Patient/birch-batch")]
    [InlineData("DELETE", "/fhir/birch/Patient/birch-batch")]
    [InlineData("DELETE", "Patient?identifier=" + Identifier + "b-batch")]
    [InlineData("PUT", "{0}fhir/birch/Patient/birch-batch")]
    [InlineData("PUT", "../birch/Patient/birch-batch")]
    [InlineData("POST", "{0}fhir/birch/Patient")]
    public async Task Bundle_EntryByAnotherHospitalsAddressOrId_DoesNotReachIt(string method, string url)
    {
        var before = await hospitals.BirchAsync();
        url = url.Replace("{0}", hospitals.Address.ToString(), StringComparison.Ordinal);
        var resource = method is "PUT" or "POST" ? $"\"resource\":{Patient(method == "PUT" ? "birch-batch" : null)}," : "";

        foreach (var type in (string[])["batch", "transaction"])
        {
            using var response = await SendAsync(HttpMethod.Post, "", $$$"""{"resourceType":"Bundle","type":"{{{type}}}","entry":[{{{{resource}}}"request":{"method":"{{{method}}}","url":"{{{url}}}"}}]}""");
            var body = await OwnAsync(response);
            if (url.Contains("birch/", StringComparison.Ordinal))
            {
                Assert.True(type == "batch" ? body.Contains("\"status\":\"40", StringComparison.Ordinal) : (int)response.StatusCode is >= 400 and < 500, body);
            }
        }

        Assert.Equal(before, await hospitals.BirchAsync());
    }

    [Fact]
    public async Task BulkLoad_AnotherHospitalsContent_IsItsOwnAndNew()
    {
        var before = await hospitals.BirchAsync();
        using var stored = await hospitals.Birch.Client.GetAsync(new Uri("/fhir/birch/Patient/birch-bulk", UriKind.Relative));
        var patient = await stored.Content.ReadAsStringAsync();
        var refers = $$$"""{"resourceType":"Observation","id":"bulk-refers","status":"final","code":{"text":"pulse"},"performer":[{"reference":"Practitioner?identifier={{{Identifier}}}doctor"}]}""";

        // Birch resolves the same reference first, so that a memory of it would be asked.
        using var birchs = await BulkAsync(hospitals.Birch.Client, "birch", "{}\n" + refers.Replace("\"status\":\"final\"", "\"status\":\"fine\"", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, birchs.StatusCode);
        using var alders = await BulkAsync(Alder, "alder", $"{patient}\n{refers}");

        var reply = await Hospital.JsonAsync(alders);
        Assert.Equal((2, 0, 0), (reply.GetProperty("created").GetInt32(), reply.GetProperty("unchanged").GetInt32(), reply.GetProperty("refused").GetInt32()));
        var warned = Assert.Single(reply.GetProperty("lines").EnumerateArray());
        Assert.Equal(2, warned.GetProperty("line").GetInt32());
        Assert.Equal(before, await hospitals.BirchAsync());
        using var deleted = await SendAsync(HttpMethod.Delete, "Patient/birch-bulk", null);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Fact]
    public async Task Token_ChangedToAnotherHospital_IsRefused()
    {
        var parts = hospitals.Alder.Token.Split('.');
        var payload = Encoding.UTF8.GetString(Decode(parts[1]));
        Assert.Contains("\"tenant\":\"alder\"", payload, StringComparison.Ordinal);
        var birchs = Encode(payload.Replace("\"tenant\":\"alder\"", "\"tenant\":\"birch\"", StringComparison.Ordinal));
        var both = Encode(payload.Replace("\"tenant\":\"alder\"", "\"tenant\":[\"alder\",\"birch\"]", StringComparison.Ordinal));
        var unsigned = Encode("""{"alg":"none","typ":"JWT"}""");

        foreach (var token in (string[])[
            $"{parts[0]}.{birchs}.{parts[2]}",
            $"{parts[0]}.{both}.{parts[2]}",
            $"{unsigned}.{birchs}.",
            $"{unsigned}.{birchs}.{parts[2]}",
            $"{parts[0]}.{birchs}.{hospitals.Birch.Token.Split('.')[2]}"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(hospitals.Address, "/fhir/birch/Patient/shared"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var client = new HttpClient();
            using var response = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            await OwnAsync(response);
        }
    }

    [Theory]
    [InlineData("GET /fhir/alder/../birch/Patient/shared HTTP/1.1")]
    [InlineData("GET /fhir/alder/%2e%2e/birch/Patient/shared HTTP/1.1")]
    [InlineData("GET /fhir/alder%2F..%2Fbirch/Patient/shared HTTP/1.1")]
    [InlineData("GET /fhir/alder/Patient/..%2F..%2Fbirch%2FPatient%2Fshared HTTP/1.1")]
    [InlineData("GET /fhir/alder/Patient/../../birch/Patient/birch-only HTTP/1.1")]
    [InlineData("GET /fhir/%62irch/Patient/shared HTTP/1.1")]
    [InlineData("GET /fhir/Birch/Patient/shared HTTP/1.1")]
    [InlineData("GET /FHIR/birch/Patient/shared HTTP/1.1")]
    [InlineData("GET //fhir/birch/Patient/shared HTTP/1.1")]
    [InlineData("GET /fhir/birch/Patient/shared?tenant=alder HTTP/1.1")]
    [InlineData("GET /fhir/birch;alder/Patient/shared HTTP/1.1")]
    [InlineData("GET /fhir/alder/Patient/shared%00/../../birch/Patient/birch-only HTTP/1.1")]
    [InlineData("GET /fhir/birch/Patient/shared HTTP/1.1\r\nX-Original-URL: /fhir/alder/Patient/shared")]
    [InlineData("GET /fhir/birch/Patient/shared HTTP/1.1\r\nX-Tenant: alder\r\nX-HTTP-Method-Override: GET")]
    [InlineData("GET /fhir/alder/Patient/birch-only HTTP/1.1\r\nX-Tenant: birch\r\nX-Forwarded-Prefix: /fhir/birch\r\nX-Original-URL: /fhir/birch/Patient/birch-only")]
    [InlineData("GET http://127.0.0.1/fhir/birch/Patient/shared HTTP/1.1")]
    public async Task Request_SpelledToMislead_StaysOutside(string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(hospitals.Address.Host, hospitals.Address.Port);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{request}\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {hospitals.Alder.Token}\r\n\r\n"));

        var answer = await new StreamReader(stream).ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 4", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Mark, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_BothHospitalsAtOnce_EachSeesItsOwn()
    {
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) =>
        {
            var hospital = i % 2 == 0 ? hospitals.Alder : hospitals.Birch;
            var path = i % 4 < 2 ? "Patient/shared" : $"Patient?identifier={Identifier}common";
            var body = await hospital.Client.GetStringAsync(new Uri($"/fhir/{hospital.Tenant}/{path}", UriKind.Relative), cancel);
            Assert.Equal(i % 2 != 0, body.Contains(Mark, StringComparison.Ordinal));
            Assert.Equal(i % 2 == 0, body.Contains("Alderson", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Operator_HospitalsRecord_IsClosed()
    {
        foreach (var path in (string[])["Patient/shared", "Patient", "_history", "AuditEvent"])
        {
            using var response = await hospitals.Administrator.GetAsync(new Uri($"/fhir/birch/{path}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            await OwnAsync(response);
        }
    }

    private static async Task<string> OwnAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain(Mark, $"{response.Headers} {response.Content.Headers} {body}", StringComparison.Ordinal);
        return body;
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("X-Request-Id", "same");
        if (method is not ("GET" or "HEAD" or "DELETE"))
        {
            request.Content = Json(Patient(path.Contains("/shared", StringComparison.Ordinal) ? "shared" : null));
        }

        using var response = await Alder.SendAsync(request);
        // A problem's trace id is another for each request.
        var body = await OwnAsync(response);
        return (response.StatusCode, body.Contains("\"traceId\"", StringComparison.Ordinal) ? body[..body.IndexOf("\"traceId\"", StringComparison.Ordinal)] : body);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, "/fhir/alder/" + path) { Content = json is null ? null : Json(json) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await Alder.SendAsync(request);
    }

    private async Task PutAsync(string path, string json)
    {
        using var response = await SendAsync(HttpMethod.Put, path, json);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> BulkAsync(HttpClient client, string tenant, string lines)
    {
        using var content = new StringContent(lines, Encoding.UTF8, "application/fhir+ndjson");
        return await client.PostAsync(new Uri($"/fhir/{tenant}/$bulk-load", UriKind.Relative), content);
    }

    private static string Patient(string? id) => $$"""{"resourceType":"Patient",{{(id is null ? "" : $"\"id\":\"{id}\",")}}"name":[{"family":"Intruder"}]}""";

    private static string PathOf(RoutePattern pattern, string tenant) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternParameterPart { Name: "tenant" } => tenant,
        RoutePatternParameterPart { Name: "type" } => "Patient",
        RoutePatternParameterPart { Name: "id" } => "shared",
        RoutePatternParameterPart { Name: "version" } => "1",
        _ => "x",
    }))));

    private static byte[] Decode(string part) => Convert.FromBase64String(part.Replace('-', '+').Replace('_', '/').PadRight((part.Length + 3) / 4 * 4, '='));

    private static string Encode(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static class Trail
    {
        /// <summary>The ids of all events of a hospital's audit trail.</summary>
        public static async Task<List<string>> EventsAsync(TenantAccess hospital)
        {
            var trail = await Hospital.GetAsync(hospital.Client, $"/fhir/{hospital.Tenant}/AuditEvent?_count=1000");
            return [.. trail.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("id").GetString()!)];
        }
    }
}
