using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Durability;

/// <summary>
/// Writers that remember what the server said it had stored, so that it can be held to it after a crash. Each body carries
/// a marker that no other version has.
/// </summary>
internal sealed class AcknowledgedWrites(string tenant)
{
    private readonly ConcurrentDictionary<(string Id, int Version), string> _acknowledged = new();
    private readonly List<string> _made = [];
    private readonly string _marker = $"m{Guid.NewGuid():N}-";
    private int _markers;

    /// <summary>How many versions have been acknowledged.</summary>
    public int Count => _acknowledged.Count;

    /// <summary>Writes until <paramref name="stop"/>: creates, updates of what any writer made, and transactions of three. Errors are what a crash looks like from outside.</summary>
    public async Task WriteAsync(HttpClient client, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                switch (random.Next(4))
                {
                    case 0 when Made(random) is { } made:
                        await UpdateAsync(client, made, stop);
                        break;
                    case 1:
                        await TransactAsync(client, stop);
                        break;
                    default:
                        if (await CreateAsync(client, stop) is { } id)
                        {
                            lock (_made)
                            {
                                _made.Add(id);
                            }
                        }

                        break;
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                // The server is gone: what it had not acknowledged, nobody was promised.
                return;
            }
        }
    }

    /// <summary>Holds the server to every acknowledged version, to histories without gaps in which no write is twice, and to a bill that equals the work.</summary>
    public async Task VerifyAsync(HttpClient client, HttpClient administrator)
    {
        await Parallel.ForEachAsync(_acknowledged, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (entry, cancel) =>
        {
            using var response = await client.GetAsync(Fhir($"Basic/{entry.Key.Id}/_history/{entry.Key.Version}"), cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using var stored = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancel));
            Assert.Equal(entry.Value, stored.RootElement.GetProperty("code").GetProperty("text").GetString());
        });

        var versions = new Dictionary<string, List<int>>();
        var markers = new HashSet<string>();
        for (var page = Fhir("_history?_count=500"); page is not null;)
        {
            using var bundle = JsonDocument.Parse(await client.GetStringAsync(page));
            foreach (var entry in bundle.RootElement.TryGetProperty("entry", out var entries) ? entries.EnumerateArray() : default)
            {
                var resource = entry.GetProperty("resource");
                var marker = resource.GetProperty("code").GetProperty("text").GetString()!;
                Assert.StartsWith("m", marker, StringComparison.Ordinal);
                Assert.True(markers.Add(marker), "A write is there twice.");
                var id = resource.GetProperty("id").GetString()!;
                if (!versions.TryGetValue(id, out var list))
                {
                    versions.Add(id, list = []);
                }

                list.Add(int.Parse(resource.GetProperty("meta").GetProperty("versionId").GetString()!, provider: null));
            }

            page = bundle.RootElement.GetProperty("link").EnumerateArray()
                .Where(link => link.GetProperty("relation").GetString() == "next")
                .Select(link => new Uri(link.GetProperty("url").GetString()!)).FirstOrDefault();
        }

        Assert.All(versions, resource => Assert.Equal(Enumerable.Range(1, resource.Value.Count), resource.Value.Order()));

        var usage = await administrator.GetFromJsonAsync<JsonElement>(new Uri($"/admin/tenants/{tenant}/usage", UriKind.Relative));
        var billed = usage.GetProperty("buckets").EnumerateArray()
            .Where(bucket => bucket.GetProperty("meter").GetString() == "api.write").Sum(bucket => bucket.GetProperty("quantity").GetInt64());
        Assert.Equal(versions.Sum(resource => resource.Value.Count), billed);
    }

    private string? Made(Random random)
    {
        lock (_made)
        {
            // The newest, mostly: what others write to as well.
            return _made.Count == 0 ? null : _made[^(1 + random.Next(Math.Min(_made.Count, 20)))];
        }
    }

    private async Task<string?> CreateAsync(HttpClient client, CancellationToken stop)
    {
        var marker = NextMarker();
        using var response = await client.PostAsync(Fhir("Basic"), Body(null, marker), stop);
        return response.StatusCode == HttpStatusCode.Created ? await KeepAsync(response, marker, stop) : null;
    }

    private async Task UpdateAsync(HttpClient client, string id, CancellationToken stop)
    {
        var marker = NextMarker();
        using var response = await client.PutAsync(Fhir($"Basic/{id}"), Body(id, marker), stop);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            await KeepAsync(response, marker, stop);
        }
    }

    private async Task<string> KeepAsync(HttpResponseMessage response, string marker, CancellationToken stop)
    {
        using var stored = JsonDocument.Parse(await response.Content.ReadAsStringAsync(stop));
        var id = stored.RootElement.GetProperty("id").GetString()!;
        var version = int.Parse(stored.RootElement.GetProperty("meta").GetProperty("versionId").GetString()!, provider: null);
        Assert.True(_acknowledged.TryAdd((id, version), marker), "One version was acknowledged to two writers.");
        return id;
    }

    private async Task TransactAsync(HttpClient client, CancellationToken stop)
    {
        var markers = Enumerable.Range(0, 3).Select(_ => NextMarker()).ToArray();
        var entries = markers.Select(marker => $$$"""{"resource":{{{Resource(null, marker)}}},"request":{"method":"POST","url":"Basic"}}""");
        using var content = Json($$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""");
        using var response = await client.PostAsync(Fhir(""), content, stop);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return;
        }

        using var reply = JsonDocument.Parse(await response.Content.ReadAsStringAsync(stop));
        foreach (var (entry, marker) in reply.RootElement.GetProperty("entry").EnumerateArray().Zip(markers))
        {
            var location = entry.GetProperty("response").GetProperty("location").GetString()!.Split('/');
            Assert.True(_acknowledged.TryAdd((location[^3], int.Parse(location[^1], provider: null)), marker));
        }
    }

    private string NextMarker() => $"{_marker}{Interlocked.Increment(ref _markers)}";

    private Uri Fhir(string path) => new($"/fhir/{tenant}/{path}".TrimEnd('/'), UriKind.Relative);

    private static StringContent Body(string? id, string marker) => Json(Resource(id, marker));

    private static string Resource(string? id, string marker) =>
        $$$"""{"resourceType":"Basic",{{{(id is null ? "" : $"\"id\":\"{id}\",")}}}"code":{"text":"{{{marker}}}"}}""";

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/fhir+json");
}
