using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.IntegrationTests.Record;

public abstract partial class RecordStoreContract
{
    [Fact]
    public async Task Changes_OfAHospital_ComeInOrderPageByPageAndOnlyOfItsTypes()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "before", 0, "x"))], default);
        var position = await Store.FeedEndAsync(default);
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "one")) with { Caller = new Caller("hl7:his") }], default);
        await Store.CommitAsync([Commit(s_south, Item("Patient", "s", 0, "south")), Commit(s_north, Item("Encounter", "e", 0, "visit"), Item("Location", "bed", 0, "bed"))], default);
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 1, "two"))], default);
        await Store.CommitAsync([Commit(s_north, Deletion("Encounter", "e", 1))], default);

        var seen = new List<Change>();
        for (var pages = 0; pages < 3; pages++)
        {
            var page = await Store.ChangesAsync(s_north, ["Patient", "Encounter"], position, 2, default);
            Assert.True(page.Position >= position);
            Assert.All(page.Changes, change => Assert.InRange(change.Sequence, position + 1, page.Position));
            seen.AddRange(page.Changes);
            position = page.Position;
        }

        Assert.Equal(["Patient/a/1", "Encounter/e/1", "Patient/a/2", "Encounter/e/2"], seen.Select(change => $"{change.Stored.Type}/{change.Stored.Id}/{change.Stored.Version}"));
        Assert.Equal(["hl7:his", "test", "test", "test"], seen.Select(change => change.Agent));
        Assert.True(seen[3].Stored.Deleted);
        Assert.Equal(await Store.FeedEndAsync(default), position);
    }

    [Fact]
    public async Task Changes_FollowedWhileManyWrite_AreEachSeenOnce()
    {
        await RegisterAsync();
        using var stop = new CancellationTokenSource();
        var position = await Store.FeedEndAsync(default);
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                CommitItem[] items = [.. Enumerable.Range(0, 1 + (i % 3)).Select(item => Item("Patient", $"p{writer}-{i}-{item}", 0, "body"))];
                await Store.CommitAsync([Commit(s_north, items)], default);
            }
        })));

        var seen = new List<Change>();
        while (true)
        {
            var isOver = writing.IsCompleted;
            var page = await Store.ChangesAsync(s_north, ["Patient"], position, 50, default);
            seen.AddRange(page.Changes);
            if (isOver && page.Changes.Count == 0)
            {
                break;
            }

            position = page.Position;
        }

        await writing;
        Assert.Equal((await Store.CountsAsync(s_north, default)).ResourcesByType["Patient"], seen.Count);
        Assert.Equal(seen.Count, seen.DistinctBy(change => change.Stored.Id).Count());
        Assert.Equal(seen.Select(change => change.Sequence).Order(), seen.Select(change => change.Sequence));
    }
}
