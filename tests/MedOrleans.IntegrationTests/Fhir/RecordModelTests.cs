using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CsCheck;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Fhir;

/// <summary>Requests at random over the FHIR API of a real host; what it answers is what a plain list of versions says.</summary>
public sealed class RecordModelTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private static readonly string[] s_families = ["Ahl", "Ahlberg", "Ek", "Eklund"];
    private static int s_hospitals;

    /// <summary>What a client does with one of a few patients.</summary>
    internal enum Act
    {
        Put,
        PutIfMatch,
        PutStale,
        PutIfAbsent,
        Delete,
        Transaction,
        TransactionRefused,
        Batch,
        CreateIfNone,
    }

    /// <param name="What">The request.</param>
    /// <param name="Id">Which patient.</param>
    /// <param name="Family">The name it gets.</param>
    /// <param name="Year">The year of birth it gets.</param>
    internal sealed record Step(Act What, int Id, int Family, int Year);

    [Fact]
    public Task Requests_AtRandom_AnswerAsAListOfVersionsDoes() => Gen
        .Select(Gen.Enum<Act>(), Gen.Int[0, 2], Gen.Int[0, s_families.Length - 1], Gen.Int[1990, 1994], (what, id, family, year) => new Step(what, id, family, year))
        .Array[1, 14]
        .SampleAsync(
            async steps =>
            {
                using var hospital = await fixture.Host.CreateTenantAsync($"model{Interlocked.Increment(ref s_hospitals)}");
                var model = new Model(hospital);
                foreach (var step in steps)
                {
                    await model.TakeAsync(step);
                }

                await model.CompareAsync();
            },
            iter: 50,
            threads: 1,
            print: steps => string.Join(", ", steps.Select(step => step.ToString())));

    /// <summary>A hospital's patients as lists of versions; null is a deletion.</summary>
    private sealed class Model(TenantAccess hospital)
    {
        private readonly Dictionary<string, List<(string Family, int Year)?>> _patients = [];
        private readonly List<string> _order = [];
        private int _observations;

        public async Task TakeAsync(Step step)
        {
            var id = $"p{step.Id}";
            var (family, year) = (s_families[step.Family], step.Year);
            var current = _patients.TryGetValue(id, out var versions) ? versions[^1] : null;
            switch (step.What)
            {
                case Act.Put:
                    await ExpectAsync(current is null ? 201 : 200, HttpMethod.Put, $"Patient/{id}", Patient(id, family, year));
                    Add(id, (family, year));
                    break;
                case Act.PutIfMatch when current is not null:
                    await ExpectAsync(200, HttpMethod.Put, $"Patient/{id}", Patient(id, family, year), ("If-Match", $"W/\"{versions!.Count}\""));
                    Add(id, (family, year));
                    break;
                case Act.PutIfMatch or Act.PutStale:
                    await ExpectAsync(412, HttpMethod.Put, $"Patient/{id}", Patient(id, family, year), ("If-Match", $"W/\"{(versions?.Count ?? 0) + 7}\""));
                    break;
                case Act.PutIfAbsent:
                    await ExpectAsync(current is null ? 201 : 412, HttpMethod.Put, $"Patient/{id}", Patient(id, family, year), ("If-None-Match", "*"));
                    if (current is null)
                    {
                        Add(id, (family, year));
                    }

                    break;
                case Act.Delete:
                    await ExpectAsync(204, HttpMethod.Delete, $"Patient/{id}");
                    if (current is not null)
                    {
                        Add(id, null);
                    }

                    break;
                case Act.Transaction:
                    await ExpectAsync(200, HttpMethod.Post, "", Bundle("transaction", Put(id, family, year), Observation(id, "final")));
                    Add(id, (family, year));
                    _observations += step.Id == 0 ? 1 : 0;
                    break;
                case Act.TransactionRefused:
                    // One entry of it cannot be: nothing of it is.
                    await ExpectAsync(422, HttpMethod.Post, "", Bundle("transaction", Put(id, family, year), Observation(id, "no-such-status")));
                    break;
                case Act.Batch:
                    // One entry of it cannot be: the other one is.
                    await ExpectAsync(200, HttpMethod.Post, "", Bundle("batch", Observation(id, "no-such-status"), Put(id, family, year)));
                    Add(id, (family, year));
                    break;
                case Act.CreateIfNone:
                    // The identifier tells whether the patient exists; what is made gets an id of the server's, and is taken away again.
                    var made = await ExpectAsync(current is null ? 201 : 200, HttpMethod.Post, "Patient", Patient(null, family, year).Replace("}]}", $$"""}],"identifier":[{"system":"urn:example:mrn","value":"{{id}}"}]}""", StringComparison.Ordinal), ("If-None-Exist", $"identifier=urn:example:mrn|{id}"));
                    Assert.Equal(current is not null, made.GetProperty("id").GetString() == id);
                    if (current is null)
                    {
                        await ExpectAsync(204, HttpMethod.Delete, $"Patient/{made.GetProperty("id").GetString()}");
                    }

                    break;
            }
        }

        public async Task CompareAsync()
        {
            foreach (var (id, versions) in _patients)
            {
                await ExpectAsync(versions[^1] is null ? 410 : 200, HttpMethod.Get, $"Patient/{id}");
                for (var version = 1; version <= versions.Count; version++)
                {
                    var read = await ExpectAsync(versions[version - 1] is null ? 410 : 200, HttpMethod.Get, $"Patient/{id}/_history/{version}");
                    if (versions[version - 1] is { } kept)
                    {
                        Assert.Equal((kept.Family, $"{kept.Year}", $"{version}"),
                            (read.GetProperty("name")[0].GetProperty("family").GetString(), read.GetProperty("birthDate").GetString(), read.GetProperty("meta").GetProperty("versionId").GetString()));
                    }
                }

                var history = await PagesAsync($"Patient/{id}/_history?_count=2");
                Assert.Equal(Enumerable.Range(1, versions.Count).Reverse(), history.Select(entry => VersionOf(entry)));
            }

            var changes = (await PagesAsync("Patient/_history?_count=3")).Select(entry => entry.GetProperty("fullUrl").GetString()!.Split('/')[^1]).Where(_patients.ContainsKey);
            Assert.Equal(Enumerable.Reverse(_order), changes);

            var there = _patients.Where(patient => patient.Value[^1] is not null).Select(patient => (Id: patient.Key, patient.Value[^1]!.Value.Family, patient.Value[^1]!.Value.Year)).ToList();
            await FindsAsync("Patient?_count=2", there.Select(patient => patient.Id));
            await FindsAsync("Patient?family=ahl&_count=1", there.Where(patient => patient.Family.StartsWith("Ahl", StringComparison.Ordinal)).Select(patient => patient.Id));
            await FindsAsync("Patient?family:exact=Ek", there.Where(patient => patient.Family == "Ek").Select(patient => patient.Id));
            await FindsAsync("Patient?birthdate=gt1991&family:contains=l&_count=1", there.Where(patient => patient.Year > 1991 && patient.Family != "Ek").Select(patient => patient.Id));
            await FindsAsync("Patient?identifier=urn:example:mrn|p0,urn:example:mrn|p2", there.Where(patient => patient.Id != "p1").Select(patient => patient.Id));
            await FindsAsync("Patient?_id=p0&birthdate=1990,1993", there.Where(patient => patient.Id == "p0" && patient.Year is 1990 or 1993 && patient.Id == "p0").Select(patient => patient.Id));
            Assert.Equal(
                there.OrderByDescending(patient => patient.Year).ThenBy(patient => patient.Id, StringComparer.Ordinal).Select(patient => patient.Id),
                (await PagesAsync("Patient?_sort=-birthdate,_id&_count=1")).Select(IdOf));
            Assert.Equal(_observations, (await PagesAsync("Observation?patient=Patient/p0&_count=2")).Count);
        }

        private static int VersionOf(JsonElement entry) =>
            int.Parse(entry.GetProperty("response").GetProperty("etag").GetString()!.Trim('W', '/', '"'), CultureInfo.InvariantCulture);

        private static string IdOf(JsonElement entry) => entry.GetProperty("resource").GetProperty("id").GetString()!;

        private static string Patient(string? id, string family, int year) =>
            $$"""{"resourceType":"Patient",{{(id is null ? "" : $$"""
            "id":"{{id}}","identifier":[{"system":"urn:example:mrn","value":"{{id}}"}],
            """)}}"birthDate":"{{year}}","name":[{"family":"{{family}}"}]}""";

        private static string Put(string id, string family, int year) =>
            $$$"""{"fullUrl":"urn:uuid:8c2b0a3e-7a37-4d0e-9c0b-000000000001","resource":{{{Patient(id, family, year)}}},"request":{"method":"PUT","url":"Patient/{{{id}}}"}}""";

        private static string Observation(string id, string status) =>
            $$$"""{"resource":{"resourceType":"Observation","status":"{{{status}}}","code":{"text":"x"},"subject":{"reference":"Patient/{{{id}}}"}},"request":{"method":"POST","url":"Observation"}}""";

        private static string Bundle(string type, params string[] entries) => $$"""{"resourceType":"Bundle","type":"{{type}}","entry":[{{string.Join(',', entries)}}]}""";

        private void Add(string id, (string, int)? version)
        {
            (_patients.TryGetValue(id, out var versions) ? versions : _patients[id] = []).Add(version);
            _order.Add(id);
        }

        private async Task FindsAsync(string search, IEnumerable<string> expected) =>
            Assert.Equal(expected.Order(StringComparer.Ordinal), (await PagesAsync(search)).Select(IdOf).Order(StringComparer.Ordinal));

        private async Task<List<JsonElement>> PagesAsync(string path)
        {
            var entries = new List<JsonElement>();
            for (var next = path; next is not null;)
            {
                var page = await ExpectAsync(200, HttpMethod.Get, next);
                entries.AddRange(page.TryGetProperty("entry", out var some) ? some.EnumerateArray() : []);
                next = page.GetProperty("link").EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next").Select(link => link.GetProperty("url").GetString()).FirstOrDefault();
            }

            return entries;
        }

        private async Task<JsonElement> ExpectAsync(int status, HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(method, path.StartsWith("http", StringComparison.Ordinal) ? new Uri(path) : new Uri($"/fhir/{hospital.Tenant}/{path}".TrimEnd('/'), UriKind.Relative));
            if (body is not null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json"));
            }

            foreach (var (name, value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await hospital.Client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True((HttpStatusCode)status == response.StatusCode, $"{method} {path}: {(int)response.StatusCode}, not {status}: {text}");
            return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
        }
    }
}
