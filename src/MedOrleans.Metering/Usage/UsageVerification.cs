using MedOrleans.Rating;
using MedOrleans.Record.Store;

namespace MedOrleans.Metering.Usage;

/// <summary>A difference between what was metered and what it is held against.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Hour">The hour; null where it is not about one.</param>
/// <param name="Against">What it was held against: <c>history</c>, <c>batches</c>, <c>buckets</c>, <c>statement</c>.</param>
/// <param name="Metered">What the meter says.</param>
/// <param name="Recomputed">What it should say.</param>
public sealed record UsageDifference(string Meter, DateTimeOffset? Hour, string Against, long Metered, long Recomputed);

/// <summary>What came of holding a hospital's usage against its record.</summary>
/// <param name="From">The first hour.</param>
/// <param name="To">The end of the last.</param>
/// <param name="Differences">Every difference; none where the meters are right.</param>
/// <param name="Versions">Committed versions that were recounted.</param>
/// <param name="Batches">Batches that were recounted.</param>
public sealed record UsageVerdict(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<UsageDifference> Differences, long Versions, long Batches)
{
    /// <summary>Whether the meters say what happened.</summary>
    public bool IsEqual => Differences.Count == 0;
}

/// <summary>
/// Recomputes usage from what is kept besides the meters: written usage from the history, which is the audit trail, and flushed usage
/// from the numbered batches; then holds the hourly buckets, which bills are made of, against both.
/// </summary>
public static class UsageVerification
{
    private static readonly string[] s_fromHistory = [MeterNames.ApiWrite, MeterNames.StorageBytes, MeterNames.RecordResources];

    /// <summary>Verifies the whole hours from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static async Task<UsageVerdict> VerifyAsync(IRecordStore store, TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel)
    {
        var evidence = await store.UsageEvidenceAsync(tenant, from, to, cancel);
        var buckets = await store.UsageAsync(tenant, from, to, cancel);
        var now = await store.TimeAsync(cancel);

        // The evidence is one snapshot and whole. The buckets were read a moment later, so the hour that is not over may have grown.
        return new UsageVerdict(
            from,
            to,
            Compare(evidence, [.. buckets.Where(bucket => bucket.Hour.AddHours(1) <= now)], now),
            evidence.History.Where(bucket => bucket.Meter == MeterNames.ApiWrite).Sum(bucket => bucket.Quantity),
            evidence.Sources.Sum(source => source.Applied));
    }

    /// <summary>All differences within the evidence, and between it and the buckets of the hours that are over at <paramref name="now"/>.</summary>
    public static IReadOnlyList<UsageDifference> Compare(UsageEvidence evidence, IReadOnlyList<UsageBucket> buckets, DateTimeOffset now) =>
    [
        .. Differences("history", evidence.Committed.Where(bucket => s_fromHistory.Contains(bucket.Meter)), evidence.History),
        .. Differences("batches", evidence.Flushed, evidence.Batches),
        .. evidence.Sources.Where(source => source.Applied != source.Last)
            .Select(source => new UsageDifference($"batches of {source.Source}", null, "numbers", source.Applied, source.Last)),
        .. Differences("buckets", evidence.Committed.Concat(evidence.Flushed).Where(bucket => bucket.Hour.AddHours(1) <= now), buckets),
    ];

    /// <summary>Every meter of which more or less is billed than was metered. Where the month goes on, what is billed may be anything between two looks at the buckets.</summary>
    /// <param name="lines">The lines that bill usage of the month.</param>
    /// <param name="before">The month's buckets before they were read.</param>
    /// <param name="after">The month's buckets afterwards.</param>
    public static IReadOnlyList<UsageDifference> CompareBilled(IReadOnlyList<StatementLine> lines, IReadOnlyList<UsageBucket> before, IReadOnlyList<UsageBucket> after)
    {
        var (low, high) = (Totals(before), Totals(after));
        var billed = lines.GroupBy(line => line.Meter!).ToDictionary(group => group.Key, group => (long)group.Sum(line => line.Quantity), StringComparer.Ordinal);
        return [.. high.Keys.Union(billed.Keys).Order(StringComparer.Ordinal)
            .Select(meter => (Meter: meter, Billed: billed.GetValueOrDefault(meter), Low: low.GetValueOrDefault(meter), High: high.GetValueOrDefault(meter)))
            .Where(sum => sum.Billed < sum.Low || sum.Billed > sum.High)
            .Select(sum => new UsageDifference(sum.Meter, null, "statement", sum.High, sum.Billed))];

        static Dictionary<string, long> Totals(IReadOnlyList<UsageBucket> buckets) => buckets.Where(bucket => Meters.Find(bucket.Meter) is { Kind: MeterKind.Counter })
            .GroupBy(bucket => bucket.Meter).ToDictionary(group => group.Key, group => group.Sum(bucket => bucket.Quantity), StringComparer.Ordinal);
    }

    private static IEnumerable<UsageDifference> Differences(string against, IEnumerable<UsageBucket> metered, IEnumerable<UsageBucket> recomputed)
    {
        var left = Sums(metered);
        var right = Sums(recomputed);
        return left.Keys.Union(right.Keys)
            .Where(key => left.GetValueOrDefault(key) != right.GetValueOrDefault(key))
            .OrderBy(key => key.Hour).ThenBy(key => key.Meter, StringComparer.Ordinal)
            .Select(key => new UsageDifference(key.Meter, key.Hour, against, left.GetValueOrDefault(key), right.GetValueOrDefault(key)));
    }

    private static Dictionary<(string Meter, DateTimeOffset Hour), long> Sums(IEnumerable<UsageBucket> buckets) =>
        buckets.GroupBy(bucket => (bucket.Meter, bucket.Hour)).ToDictionary(group => group.Key, group => group.Sum(bucket => bucket.Quantity));
}
