using MedOrleans.Cluster;
using MedOrleans.Metering;
using MedOrleans.Record.Store;

namespace MedOrleans.IntegrationTests.Record;

public abstract partial class RecordStoreContract
{
    private static readonly DateTimeOffset s_always = DateTimeOffset.MaxValue.AddDays(-1);

    [Fact]
    public async Task ApplyUsage_RepeatedLateAndOutOfOrder_CountsEachBatchOnce()
    {
        await RegisterAsync();
        var source = Guid.CreateVersion7();

        Assert.Equal([UsageBatchOutcome.Applied, UsageBatchOutcome.Applied], await Store.ApplyUsageAsync([Batch(s_north, source, 3, 100), Batch(s_south, source, 1, 7)], default));
        Assert.Equal([UsageBatchOutcome.Applied], await Store.ApplyUsageAsync([Batch(s_north, source, 1, 1)], default));
        Assert.Equal([UsageBatchOutcome.Repeated, UsageBatchOutcome.Applied], await Store.ApplyUsageAsync([Batch(s_north, source, 3, 100), Batch(s_north, source, 2, 10)], default));
        Assert.Equal([UsageBatchOutcome.Repeated], await Store.ApplyUsageAsync([Batch(s_north, source, 1, 1)], default));

        // Another process numbers for itself.
        Assert.Equal([UsageBatchOutcome.Applied], await Store.ApplyUsageAsync([Batch(s_north, Guid.CreateVersion7(), 1, 1000)], default));
        Assert.Equal(1111, await MeteredAsync(s_north, MeterNames.ApiRead));
        Assert.Equal(1111 * 3, await MeteredAsync(s_north, MeterNames.NetworkOut));
        Assert.Equal(7, await MeteredAsync(s_south, MeterNames.ApiRead));
    }

    [Fact]
    public async Task ApplyUsage_OneBatchFromManyAtOnce_CountsItOnce()
    {
        await RegisterAsync();
        var source = Guid.CreateVersion7();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Store.ApplyUsageAsync([Batch(s_north, source, 1 + (i % 4), 1)], default)));

        Assert.Equal(4, outcomes.Count(outcome => outcome[0] == UsageBatchOutcome.Applied));
        Assert.Equal(4, await MeteredAsync(s_north, MeterNames.ApiRead));
    }

    [Fact]
    public async Task ApplyUsage_OfATenantKeptElsewhere_ChangesNothingAndSaysSo()
    {
        await RegisterAsync();

        var outcomes = await Store.ApplyUsageAsync([Batch(TenantId.Parse("nobody"), Guid.CreateVersion7(), 1, 5), Batch(s_north, Guid.CreateVersion7(), 1, 5)], default);

        Assert.Equal([UsageBatchOutcome.UnknownTenant, UsageBatchOutcome.Applied], outcomes);
    }

    [Fact]
    public async Task UsageEvidence_AfterWritesRefusalsAndBatches_AgreesBothWays()
    {
        await RegisterAsync();
        await Store.CommitAsync([.. Enumerable.Range(0, 40).Select(i => Metered(Item("Patient", $"p{i}", 0, $"body {i}")))], default);
        await Store.CommitAsync([.. Enumerable.Range(20, 40).Select(i => Metered(Item("Patient", $"p{i}", 0, "late")))], default);
        await Store.CommitAsync([Metered(Item("Patient", "p0", 1, "changed")), Metered(Deletion("Patient", "p1", 1))], default);
        var source = Guid.CreateVersion7();
        await Store.ApplyUsageAsync([Batch(s_north, source, 1, 5), Batch(s_north, source, 2, 6), Batch(s_south, source, 1, 9)], default);

        var evidence = await Store.UsageEvidenceAsync(s_north, DateTimeOffset.UnixEpoch, s_always, default);

        Assert.Equal(evidence.History, evidence.Committed);
        Assert.Equal(62, evidence.History.Where(bucket => bucket.Meter == MeterNames.ApiWrite).Sum(bucket => bucket.Quantity));
        Assert.Equal(59, evidence.History.Where(bucket => bucket.Meter == MeterNames.RecordResources).Sum(bucket => bucket.Quantity));
        Assert.Equal(evidence.Batches, evidence.Flushed);
        Assert.Equal(11, evidence.Batches.Where(bucket => bucket.Meter == MeterNames.ApiRead).Sum(bucket => bucket.Quantity));
        Assert.Equal([new UsageSource(source, 2, 2)], evidence.Sources);
    }

    [Fact]
    public async Task UsageEvidence_ABatchIsMissing_IsSeenByItsNumber()
    {
        await RegisterAsync();
        var source = Guid.CreateVersion7();
        await Store.ApplyUsageAsync([Batch(s_north, source, 1, 1), Batch(s_north, source, 4, 1)], default);

        Assert.Equal([new UsageSource(source, 2, 4)], (await Store.UsageEvidenceAsync(s_north, DateTimeOffset.UnixEpoch, s_always, default)).Sources);
    }

    [Fact]
    public async Task UsageBefore_ALaterHour_SumsAllOfIt()
    {
        await RegisterAsync();
        await Store.CommitAsync([Metered(Item("Patient", "a", 0, "12345"))], default);
        var now = await Store.TimeAsync(default);

        Assert.Equal(5, (await Store.UsageBeforeAsync(s_north, now.AddHours(1), default))[MeterNames.StorageBytes]);
        Assert.Empty(await Store.UsageBeforeAsync(s_north, now.AddHours(-1), default));
    }

    [Fact]
    public async Task CompactUsage_ChangesNoSumAndForgetsNoBatch()
    {
        await RegisterAsync();
        for (var i = 0; i < 12; i++)
        {
            await Store.CommitAsync([Metered(Item("Patient", $"p{i}", 0, "body"))], default);
        }

        var source = Guid.CreateVersion7();
        foreach (var sequence in new[] { 1, 2, 3, 5, 6, 9 })
        {
            await Store.ApplyUsageAsync([Batch(s_north, source, sequence, sequence), Batch(s_south, source, sequence, 1)], default);
        }

        var before = await Store.UsageEvidenceAsync(s_north, DateTimeOffset.UnixEpoch, s_always, default);
        var counts = await Store.CountsAsync(s_north, default);
        var now = await Store.TimeAsync(default);

        Assert.True(await Store.CompactUsageAsync(now.AddHours(1), default) > 30);
        await Store.CompactUsageAsync(now.AddHours(1), default);

        AssertSame(before, await Store.UsageEvidenceAsync(s_north, DateTimeOffset.UnixEpoch, s_always, default));
        Assert.Equal((counts.Versions, counts.StoredBytes), ((await Store.CountsAsync(s_north, default)).Versions, (await Store.CountsAsync(s_north, default)).StoredBytes));

        // What was rolled up is known still, and what never came finds its number free.
        var late = await Store.ApplyUsageAsync([.. Enumerable.Range(1, 10).Select(sequence => Batch(s_north, source, sequence, sequence))], default);
        Assert.Equal([4, 7, 8, 10], late.Select((outcome, i) => (outcome, i)).Where(pair => pair.outcome == UsageBatchOutcome.Applied).Select(pair => pair.i + 1));
        await Store.CompactUsageAsync(now.AddHours(1), default);
        Assert.Equal(55, await MeteredAsync(s_north, MeterNames.ApiRead));
        Assert.Equal([new UsageSource(source, 10, 10)], (await Store.UsageEvidenceAsync(s_north, DateTimeOffset.UnixEpoch, s_always, default)).Sources);
        Assert.Equal(6, await MeteredAsync(s_south, MeterNames.ApiRead));
    }

    [Fact]
    public async Task CompactUsage_WhileOthersCommitAndFlush_LosesNothing()
    {
        await RegisterAsync();
        var now = await Store.TimeAsync(default);
        var source = Guid.CreateVersion7();
        using var written = new CancellationTokenSource();
        var compacting = CompactUntilAsync(now.AddHours(2), written.Token);

        for (var i = 0; i < 60; i++)
        {
            await Task.WhenAll(
                Store.CommitAsync([Metered(Item("Patient", $"p{i}", 0, "body"))], default),
                Store.ApplyUsageAsync([Batch(s_north, source, i + 1, 1)], default));
        }

        await written.CancelAsync();
        await compacting;
        var evidence = await Store.UsageEvidenceAsync(s_north, DateTimeOffset.UnixEpoch, s_always, default);
        Assert.Equal(evidence.History, evidence.Committed);
        Assert.Equal(evidence.Batches, evidence.Flushed);
        Assert.Equal(60, await MeteredAsync(s_north, MeterNames.ApiRead));
        Assert.Equal(60, await MeteredAsync(s_north, MeterNames.ApiWrite));
    }

    private async Task CompactUntilAsync(DateTimeOffset before, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Store.CompactUsageAsync(before, default);
        }
    }

    private static void AssertSame(UsageEvidence expected, UsageEvidence found)
    {
        Assert.Equal(expected.Committed, found.Committed);
        Assert.Equal(expected.History, found.History);
        Assert.Equal(expected.Flushed, found.Flushed);
        Assert.Equal(expected.Batches, found.Batches);
        Assert.Equal(expected.Sources, found.Sources);
    }

    private async Task<long> MeteredAsync(TenantId tenant, string meter) =>
        (await Store.UsageAsync(tenant, DateTimeOffset.UnixEpoch, s_always, default)).Where(bucket => bucket.Meter == meter).Sum(bucket => bucket.Quantity);

    private static UsageBatch Batch(TenantId tenant, Guid source, long sequence, long reads) => new()
    {
        Tenant = tenant,
        Source = source,
        Sequence = sequence,
        Quantities = [new UsageQuantity(MeterNames.ApiRead, reads), new UsageQuantity(MeterNames.NetworkOut, reads * 3)],
    };

    /// <summary>A commit of one item with the usage that the committer gives it.</summary>
    private static RecordCommit Metered(CommitItem item) =>
        Commit(s_north, item) with { Usage = Grains.Committing.WriteUsage.Of([item], new Grains.Committing.RecordChange(item.Kind == WriteKind.Delete ? -1 : item.ExpectedVersion == 0 ? 1 : 0, 0, 0), 0) };
}
