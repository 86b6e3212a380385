using System.Text;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.IntegrationTests.Record;

public abstract partial class RecordStoreContract
{
    [Fact]
    public async Task Export_TakenWhileOthersWrite_IsOneMoment()
    {
        await RegisterAsync();
        await Store.CommitAsync([.. Enumerable.Range(0, 200).Select(i => Commit(s_north, Item("Patient", $"a{i}", 0, "0"), Item("Observation", $"b{i}", 0, "0")))], default);
        using var stop = new CancellationTokenSource();

        // Both halves of a pair are always changed in one commit, so at every moment they are the same.
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var version = 1; !stop.IsCancellationRequested; version++)
            {
                for (var i = writer; i < 200; i += 4)
                {
                    await Store.CommitAsync([Commit(s_north, Item("Patient", $"a{i}", version, $"{version}"), Item("Observation", $"b{i}", version, $"{version}"))], default);
                }
            }
        }));
        var exports = new List<Guid>();
        for (var i = 0; i < 8; i++)
        {
            exports.Add(await ExportAsync(s_north, ["Patient", "Observation"]));
        }

        await stop.CancelAsync();
        await writing;
        foreach (var export in exports)
        {
            var patients = await RowsAsync(s_north, export, "Patient");
            var observations = await RowsAsync(s_north, export, "Observation");
            Assert.Equal(200, patients.Count);
            Assert.Equal(patients.ToDictionary(row => row.Id[1..], row => row.Version), observations.ToDictionary(row => row.Id[1..], row => row.Version));
            Assert.All(patients, row => Assert.Equal($"{row.Version - 1}", Encoding.UTF8.GetString(row.Body)));
        }
    }

    [Fact]
    public async Task Export_OfTypesAndSinceATime_HoldsThoseAndWhatWasDeleted()
    {
        await RegisterAsync();
        var since = s_time.AddHours(1);
        await Store.CommitAsync([Commit(s_north, Item("Patient", "old", 0, "old")), Commit(s_north, Item("Patient", "new", 0, "x"), Item("Patient", "gone", 0, "x"), Item("Observation", "o", 0, "x"))], default);
        await Store.CommitAsync([Commit(s_north, Item("Patient", "new", 1, "new") with { LastUpdated = since }), Commit(s_north, Deletion("Patient", "gone", 1) with { LastUpdated = since })], default);

        var all = await ExportAsync(s_north, ["Patient"]);
        var later = await ExportAsync(s_north, ["Patient", "Observation"], since);

        Assert.Equal(["old", "new"], (await RowsAsync(s_north, all, "Patient")).Select(row => row.Id));
        Assert.Equal([new ExportPart("Patient", 2)], (await JobAsync(s_north, all)).Parts);
        Assert.Equal([new ExportPart("", 1), new ExportPart("Patient", 1)], (await JobAsync(s_north, later)).Parts);
        Assert.Equal("new", Encoding.UTF8.GetString(Assert.Single(await RowsAsync(s_north, later, "Patient")).Body));
        Assert.Equal(("gone", true), (Assert.Single(await RowsAsync(s_north, later, "")) is var row ? (row.Id, row.Deleted) : default));
    }

    [Fact]
    public async Task Export_OfPatients_HoldsThemAndWhatRefersToThem()
    {
        await RegisterAsync();
        var subject = SearchParameterCatalog.R4.Find("Observation", "subject")!.Number;
        await Store.CommitAsync(
            [
                Commit(s_north, Item("Patient", "p", 0, "p")),
                Commit(s_north, Item("Observation", "of-a-patient", 0, "x", Text(subject, "Patient/p"))),
                Commit(s_north, Item("Observation", "of-a-place", 0, "x", Text(subject, "Location/l"))),
                Commit(s_north, Item("Organization", "ward", 0, "x")),
            ],
            default);

        var export = await ExportAsync(s_north, PatientReferences.Types, ofPatients: true);

        Assert.DoesNotContain("Organization", PatientReferences.Types);
        Assert.Equal([new ExportPart("Observation", 1), new ExportPart("Patient", 1)], (await JobAsync(s_north, export)).Parts);
        Assert.Equal("of-a-patient", Assert.Single(await RowsAsync(s_north, export, "Observation")).Id);
    }

    [Fact]
    public async Task Export_OfAnotherHospital_IsNotThere()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "north")), Commit(s_south, Item("Patient", "a", 0, "south"))], default);
        var export = await ExportAsync(s_north, ["Patient"]);

        Assert.Empty(await Store.ExportsAsync(s_south, default));
        Assert.Empty(await RowsAsync(s_south, export, "Patient"));
        Assert.False(await Store.DropExportAsync(s_south, export, default));
        Assert.True(await Store.DropExportAsync(s_north, export, default));
        Assert.False(await Store.DropExportAsync(s_north, export, default));
        Assert.Empty(await RowsAsync(s_north, export, "Patient"));
    }

    [Fact]
    public async Task OpenExports_NotTakenOrExpired_AreNamedByHospital()
    {
        await RegisterAsync();
        var now = TimeProvider.System.GetUtcNow();
        await Store.AddExportAsync(s_north, Guid.NewGuid(), Request(["Patient"]), now.AddHours(1), default);
        var expired = Guid.NewGuid();
        await Store.AddExportAsync(s_south, expired, Request(["Patient"]), now.AddHours(-1), default);
        await Store.TakeExportAsync(s_south, expired, default);
        await Store.TakeExportAsync(s_south, expired, default);

        Assert.Equal(["north", "south"], (await Store.OpenExportsAsync(now, default)).Select(tenant => tenant.Value).Order(StringComparer.Ordinal));
        Assert.Equal([s_north], await Store.OpenExportsAsync(now.AddHours(-2), default));
    }

    private static ExportRequest Request(IReadOnlyList<string> types, DateTimeOffset? since = null, bool ofPatients = false) =>
        new() { Url = "http://test/$export", Types = types, Since = since, OfPatients = ofPatients };

    private async Task<Guid> ExportAsync(TenantId tenant, IReadOnlyList<string> types, DateTimeOffset? since = null, bool ofPatients = false)
    {
        var id = Guid.NewGuid();
        await Store.AddExportAsync(tenant, id, Request(types, since, ofPatients), TimeProvider.System.GetUtcNow().AddHours(1), default);
        await Store.TakeExportAsync(tenant, id, default);
        return id;
    }

    private async Task<ExportJob> JobAsync(TenantId tenant, Guid id) => (await Store.ExportsAsync(tenant, default)).Single(job => job.Id == id);

    private async Task<List<StoredVersion>> RowsAsync(TenantId tenant, Guid id, string part)
    {
        var rows = new List<StoredVersion>();
        while (await Store.ExportRowsAsync(tenant, id, part, rows.Count, 90, default) is { Count: > 0 } page)
        {
            rows.AddRange(page);
        }

        return rows;
    }
}
