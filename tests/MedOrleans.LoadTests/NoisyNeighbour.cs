using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests;

namespace MedOrleans.LoadTests;

/// <summary>One hospital at ten times its burst limit; its neighbours work at a steady rate before and meanwhile.</summary>
internal static class NoisyNeighbour
{
    private const int Neighbours = 3;
    private const double NeighbourRate = 60;
    private const double Burst = 150;

    public static async Task<bool> RunAsync(TimeSpan length, FileInfo? json)
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var host = await HostProcess.StartAsync(postgres.ConnectionString);
        await PutPlanAsync(host);
        using var storm = await host.CreateTenantAsync("storm");
        using (var administrator = await host.OperatorAsync())
        {
            (await administrator.PostAsJsonAsync("/admin/tenants/storm/plan", new { plan = "small" })).EnsureSuccessStatusCode();
        }

        var neighbours = new List<TenantAccess>();
        for (var i = 0; i < Neighbours; i++)
        {
            neighbours.Add(await host.CreateTenantAsync($"calm{i}"));
        }

        // Everything is compiled and every table has rows.
        await WorkAsync(neighbours, TimeSpan.FromSeconds(5));
        await StormAsync(storm, 1, TimeSpan.FromSeconds(5));

        // Twice each, in turns: the machine's own swings fall on both.
        var (calm, stormy) = (new List<StreamResult>(), new List<StreamResult>());
        StreamResult? noise = null;
        for (var round = 0; round < 2; round++)
        {
            calm.AddRange(await WorkAsync(neighbours, length / 4));
            var raging = StormAsync(storm, 10, length / 4);
            stormy.AddRange(await WorkAsync(neighbours, length / 4));
            noise = await raging;
        }

        neighbours.ForEach(neighbour => neighbour.Dispose());
        var (before, meanwhile) = (Worst(calm, 99), Worst(stormy, 99));
        var verdict = new Verdict("noisy-neighbour");
        verdict.Figure("neighbours", $"{Neighbours} hospitals, {NeighbourRate:0} requests/s each: two reads, a search, a create");
        verdict.Figure("storm", $"{Burst * 10:0} requests/s on a burst limit of {Burst:0}/s: {noise!.Statuses.GetValueOrDefault(200):N0} answered, {noise.Throttled:N0} told to come back");
        verdict.Figure("neighbours' p50 before, meanwhile", $"{Worst(calm, 50):0.00} ms, {Worst(stormy, 50):0.00} ms");
        verdict.Figure("neighbours' p99 before, meanwhile", $"{before:0.00} ms, {meanwhile:0.00} ms");
        verdict.Claim("the neighbours' p99 moves by at most 20%", $"{meanwhile / before - 1:+0%;-0%}", meanwhile <= before * 1.2);
        verdict.Claim("no neighbour's request fails or is held back", $"{stormy.Sum(result => result.Errors + result.Throttled)} of {stormy.Sum(result => result.Sent):N0}", stormy.Sum(result => result.Errors + result.Throttled) == 0);
        verdict.Claim("the storm gets no more than its burst limit", $"{noise.Statuses.GetValueOrDefault(200) / (length / 4).TotalSeconds:0}/s", noise.Statuses.GetValueOrDefault(200) / (length / 4).TotalSeconds <= Burst * 1.1 + (Burst / (length / 4).TotalSeconds));
        return await verdict.PrintAsync(json);
    }

    private static double Worst(IEnumerable<StreamResult> results, double percentile)
    {
        var all = new HdrHistogram.LongHistogram(TimeSpan.TicksPerMinute * 5, 3);
        foreach (var result in results)
        {
            all.Add(result.Latency);
        }

        return all.GetValueAtPercentile(percentile) / (double)TimeSpan.TicksPerMillisecond;
    }

    private static Task<StreamResult[]> WorkAsync(List<TenantAccess> neighbours, TimeSpan length) => Task.WhenAll(neighbours.Select(neighbour =>
    {
        var known = $"p{neighbour.Tenant}";
        return OpenLoop.RunAsync(neighbour.Client, NeighbourRate, length, number => number % 4 == 0
            ? Put(neighbour.Tenant, number < 4 ? known : string.Create(CultureInfo.InvariantCulture, $"{known}x{number % 500}"))
            : Get(number % 4 == 1 ? $"/fhir/{neighbour.Tenant}/Patient?family=Lindgren&_count=5" : $"/fhir/{neighbour.Tenant}/Patient/{known}"));
    }));

    private static Task<StreamResult> StormAsync(TenantAccess storm, int times, TimeSpan length) =>
        OpenLoop.RunAsync(storm.Client, Burst * times, length, number => number % 50 == 0 ? Put(storm.Tenant, "p") : Get($"/fhir/{storm.Tenant}/Patient/p"));

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);

    private static HttpRequestMessage Put(string tenant, string id) => new(HttpMethod.Put, $"/fhir/{tenant}/Patient/{id}")
    {
        Content = new StringContent($$"""{"resourceType":"Patient","id":"{{id}}","name":[{"family":"Lindgren","given":["Ada"]}],"birthDate":"1980-04-01"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json")),
    };

    private static async Task PutPlanAsync(HostProcess host)
    {
        using var administrator = await host.OperatorAsync();
        var clinic = (await administrator.GetFromJsonAsync<JsonElement>("/admin/plans/clinic")).GetRawText();
        using var plan = new StringContent(
            clinic.Replace("\"clinic\"", "\"small\"", StringComparison.Ordinal).Replace("\"network\":{\"guaranteed\":50,\"burst\":1000}", string.Create(CultureInfo.InvariantCulture, $"\"network\":{{\"guaranteed\":50,\"burst\":{Burst}}}"), StringComparison.Ordinal),
            Encoding.UTF8, "application/json");
        (await administrator.PutAsync(new Uri("/admin/plans/small", UriKind.Relative), plan)).EnsureSuccessStatusCode();
    }
}
