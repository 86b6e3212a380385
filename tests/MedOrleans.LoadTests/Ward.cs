using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests;

namespace MedOrleans.LoadTests;

/// <summary>
/// The work of some hospitals: of ten requests six read a patient, one searches by identifier, two register and one corrects. It keeps what was acknowledged, and after the run holds the
/// record and the bill to it.
/// </summary>
internal sealed class Ward : IDisposable
{
    private const int Hospitals = 4;
    private const int Known = 150;

    private readonly List<(TenantAccess Access, List<string> Patients)> _hospitals = [];
    private readonly ConcurrentDictionary<(string Tenant, string Id, long Version), string> _acknowledged = new();
    private readonly HttpClient _client;
    private readonly Uri _server;
    private long _markers;

    private Ward(Uri server, HttpMessageHandler handler)
    {
        _server = server;
        _client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>How many writes were acknowledged.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Opens the hospitals and registers their first patients.</summary>
    /// <param name="gateway">Where they are opened.</param>
    /// <param name="administrator">A client with the operator's token.</param>
    /// <param name="server">Whom requests are sent to; the gateway without it.</param>
    /// <param name="handler">What they are sent by.</param>
    public static async Task<Ward> OpenAsync(HostProcess gateway, HttpClient administrator, Uri? server = null, HttpMessageHandler? handler = null)
    {
        var ward = new Ward(server ?? gateway.Client.BaseAddress!, handler ?? new SocketsHttpHandler());
        for (var i = 0; i < Hospitals; i++)
        {
            var access = await gateway.CreateTenantAsync($"load{i}");
            using var planned = await administrator.PostAsJsonAsync($"/admin/tenants/load{i}/plan", new { plan = "university" });
            planned.EnsureSuccessStatusCode();
            ward._hospitals.Add((access, []));
        }

        foreach (var (access, patients) in ward._hospitals)
        {
            await Parallel.ForAsync(0, Known, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, cancel) =>
            {
                using var request = ward.Create(access);
                using var response = await ward._client.SendAsync(request.Message, cancel);
                response.EnsureSuccessStatusCode();
                var id = ward.Keep(access.Tenant, response, request.Marker!);
                lock (patients)
                {
                    patients.Add(id);
                }
            });
        }

        return ward;
    }

    /// <summary>Sends the request of a number; its status, 0 where there was no answer.</summary>
    public async Task<int> SendAsync(long number)
    {
        var (access, patients) = _hospitals[(int)(number % Hospitals)];
        using var request = (number / Hospitals % 10) switch
        {
            < 6 => Get(access, $"Patient/{Pick(patients, number)}"),
            6 => Get(access, $"Patient?identifier=urn:load|{number % 1000}&_count=1"),
            7 or 8 => Create(access),
            _ => Update(access, Pick(patients, number)),
        };
        try
        {
            using var response = await _client.SendAsync(request.Message);
            if (response.IsSuccessStatusCode && request.Marker is { } marker)
            {
                Keep(access.Tenant, response, marker);
            }

            await response.Content.CopyToAsync(Stream.Null);
            return (int)response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return 0;
        }
    }

    /// <summary>Reads patients one after the other, milliseconds each.</summary>
    public async Task<List<double>> ReadAllAsync()
    {
        var times = new List<double>();
        foreach (var (access, patients) in _hospitals)
        {
            foreach (var id in patients)
            {
                var start = System.Diagnostics.Stopwatch.GetTimestamp();
                using var request = Get(access, $"Patient/{id}");
                using var response = await _client.SendAsync(request.Message);
                response.EnsureSuccessStatusCode();
                times.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        return times;
    }

    /// <summary>Holds the record to what was acknowledged, and the bill to the record.</summary>
    /// <param name="verdict">Where the claims go.</param>
    /// <param name="administrator">A client with the operator's token.</param>
    public async Task VerifyAsync(Verdict verdict, HttpClient administrator)
    {
        var (lost, doubled, stored, billed) = (0, 0, 0L, 0L);
        foreach (var (access, _) in _hospitals)
        {
            var versions = new Dictionary<(string Id, long Version), string>();
            for (var page = new Uri($"/fhir/{access.Tenant}/Patient/_history?_count=1000", UriKind.Relative); page is not null;)
            {
                using var request = Authorized(access, new HttpRequestMessage(HttpMethod.Get, new Uri(_server, page)));
                using var response = await _client.SendAsync(request);
                response.EnsureSuccessStatusCode();
                using var bundle = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
                foreach (var entry in bundle.RootElement.TryGetProperty("entry", out var entries) ? entries.EnumerateArray() : default)
                {
                    var resource = entry.GetProperty("resource");
                    versions[(resource.GetProperty("id").GetString()!, long.Parse(resource.GetProperty("meta").GetProperty("versionId").GetString()!, CultureInfo.InvariantCulture))] = resource.GetProperty("name")[0].GetProperty("family").GetString()!;
                }

                page = bundle.RootElement.GetProperty("link").EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next").Select(link => new Uri(new Uri(link.GetProperty("url").GetString()!).PathAndQuery, UriKind.Relative)).FirstOrDefault();
            }

            lost += _acknowledged.Count(write => write.Key.Tenant == access.Tenant && versions.GetValueOrDefault((write.Key.Id, write.Key.Version)) != write.Value);
            doubled += versions.Count - versions.Values.Distinct().Count();
            stored += versions.Count;
            var usage = await administrator.GetFromJsonAsync<JsonElement>(new Uri($"/admin/tenants/{access.Tenant}/usage", UriKind.Relative));
            billed += usage.GetProperty("buckets").EnumerateArray().Where(bucket => bucket.GetProperty("meter").GetString() == "api.write").Sum(bucket => bucket.GetProperty("quantity").GetInt64());
        }

        verdict.Figure("writes acknowledged, versions stored", $"{_acknowledged.Count:N0}, {stored:N0}");
        verdict.Claim("every acknowledged write is there with its exact content", $"{lost} lost", lost == 0);
        verdict.Claim("no write is there twice", $"{doubled} doubled", doubled == 0);
        verdict.Claim("usage equals what is stored", $"{billed:N0} metered", billed == stored);
    }

    public void Dispose()
    {
        _client.Dispose();
        _hospitals.ForEach(hospital => hospital.Access.Dispose());
    }

    // Spread evenly, and not in step with the kinds of requests.
    private static string Pick(List<string> patients, long number) => patients[(int)(number * 2654435761 % patients.Count)];

    private Request Get(TenantAccess access, string path) => new(Authorized(access, new HttpRequestMessage(HttpMethod.Get, new Uri(_server, $"/fhir/{access.Tenant}/{path}"))), null);

    private Request Create(TenantAccess access) => Write(access, HttpMethod.Post, null);

    private Request Update(TenantAccess access, string id) => Write(access, HttpMethod.Put, id);

    private Request Write(TenantAccess access, HttpMethod method, string? id)
    {
        var number = Interlocked.Increment(ref _markers);
        var message = Authorized(access, new HttpRequestMessage(method, new Uri(_server, $"/fhir/{access.Tenant}/Patient{(id is null ? "" : "/" + id)}"))
        {
            Content = new StringContent(
                $$"""{"resourceType":"Patient",{{(id is null ? "" : $"\"id\":\"{id}\",")}}"identifier":[{"system":"urn:load","value":"{{number % 1000}}"}],"name":[{"family":"m{{number}}","given":["Ada"]}],"gender":"female","birthDate":"1980-04-01"}""",
                Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json")),
        });
        message.Headers.Add("Prefer", "return=minimal");
        return new Request(message, string.Create(CultureInfo.InvariantCulture, $"m{number}"));
    }

    private static HttpRequestMessage Authorized(TenantAccess access, HttpRequestMessage message)
    {
        message.Headers.Authorization = access.Client.DefaultRequestHeaders.Authorization;
        return message;
    }

    private string Keep(string tenant, HttpResponseMessage response, string marker)
    {
        // …/fhir/{tenant}/Patient/{id}/_history/{version}
        var location = (response.Headers.Location ?? response.Content.Headers.ContentLocation)?.ToString().Split('/');
        var version = long.Parse(response.Headers.ETag!.Tag.Trim('"'), CultureInfo.InvariantCulture);
        var id = location is not null ? location[^3] : response.RequestMessage!.RequestUri!.Segments[^1];
        if (!_acknowledged.TryAdd((tenant, id, version), marker))
        {
            throw new InvalidOperationException("One version was acknowledged to two writers.");
        }

        return id;
    }

    private sealed record Request(HttpRequestMessage Message, string? Marker) : IDisposable
    {
        public void Dispose() => Message.Dispose();
    }
}
