using System.Text.Json;

namespace MedOrleans.Record.Store;

/// <summary>
/// What one process counted of one hospital's usage since its batch before. Applied once, however often, late or out of order it
/// comes, and in the hour in which it is committed, by the store's clock.
/// </summary>
public sealed record UsageBatch
{
    /// <summary>The hospital.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The process that counted, one of its starts.</summary>
    public required Guid Source { get; init; }

    /// <summary>The batch's number, counted from 1 for each hospital and source, without a gap.</summary>
    public required long Sequence { get; init; }

    /// <summary>What was counted; no meter is in it twice.</summary>
    public required IReadOnlyList<UsageQuantity> Quantities { get; init; }

    /// <summary>The quantities as stored: an object with a member a meter.</summary>
    internal string ToJson() => JsonSerializer.Serialize(Quantities.ToDictionary(used => used.Meter, used => used.Quantity));
}

/// <summary>What became of a batch.</summary>
public enum UsageBatchOutcome
{
    /// <summary>It was applied now.</summary>
    Applied,

    /// <summary>It had been applied before: nothing changed.</summary>
    Repeated,

    /// <summary>This database does not keep the hospital's record: nothing changed, and nothing will.</summary>
    UnknownTenant,
}

/// <summary>
/// What a hospital's usage of some hours is held against, read from one snapshot, by meter and hour of commit.
/// </summary>
/// <param name="Committed">Metered with committed writes.</param>
/// <param name="History">The same recomputed from the history: <c>api.write</c>, <c>storage.bytes</c>, <c>record.resources</c>.</param>
/// <param name="Flushed">Metered by batches.</param>
/// <param name="Batches">The same summed from the batches.</param>
/// <param name="Sources">The processes whose batches these are.</param>
public sealed record UsageEvidence(
    IReadOnlyList<UsageBucket> Committed,
    IReadOnlyList<UsageBucket> History,
    IReadOnlyList<UsageBucket> Flushed,
    IReadOnlyList<UsageBucket> Batches,
    IReadOnlyList<UsageSource> Sources);

/// <summary>A process that counted.</summary>
/// <param name="Source">The process, one of its starts.</param>
/// <param name="Applied">Batches applied since it started.</param>
/// <param name="Last">The number of the last one: where it is more than <paramref name="Applied"/>, some are missing.</param>
public sealed record UsageSource(Guid Source, long Applied, long Last);

/// <summary>Whole hours.</summary>
internal static class UsageHours
{
    /// <summary>The beginning of the hour.</summary>
    public static DateTimeOffset Floor(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    /// <summary>The beginning of the next hour, unless one begins just then.</summary>
    public static DateTimeOffset Ceiling(DateTimeOffset time) => Floor(time) is var floor && floor == time || floor > DateTimeOffset.MaxValue.AddHours(-1) ? floor : floor.AddHours(1);
}
