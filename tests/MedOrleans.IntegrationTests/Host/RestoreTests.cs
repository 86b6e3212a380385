using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests.Record;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>One hospital goes back in time while its neighbour goes on.</summary>
public sealed class RestoreTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Patients = 1500;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_KilledInTheMiddle_GivesTheRecordOfThenWhileTheNeighbourWrites(bool onPostgres)
    {
        var database = onPostgres ? await postgres.NewDatabaseAsync() : null;
        var data = Directory.CreateTempSubdirectory("medorleans-restore-").FullName;
        var settings = new Dictionary<string, string> { ["MEDORLEANS__Record__DirectoryCache"] = "00:00:00" };
        try
        {
            (string Id, string Secret) north, south;
            string then;
            Dictionary<string, string?> before, wrong;
            long written;
            await using (var host = await HostProcess.StartAsync(database, data, settings))
            {
                using var hospital = await host.CreateTenantAsync("north", scopes: "system/*.cruds tenant/admin");
                using var neighbour = await host.CreateTenantAsync("south");
                (north, south) = ((hospital.ClientId, hospital.ClientSecret), (neighbour.ClientId, neighbour.ClientSecret));
                await LoadAsync(hospital.Client, 0, Patients, "Right");
                (await hospital.Client.DeleteAsync(new Uri("/fhir/north/Patient/p3", UriKind.Relative))).Dispose();
                before = await RecordAsync(hospital.Client);

                // Whole milliseconds, and a little more than the clocks of store and test differ by on one machine.
                var moment = TimeProvider.System.GetUtcNow().AddMilliseconds(20);
                await Eventually.TrueAsync(() => TimeProvider.System.GetUtcNow() > moment.AddMilliseconds(20));
                then = moment.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

                // An import goes wrong: everything is overwritten, some are made, some deleted, and one that was deleted is made again.
                await LoadAsync(hospital.Client, 0, Patients, "Wrong");
                await LoadAsync(hospital.Client, Patients, 50, "Wrong");
                foreach (var id in new[] { "p10", "p11" })
                {
                    (await hospital.Client.DeleteAsync(new Uri($"/fhir/north/Patient/{id}", UriKind.Relative))).Dispose();
                }

                wrong = await RecordAsync(hospital.Client);
                written = await VersionsAsync(hospital.Client);
                await DryRunAsync(hospital, host, then);
                Assert.Equal(wrong, await RecordAsync(hospital.Client));

                using var started = await hospital.Client.PostAsJsonAsync(new Uri("/admin/tenants/north/restore", UriKind.Relative), new { to = then });
                Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);

                // Reads go on, writes wait for it; the neighbour feels nothing, and a second restore is refused.
                using var refused = await Hospital.CreateAsync(hospital.Client, "north", "Late");
                Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
                using var read = await hospital.Client.GetAsync(new Uri("/fhir/north/Patient/p1", UriKind.Relative));
                Assert.Equal(HttpStatusCode.OK, read.StatusCode);
                using var other = await hospital.Client.PostAsJsonAsync(new Uri("/admin/tenants/north/restore", UriKind.Relative), new { to = moment.AddMilliseconds(-1) });
                Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
                await Eventually.TrueAsync(async () =>
                {
                    await Hospital.CreatedAsync(neighbour.Client, "south", "Ek");
                    return (await Hospital.GetAsync(hospital.Client, "/admin/tenants/north/restore")).GetProperty("done").GetInt64() is > 0;
                });
                await host.KillAsync();
            }

            await using var next = await HostProcess.StartAsync(database, data, settings);
            using var again = await next.AuthorizedAsync(north.Id, north.Secret, null);
            using var neighbours = await next.AuthorizedAsync(south.Id, south.Secret, null);
            await Eventually.TrueAsync(async () =>
            {
                await Hospital.CreatedAsync(neighbours, "south", "Ek");
                return (await Hospital.GetAsync(again, "/admin/tenants/north/restore")).GetProperty("finished").ValueKind == JsonValueKind.String;
            });

            var progress = await Hospital.GetAsync(again, "/admin/tenants/north/restore");
            Assert.Equal((Patients + 50, Patients + 50, 0), (progress.GetProperty("planned").GetInt32(), progress.GetProperty("written").GetInt32(), progress.GetProperty("refused").GetArrayLength()));
            Assert.Equal(before, await RecordAsync(again));
            Assert.Equal(written + Patients + 50, await VersionsAsync(again));

            // Nothing is lost: the history has the wrong version, and says who took it back and why.
            var history = await Hospital.GetAsync(again, "/fhir/north/Patient/p1/_history");
            Assert.Equal(["Right1", "Wrong1", "Right1"], history.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("name")[0].GetProperty("family").GetString()));
            var trail = await Hospital.GetAsync(again, "/fhir/north/AuditEvent?entity=Patient/p1&_count=1");
            Assert.Contains($"restore to {then[..19]}", trail.GetRawText(), StringComparison.Ordinal);

            // What was written is metered as what it is, and the same restore again has nothing to write.
            var (code, output, error) = await HostProcess.CommandAsync(["usage", "verify", "--tenant", "north", "--data", data, "--server", $"http://{next.Http}"]);
            Assert.True(code == 0, output + error);
            await Eventually.TrueAsync(async () =>
            {
                using var free = await Hospital.UpdateAsync(again, "north", "p1", "Free");
                return free.IsSuccessStatusCode;
            });
            (code, output, error) = await HostProcess.CommandAsync(["tenant", "restore", "north", "--to", then, "--data", data, "--server", $"http://{next.Http}"]);
            Assert.True(code == 0, error);
            Assert.Contains("1 versions written, 1,498 resources were as they had been, 0 refused", output, StringComparison.Ordinal);
            Assert.Equal(before, await RecordAsync(again));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Restore_ToAMomentThatIsNoneOfTheHospitals_IsRefused()
    {
        await using var host = await HostProcess.StartAsync();
        using var north = await host.CreateTenantAsync("north", scopes: "system/*.cruds tenant/admin");
        foreach (var to in new[] { "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z" })
        {
            using var refused = await north.Client.PostAsJsonAsync(new Uri("/admin/tenants/north/restore", UriKind.Relative), new { to });
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        using (await north.Client.PostAsync(new Uri("/admin/tenants/north/close", UriKind.Relative), null))
        {
            using var closed = await north.Client.PostAsJsonAsync(new Uri("/admin/tenants/north/restore", UriKind.Relative), new { to = TimeProvider.System.GetUtcNow().AddMilliseconds(-1) });
            Assert.Equal(HttpStatusCode.Conflict, closed.StatusCode);
        }

        using var none = await north.Client.GetAsync(new Uri("/admin/tenants/north/restore", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static async Task DryRunAsync(TenantAccess hospital, HostProcess host, string then)
    {
        using var response = await hospital.Client.PostAsJsonAsync(new Uri("/admin/tenants/north/restore", UriKind.Relative), new { to = then, dryRun = true });
        var preview = await Hospital.JsonAsync(response);
        var count = Assert.Single(preview.GetProperty("counts").EnumerateArray());
        Assert.Equal((Patients - 3, 2, 51), (count.GetProperty("change").GetInt32(), count.GetProperty("remake").GetInt32(), count.GetProperty("delete").GetInt32()));
        Assert.Equal(1000, preview.GetProperty("first").GetArrayLength());

        var (code, output, error) = await HostProcess.CommandAsync(["tenant", "restore", "north", "--to", then, "--dry-run", "--credentials", await ExportTests.SaveAsync(host, hospital)]);
        Assert.True(code == 0, error);
        Assert.Contains("Patient/p0  version 2 to version 1", output, StringComparison.Ordinal);
    }

    private static async Task LoadAsync(HttpClient client, int first, int count, string family)
    {
        var lines = new StringBuilder();
        for (var i = first; i < first + count; i++)
        {
            lines.AppendLine(string.Create(CultureInfo.InvariantCulture, $$"""{"resourceType":"Patient","id":"p{{i}}","name":[{"family":"{{family}}{{i}}"}]}"""));
        }

        using var content = new StringContent(lines.ToString(), Encoding.UTF8, "application/fhir+ndjson");
        using var loaded = await client.PostAsync(new Uri("/fhir/north/$bulk-load", UriKind.Relative), content);
        Assert.Equal(0, (await Hospital.JsonAsync(loaded)).GetProperty("refused").GetInt32());
    }

    /// <summary>The family name of every patient, by a search and by reading each of some.</summary>
    private static async Task<Dictionary<string, string?>> RecordAsync(HttpClient client)
    {
        var record = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var path = "/fhir/north/Patient?_count=1000"; path is not null;)
        {
            var page = await Hospital.GetAsync(client, path);
            foreach (var resource in page.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource")))
            {
                record.Add(resource.GetProperty("id").GetString()!, resource.GetProperty("name")[0].GetProperty("family").GetString());
            }

            path = page.GetProperty("link").EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next")
                .Select(link => new Uri(link.GetProperty("url").GetString()!).PathAndQuery).FirstOrDefault();
        }

        foreach (var id in new[] { "p0", "p3", "p10", "p1510" })
        {
            Assert.Equal(record.GetValueOrDefault(id), await Hospital.FamilyAsync(client, "north", id));
            var found = await Hospital.GetAsync(client, $"/fhir/north/Patient?family:exact={record.GetValueOrDefault(id) ?? "none"}");
            Assert.Equal(record.GetValueOrDefault(id) is null ? 0 : 1, found.TryGetProperty("entry", out var entries) ? entries.GetArrayLength() : 0);
        }

        return record;
    }

    private static async Task<long> VersionsAsync(HttpClient client) =>
        (await Hospital.GetAsync(client, "/admin/tenants/north")).GetProperty("counts").GetProperty("versions").GetInt64();
}
