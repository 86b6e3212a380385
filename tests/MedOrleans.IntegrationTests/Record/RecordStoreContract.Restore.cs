using System.Text;
using MedOrleans.Record.Store;

namespace MedOrleans.IntegrationTests.Record;

public abstract partial class RecordStoreContract
{
    [Fact]
    public async Task Differences_ToAnEarlierMoment_AreWhatHasChangedSince()
    {
        await RegisterAsync();
        await Store.CommitAsync(
            [
                Commit(s_north, Item("Patient", "same", 0, "x"), Item("Patient", "changed", 0, "then"), Item("Patient", "deleted", 0, "then"), Item("Patient", "gone", 0, "x"), Item("Observation", "twice", 0, "then")),
                Commit(s_south, Item("Patient", "changed", 0, "south")),
            ],
            default);
        await Store.CommitAsync([Commit(s_north, Deletion("Patient", "gone", 1))], default);
        var then = await MomentAsync();
        await Store.CommitAsync(
            [
                Commit(s_north, Item("Patient", "changed", 1, "now"), Deletion("Patient", "deleted", 1), Item("Patient", "new", 0, "now"), Item("Patient", "gone", 2, "again"), Item("Observation", "twice", 1, "later")),
                Commit(s_south, Item("Patient", "changed", 1, "south, later")),
            ],
            default);
        await Store.CommitAsync([Commit(s_north, Item("Observation", "twice", 2, "now"), Item("Patient", "passing", 0, "x"))], default);
        await Store.CommitAsync([Commit(s_north, Deletion("Patient", "passing", 1))], default);

        var (counts, first) = await Store.DifferencesAsync(s_north, then, 100, default);
        Assert.Equal([new RestoreCount("Observation", 1, 0, 0), new RestoreCount("Patient", 1, 1, 2)], counts);
        RestoreItem[] expected =
        [
            new(1, "Observation", "twice", 3, true, 1),
            new(2, "Patient", "changed", 2, true, 1),
            new(3, "Patient", "deleted", 2, false, 1),
            new(4, "Patient", "gone", 3, true, null),
            new(5, "Patient", "new", 1, true, null),
        ];
        Assert.Equal(expected, first);
        Assert.Equal(expected[..2], (await Store.DifferencesAsync(s_north, then, 2, default)).First);

        Assert.Equal(5, await Store.PlanRestoreAsync(s_north, then, default));
        Assert.Equal(5, await Store.PlanRestoreAsync(s_north, then, default));
        Assert.Equal(expected[1..4], await Store.PlannedAsync(s_north, 1, 3, default));
        Assert.Empty(await Store.PlannedAsync(s_south, 0, 3, default));
        await Store.DropPlanAsync(s_north, default);
        Assert.Empty(await Store.PlannedAsync(s_north, 0, 3, default));
        Assert.Empty((await Store.DifferencesAsync(s_north, await MomentAsync(), 100, default)).First);
    }

    [Fact]
    public async Task Erase_OfOneHospital_LeavesTheOthersAndTheSums()
    {
        await RegisterAsync();
        foreach (var tenant in new[] { s_north, s_south })
        {
            await Store.CommitAsync([.. Enumerable.Range(0, 50).Select(i => Commit(tenant, Item("Patient", $"p{i}", 0, "body", Text(1, "k"))))], default);
            await Store.ApplyUsageAsync([Batch(tenant, Guid.NewGuid(), 1, 7)], default);
            await ExportAsync(tenant, ["Patient"]);
        }

        var before = await Store.CountRowsAsync(s_north, default);
        Assert.Equal((50, 50, 50, 50, 1, 1), (before["version"], before["resource"], before["index_text"], before["export_row"], before["export_job"], before["usage_batch"]));
        long gone = 0;
        while (await Store.EraseRowsAsync(s_north, 7, default) is > 0 and var rows)
        {
            gone += rows;
        }

        Assert.True(await Store.CleanAsync(default));
        Assert.Equal(before.Values.Sum(), gone);
        Assert.Empty(await Store.CountRowsAsync(s_north, default));
        Assert.Equal(before, await Store.CountRowsAsync(s_south, default));
        Assert.Equal("body", Encoding.UTF8.GetString((await Store.ReadAsync(new ResourceKey(s_south, "Patient", "p7"), default))!.Body));
        Assert.Equal(50, await MeteredAsync(s_north, Metering.MeterNames.ApiWrite));
        Assert.Equal(7, await MeteredAsync(s_north, Metering.MeterNames.ApiRead));

        // What is gone is stored no longer, however often that is said.
        Assert.Equal(200, await MeteredAsync(s_north, Metering.MeterNames.StorageBytes));
        await Store.SettleLevelsAsync(s_north, default);
        await Store.SettleLevelsAsync(s_north, default);
        Assert.Equal((0, 200), (await MeteredAsync(s_north, Metering.MeterNames.StorageBytes), await MeteredAsync(s_south, Metering.MeterNames.StorageBytes)));
    }

    /// <summary>A moment by the store's clock, which what is committed before and after lies on either side of.</summary>
    private async Task<DateTimeOffset> MomentAsync()
    {
        var start = await Store.TimeAsync(default);
        await Eventually.TrueAsync(async () => await Store.TimeAsync(default) > start.AddMilliseconds(2));
        var moment = await Store.TimeAsync(default);
        await Eventually.TrueAsync(async () => await Store.TimeAsync(default) > moment.AddMilliseconds(2));
        return moment;
    }
}
