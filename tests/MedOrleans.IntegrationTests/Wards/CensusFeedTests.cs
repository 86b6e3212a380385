using System.Diagnostics;
using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using static MedOrleans.IntegrationTests.Wards.WardWorld;

namespace MedOrleans.IntegrationTests.Wards;

/// <summary>The census as a feed that a bed board follows.</summary>
public sealed class CensusFeedTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task Feed_OfAWard_ShowsEachChangeWithinASecond()
    {
        using var north = await fixture.Host.CreateTenantAsync("feed-changes");
        var ward = new WardWorld(north.Client, "feed-changes");
        await ward.FillAsync(beds: 2, patients: 1);
        var (_, feed) = await EventReader.OpenAsync(north.Client, "/fhir/feed-changes/Location/ward/$census");
        using var reader = feed!;
        var first = (await reader.NextAsync())!.Value;
        Assert.Equal(("census", "b0: b1:"), (first.Name, BedsOf(first.Data)));

        var visit = (await ward.AdmitAsync("p0", "b1"))!;
        var admitted = await ShownAsync(reader);
        Assert.Equal($"b0: b1:Encounter/{visit}", BedsOf(admitted));
        Assert.Contains(admitted.GetProperty("entry").EnumerateArray(), entry => entry.GetProperty("resource").GetProperty("id").GetString() == "p0");
        await ward.RunAsync($"Encounter/{visit}/$transfer", Reference("location", "Location/b0"));
        Assert.Equal($"b0:Encounter/{visit} b1:", BedsOf(await ShownAsync(reader)));
        await ward.RunAsync("Location/b1/$release");
        Assert.Equal("U", (await ShownAsync(reader)).GetProperty("entry")[1].GetProperty("resource").GetProperty("operationalStatus").GetProperty("code").GetString());

        // What a follower had seen when it lost its connection it is not told again.
        var (_, other) = await EventReader.OpenAsync(north.Client, "/fhir/feed-changes/Location/ward/$census");
        using var second = other!;
        var now = (await second.NextAsync())!.Value;
        var (_, back) = await EventReader.OpenAsync(north.Client, "/fhir/feed-changes/Location/ward/$census", last: now.Id);
        using var third = back!;
        await ward.RunAsync($"Encounter/{visit}/$discharge");
        Assert.NotEqual(now.Id, (await third.NextAsync())!.Value.Id);
    }

    [Fact]
    public async Task Feed_WithoutTheRight_IsRefusedAndWithLessShowsLess()
    {
        using var north = await fixture.Host.CreateTenantAsync("feed-rights");
        var ward = new WardWorld(north.Client, "feed-rights");
        await ward.FillAsync(beds: 1, patients: 1);
        await ward.AdmitAsync("p0", "b0");
        using var south = await fixture.Host.CreateTenantAsync("feed-foreign");
        const string Path = "/fhir/feed-rights/Location/ward/$census";

        using var narrow = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/Location.rs");
        var (_, feed) = await EventReader.OpenAsync(narrow, Path);
        using var reader = feed!;
        Assert.Equal(["Location"], (await reader.NextAsync())!.Value.Data.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("resourceType").GetString()));
        using var none = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/Patient.rs");
        Assert.Equal(403, (await EventReader.OpenAsync(none, Path)).Status);
        Assert.Equal(404, (await EventReader.OpenAsync(south.Client, Path)).Status);
        Assert.Equal(401, (await EventReader.OpenAsync(fixture.Host.Client, Path)).Status);
        Assert.Equal(404, (await EventReader.OpenAsync(north.Client, "/fhir/feed-rights/Location/nowhere/$census")).Status);
        Assert.Equal(406, (await EventReader.OpenAsync(north.Client, "/fhir/feed-rights/Patient")).Status);
    }

    [Fact]
    public async Task Feed_OfTwoEvents_IsMeteredAsTwoSearchesAndTheirBytes()
    {
        using var north = await fixture.Host.CreateTenantAsync("feed-metered");
        var ward = new WardWorld(north.Client, "feed-metered");
        await ward.FillAsync(beds: 1, patients: 1);
        var (_, feed) = await EventReader.OpenAsync(north.Client, "/fhir/feed-metered/Location/ward/$census");
        using (var reader = feed!)
        {
            await reader.NextAsync();
            await ward.AdmitAsync("p0", "b0");
            await reader.NextAsync();
        }

        using var administrator = await fixture.Host.OperatorAsync();
        foreach (var (meter, least) in new[] { ("api.search", 2), ("network.out", 1000) })
        {
            // What is read is flushed within an interval.
            await Eventually.TrueAsync(async () =>
            {
                var buckets = (await Hospital.GetAsync(administrator, $"/admin/tenants/feed-metered/usage?resolution=month&meter={meter}")).GetProperty("buckets");
                return buckets.GetArrayLength() > 0 && buckets[0].GetProperty("quantity").GetInt64() >= least;
            });
        }
    }

    [Fact]
    public async Task Feed_WhoseGatewayStopsOrHasNoMoreRoom_SaysSo()
    {
        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string> { ["MEDORLEANS__Fhir__MaxCensusFeeds"] = "1" });
        using var north = await host.CreateTenantAsync("north");
        await new WardWorld(north.Client, "north").FillAsync(beds: 1, patients: 1);
        var (_, feed) = await EventReader.OpenAsync(north.Client, "/fhir/north/Location/ward/$census");
        using var reader = feed!;
        await reader.NextAsync();
        Assert.Equal(429, (await EventReader.OpenAsync(north.Client, "/fhir/north/Location/ward/$census")).Status);

        var stopping = host.StopAsync();
        var end = (await reader.NextAsync())!.Value;
        Assert.Equal("end", end.Name);
        Assert.Contains("The gateway stops", end.Data.GetRawText(), StringComparison.Ordinal);
        Assert.Null(await reader.NextAsync());
        Assert.Equal(0, await stopping);
    }

    [Fact]
    public async Task Feed_WhoseTokenEnds_GoesOnUntilThenAndSaysSo()
    {
        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string> { ["MEDORLEANS__Security__TokenLifetime"] = "00:01:00" });
        using var north = await host.CreateTenantAsync("north");
        await new WardWorld(north.Client, "north").FillAsync(beds: 1, patients: 1);
        var (_, feed) = await EventReader.OpenAsync(north.Client, "/fhir/north/Location/ward/$census");
        using var reader = feed!;
        await reader.NextAsync();

        var end = (await reader.NextAsync(TimeSpan.FromMinutes(2)))!.Value;
        Assert.Contains("The token has ended", end.Data.GetRawText(), StringComparison.Ordinal);
        Assert.InRange(reader.Heartbeats, 2, 6);
    }

    private static async Task<JsonElement> ShownAsync(EventReader reader)
    {
        // The change has been acknowledged: from here on it has a second to be shown in.
        var watch = Stopwatch.StartNew();
        var shown = (await reader.NextAsync())!.Value.Data;
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"It took {watch.Elapsed}.");
        return shown;
    }

    private static string BedsOf(JsonElement census) => string.Join(' ', census.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource"))
        .Where(resource => resource.GetProperty("resourceType").GetString() == "Location").Select(bed => $"{bed.GetProperty("id").GetString()}:{OccupantOf(bed)}"));
}
