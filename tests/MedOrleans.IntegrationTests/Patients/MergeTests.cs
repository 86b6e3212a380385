using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;
using MedOrleans.IntegrationTests.Wards;

namespace MedOrleans.IntegrationTests.Patients;

/// <summary>Patient/$merge and Patient/$unmerge as a records office sends them, on PostgreSQL.</summary>
public sealed class MergeTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Merge_OfAPatientWithAStay_MovesItAndAnswersWithTheReplacementUntilItIsUndone()
    {
        await using var host = await HostProcess.StartAsync(await postgres.NewDatabaseAsync());
        using var north = await host.CreateTenantAsync("north");
        using var south = await host.CreateTenantAsync("south");
        var desk = new WardWorld(north.Client, "north");
        await desk.FillAsync(beds: 2, patients: 4);
        Assert.NotNull(await desk.AdmitAsync("p1", "b1"));
        await StoreAsync(desk, """{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}""");
        await StoreAsync(new WardWorld(south.Client, "south"), """{"resourceType":"Patient","id":"p1"}""");

        var (status, preview) = await desk.RunAsync("Patient/$merge", Pair("p1", "p2").Append("""{"name":"preview","valueBoolean":true}""").ToArray());
        Assert.Equal((200, "OperationOutcome"), (status, preview.GetProperty("resourceType").GetString()));
        Assert.Equal(["1 Encounter would be moved.", "1 Location would be moved.", "1 Observation would be moved."], preview.GetProperty("issue").EnumerateArray().Select(issue => issue.GetProperty("diagnostics").GetString()));

        string[] command = [.. Pair("p1", "p2"), """{"name":"commandId","valueUuid":"5d8e0a0e-6c53-4c0e-9f0e-0b6b6c9f7c01"}"""];
        (status, var merged) = await desk.RunAsync("Patient/$merge", command);
        Assert.Equal((200, "p2"), (status, merged.GetProperty("id").GetString()));
        var (_, again) = await desk.RunAsync("Patient/$merge", command);
        Assert.Equal(merged.GetProperty("meta").GetRawText(), again.GetProperty("meta").GetRawText());

        var given = await desk.GetAsync("Patient/p1");
        Assert.False(given.GetProperty("active").GetBoolean());
        Assert.Equal(("Patient/p2", "replaced-by"), (given.GetProperty("link")[0].GetProperty("other").GetProperty("reference").GetString(), given.GetProperty("link")[0].GetProperty("type").GetString()));
        Assert.Equal((1, 0, 1), (await TotalAsync(desk, "Encounter?subject=Patient/p2"), await TotalAsync(desk, "Observation?subject=Patient/p1"), await TotalAsync(desk, "Provenance?target=Patient/p1")));
        Assert.Contains("Patient/p2", (await desk.GetAsync("Location/b1")).GetRawText(), StringComparison.Ordinal);

        foreach (var (source, target, what) in new[] { ("p1", "p1", "with itself"), ("p2", "p1", "was itself merged"), ("p1", "p3", "already") })
        {
            (status, var outcome) = await desk.RunAsync("Patient/$merge", Pair(source, target).ToArray());
            Assert.Equal(422, status);
            Assert.Contains(what, outcome.GetProperty("issue")[0].GetProperty("diagnostics").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(400, (await desk.RunAsync("Patient/$merge", Pair("p1", "p2").First())).Status);
        Assert.Equal(404, (await desk.RunAsync("Patient/$merge", Pair("nobody", "p2").ToArray())).Status);
        Assert.Equal(404, (await desk.RunAsync("Patient/nobody/$unmerge")).Status);
        using var plain = await desk.PutAsync("Patient/p1", """{"resourceType":"Patient","id":"p1","active":true}""");
        Assert.Equal(422, (int)plain.StatusCode);

        (status, var parted) = await desk.RunAsync("Patient/p1/$unmerge");
        Assert.Equal((200, "p1", false), (status, parted.GetProperty("id").GetString(), parted.TryGetProperty("link", out _)));
        Assert.Equal((0, 1), (await TotalAsync(desk, "Encounter?subject=Patient/p2"), await TotalAsync(desk, "Observation?subject=Patient/p1")));
        Assert.False((await new WardWorld(south.Client, "south").GetAsync("Patient/p1")).TryGetProperty("link", out _));
        string?[] operations = [.. (await desk.GetAsync("metadata")).GetProperty("rest")[0].GetProperty("resource").EnumerateArray().Single(resource => resource.GetProperty("type").GetString() == "Patient").GetProperty("operation").EnumerateArray().Select(operation => operation.GetProperty("name").GetString())];
        Assert.Contains("merge", operations);
        Assert.Contains("unmerge", operations);
    }

    [Fact]
    public async Task Merge_OfALongRecord_IsOneMomentOfHistory()
    {
        await using var host = await HostProcess.StartAsync(await postgres.NewDatabaseAsync());
        using var north = await host.CreateTenantAsync("north");
        var desk = new WardWorld(north.Client, "north");
        await desk.FillAsync(beds: 1, patients: 3);
        for (var part = 0; part < 4; part++)
        {
            var entries = Enumerable.Range(0, 400).Select(i =>
                $$$"""{"resource":{"resourceType":"Observation","status":"final","code":{"text":"{{{i}}}"},"subject":{"reference":"Patient/p1"}},"request":{"method":"POST","url":"Observation"}}""");
            using var stored = await desk.PostAsync("", $$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""");
            Assert.True(stored.IsSuccessStatusCode);
        }

        Assert.Equal(200, (await desk.RunAsync("Patient/$merge", Pair("p1", "p2").ToArray())).Status);
        Assert.Equal((1600, 0), (await TotalAsync(desk, "Observation?subject=Patient/p2"), await TotalAsync(desk, "Observation?subject=Patient/p1")));
        var moment = (await desk.GetAsync("Patient/p2")).GetProperty("meta").GetProperty("lastUpdated").GetString()!;
        Assert.Equal(1600, await TotalAsync(desk, $"Observation?_lastUpdated={Uri.EscapeDataString(moment)}"));
    }

    private static IEnumerable<string> Pair(string source, string target) => [WardWorld.Reference("source-patient", $"Patient/{source}"), WardWorld.Reference("target-patient", $"Patient/{target}")];

    private static async Task<int> TotalAsync(WardWorld desk, string query) => (await desk.GetAsync($"{query}&_summary=count")).GetProperty("total").GetInt32();

    private static async Task StoreAsync(WardWorld desk, string json)
    {
        using var document = JsonDocument.Parse(json);
        using var stored = await desk.PutAsync($"{document.RootElement.GetProperty("resourceType").GetString()}/{document.RootElement.GetProperty("id").GetString()}", json);
        Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync());
    }
}
