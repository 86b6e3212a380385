using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedOrleans.IntegrationTests.Record;
using MedOrleans.Metering;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>A hospital takes its record with it: FHIR Bulk Data, and the command line both ways.</summary>
public sealed class ExportTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Export_ThenImportIntoAnother_EveryResourceIsEqual(bool onPostgres)
    {
        await using var host = await HostProcess.StartAsync(
            onPostgres ? await postgres.NewDatabaseAsync() : null, settings: new Dictionary<string, string> { ["MEDORLEANS__Metering__FlushInterval"] = "00:00:00.5" });
        using var north = await host.CreateTenantAsync("north");
        using var copy = await host.CreateTenantAsync("copy");
        await FillAsync(north, 700);
        var folder = Path.Combine(host.DataFolder, "north-export");

        var (code, output, error) = await HostProcess.CommandAsync(["export", "--tenant", "north", "--out", folder, "--credentials", await SaveAsync(host, north)]);
        Assert.True(code == 0, error);
        Assert.Contains("what changes from now on: --since ", output, StringComparison.Ordinal);

        // By the operator, or by the hospital itself.
        string[] credentials = onPostgres ? ["--credentials", await SaveAsync(host, copy)] : [];
        (code, output, error) = await HostProcess.CommandAsync(["import", folder, "--tenant", "copy", "--data", host.DataFolder, .. credentials]);
        Assert.True(code == 0, output + error);

        var expected = await ContentAsync(north);
        Assert.Equal(1404, expected.Count);
        var found = await ContentAsync(copy);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, pair => Assert.Equal(pair.Value, found[pair.Key]));

        // Handed out is metered, one a row; the export is let go once it is fetched.
        await Eventually.TrueAsync(async () => await MeteredAsync(north) == 1404);

        // The operator's token opens no record, by this way neither.
        (code, _, error) = await HostProcess.CommandAsync(["export", "--tenant", "north", "--out", folder + "2", "--data", host.DataFolder]);
        Assert.Equal(1, code);
        Assert.Contains("opens no hospital's record", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_ByBulkData_AnswersAsTheGuideSays()
    {
        await using var host = await HostProcess.StartAsync();
        using var north = await host.CreateTenantAsync("north");
        await FillAsync(north, 3);

        using var impatient = await north.Client.GetAsync(new Uri("/fhir/north/$export", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, impatient.StatusCode);
        foreach (var query in new[] { "_type=Patient,Dragon", "_since=yesterday", "_outputFormat=text/csv", "_typeFilter=Patient?x" })
        {
            using var wrong = await KickOffAsync(north, "/$export?" + query);
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
            Assert.Equal("OperationOutcome", (await Hospital.JsonAsync(wrong)).GetProperty("resourceType").GetString());
        }

        using var started = await KickOffAsync(north, "/Patient/$export?_type=Patient,Observation&_outputFormat=ndjson");
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var status = started.Content.Headers.ContentLocation!;
        var manifest = await ManifestAsync(north, status);

        Assert.True(manifest.GetProperty("requiresAccessToken").GetBoolean());
        Assert.EndsWith("/fhir/north/Patient/$export?_type=Patient,Observation&_outputFormat=ndjson", manifest.GetProperty("request").GetString(), StringComparison.Ordinal);
        Assert.Equal(["Observation 3", "Patient 4"], manifest.GetProperty("output").EnumerateArray().Select(file => $"{file.GetProperty("type")} {file.GetProperty("count")}"));
        var patients = new Uri(manifest.GetProperty("output")[1].GetProperty("url").GetString()!);
        using var file = await north.Client.GetAsync(patients);
        Assert.Equal("application/fhir+ndjson", file.Content.Headers.ContentType!.MediaType);
        var lines = (await file.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.Equal("Patient", JsonDocument.Parse(line).RootElement.GetProperty("resourceType").GetString()));

        // Another hospital finds nothing of it, by neither address.
        using var south = await host.CreateTenantAsync("south");
        foreach (var path in new[] { status.PathAndQuery, patients.PathAndQuery }.SelectMany(path => new[] { path, path.Replace("/north/", "/south/", StringComparison.Ordinal) }))
        {
            using var foreign = await south.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }

        // Neither without the token, nor with one whose scopes do not cover the type.
        using var anonymous = await host.Client.GetAsync(patients);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        using var narrow = await host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/Observation.rs");
        using var hidden = await narrow.GetAsync(patients);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        using var forbidden = await KickOffAsync(north with { Client = narrow }, "/$export?_type=Patient");
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);

        using var deleted = await north.Client.DeleteAsync(status);
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        foreach (var gone in new[] { status, patients })
        {
            using var answer = await north.Client.GetAsync(gone);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        var statement = await Hospital.GetAsync(north.Client, "/fhir/north/metadata");
        Assert.Contains("http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export", statement.GetProperty("rest")[0].GetProperty("operation").GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>The host is killed right after it took exports on; the next one finishes them, as of a moment of its own.</summary>
    [Fact]
    public async Task Export_HostKilledBeforeTheSnapshot_IsFinishedByTheNext()
    {
        var data = Directory.CreateTempSubdirectory("medorleans-export-").FullName;
        try
        {
            var exports = new List<string>();
            (string Id, string Secret) credential;
            await using (var host = await HostProcess.StartAsync(dataFolder: data))
            {
                using var north = await host.CreateTenantAsync("north");
                credential = (north.ClientId, north.ClientSecret);
                await FillAsync(north, 2000);
                foreach (var _ in Enumerable.Range(0, 6))
                {
                    using var started = await KickOffAsync(north, "/$export");
                    exports.Add(started.Content.Headers.ContentLocation!.PathAndQuery);
                }

                await host.KillAsync();
            }

            await using var next = await HostProcess.StartAsync(dataFolder: data);
            using var client = await next.AuthorizedAsync(credential.Id, credential.Secret, null);
            var again = new TenantAccess("north", credential.Id, credential.Secret, client);
            foreach (var export in exports)
            {
                var manifest = await ManifestAsync(again, new Uri(export, UriKind.Relative));
                Assert.Equal(4004, manifest.GetProperty("output").EnumerateArray().Sum(file => file.GetProperty("count").GetInt32()));
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task FillAsync(TenantAccess hospital, int observations)
    {
        var lines = new StringBuilder();
        lines.AppendLine("""{"resourceType":"Organization","id":"ward","name":"Ward \u00e9\n3","extension":[{"url":"http://x/y","valueDecimal":1.50}]}""");
        lines.AppendLine("""{"resourceType":"Patient","id":"p0","meta":{"tag":[{"system":"http://x","code":"vip"}]},"name":[{"family":"Ek","given":["Ann \ud83d\ude00"]}],"managingOrganization":{"reference":"Organization/ward"}}""");
        for (var i = 0; i < observations; i++)
        {
            lines.AppendLine($$$"""{"resourceType":"Patient","id":"q{{{i}}}","name":[{"family":"Family{{{i}}}"}],"birthDate":"1984-03-02"}""");
            lines.AppendLine($$$"""{"resourceType":"Observation","id":"o{{{i}}}","status":"final","code":{"text":"pulse"},"subject":{"reference":"Patient/p0"},"valueQuantity":{"value":{{{i}}}.10,"unit":"/min"}}""");
        }

        lines.AppendLine("""{"resourceType":"Observation","id":"of-a-place","status":"final","code":{"text":"temperature"},"subject":{"reference":"Location/l"}}""");
        lines.AppendLine("""{"resourceType":"Location","id":"l","name":"Room"}""");
        using var content = new StringContent(lines.ToString(), Encoding.UTF8, "application/fhir+ndjson");
        using var loaded = await hospital.Client.PostAsync(new Uri($"/fhir/{hospital.Tenant}/$bulk-load", UriKind.Relative), content);
        Assert.Equal(0, (await Hospital.JsonAsync(loaded)).GetProperty("refused").GetInt32());
    }

    /// <summary>Every resource by its address, without what each server stamps itself.</summary>
    private static async Task<Dictionary<string, string>> ContentAsync(TenantAccess hospital)
    {
        var content = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var type in new[] { "Patient", "Observation", "Organization", "Location" })
        {
            for (var path = $"/fhir/{hospital.Tenant}/{type}?_count=1000"; path is not null;)
            {
                var page = await Hospital.GetAsync(hospital.Client, path);
                foreach (var entry in page.GetProperty("entry").EnumerateArray())
                {
                    var resource = JsonNode.Parse(entry.GetProperty("resource").GetRawText())!.AsObject();
                    resource["meta"]!.AsObject().Remove("versionId");
                    resource["meta"]!.AsObject().Remove("lastUpdated");
                    content.Add($"{type}/{resource["id"]}", resource.ToJsonString());
                }

                path = page.GetProperty("link").EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next")
                    .Select(link => new Uri(link.GetProperty("url").GetString()!).PathAndQuery).FirstOrDefault();
            }
        }

        return content;
    }

    private static Task<HttpResponseMessage> KickOffAsync(TenantAccess hospital, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/fhir/{hospital.Tenant}{path}");
        request.Headers.Add("Prefer", "respond-async");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/fhir+json"));
        return hospital.Client.SendAsync(request);
    }

    private static async Task<JsonElement> ManifestAsync(TenantAccess hospital, Uri status)
    {
        JsonElement? manifest = null;
        await Eventually.TrueAsync(async () =>
        {
            using var response = await hospital.Client.GetAsync(status);
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                Assert.NotNull(response.Headers.RetryAfter);
                Assert.True(response.Headers.Contains("X-Progress"));
                return false;
            }

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
            manifest = await Hospital.JsonAsync(response);
            return true;
        });
        return manifest!.Value;
    }

    private static async Task<long> MeteredAsync(TenantAccess hospital) =>
        (await Hospital.GetAsync(hospital.Client, $"/admin/tenants/{hospital.Tenant}/usage?meter={MeterNames.ExportRows}")).GetProperty("buckets").EnumerateArray()
            .Sum(bucket => bucket.GetProperty("quantity").GetInt64());

    /// <summary>Credentials as `signup` writes them.</summary>
    internal static async Task<string> SaveAsync(HostProcess host, TenantAccess hospital)
    {
        var file = Path.Combine(host.DataFolder, $"{hospital.Tenant}-credentials.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { clientId = hospital.ClientId, clientSecret = hospital.ClientSecret, server = $"http://{host.Http}" }));
        return file;
    }
}
