using MedOrleans.Cluster;
using MedOrleans.Records;

namespace MedOrleans.Record.Store;

/// <summary>What is committed whole or not at all: one write, or a transaction Bundle. Audit and usage are part of it.</summary>
public sealed record RecordCommit
{
    /// <summary>The hospital.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The new versions; no resource is in it twice.</summary>
    public required IReadOnlyList<CommitItem> Items { get; init; }

    /// <summary>Who asks: the audit columns of each history row.</summary>
    public required Caller Caller { get; init; }

    /// <summary>The command; stored with each history row.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>What this commit costs the hospital; summed to one row a tenant, meter and group.</summary>
    public required IReadOnlyList<UsageQuantity> Usage { get; init; }
}

/// <summary>One new version of one resource.</summary>
public sealed record CommitItem
{
    /// <summary>The resource type.</summary>
    public required string Type { get; init; }

    /// <summary>The logical id.</summary>
    public required string Id { get; init; }

    /// <summary>The version that must be current; 0 where the resource must not exist. The new one is the next.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>What kind of change it is, for the audit trail.</summary>
    public required WriteKind Kind { get; init; }

    /// <summary>The time in the body's <c>meta.lastUpdated</c>, whole milliseconds UTC.</summary>
    public required DateTimeOffset LastUpdated { get; init; }

    /// <summary>The stamped bytes; empty for a deletion.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>The text index entries that replace the former ones; none for a deletion.</summary>
    public TextIndexEntry[] Text { get; init; } = [];

    /// <summary>The range index entries that replace the former ones.</summary>
    public RangeIndexEntry[] Range { get; init; } = [];
}

/// <summary>A metered quantity.</summary>
/// <param name="Meter">The meter's name, <c>api.write</c>; see <see cref="MedOrleans.Metering.MeterNames"/>.</param>
/// <param name="Quantity">How much, in the meter's unit.</param>
public readonly record struct UsageQuantity(string Meter, long Quantity);

/// <summary>What became of one commit of a group.</summary>
/// <param name="Committed">Whether it was taken, whole.</param>
/// <param name="Conflicts">Otherwise the resources whose version had moved.</param>
public readonly record struct CommitOutcome(bool Committed, IReadOnlyList<ResourceId> Conflicts)
{
    /// <summary>A commit that was taken.</summary>
    public static readonly CommitOutcome Taken = new(true, []);

    /// <summary>A commit of a hospital that is no more.</summary>
    internal static CommitOutcome Refused(RecordCommit commit) => new(false, [.. commit.Items.Select(item => new ResourceId(item.Type, item.Id))]);
}

/// <summary>Usage of one meter in one hour.</summary>
public sealed record UsageBucket(string Meter, DateTimeOffset Hour, long Quantity);

/// <summary>What a hospital has in the store.</summary>
/// <param name="ResourcesByType">Resources that exist, by type.</param>
/// <param name="Versions">All versions kept.</param>
/// <param name="StoredBytes">Bytes of all bodies kept.</param>
public sealed record TenantCounts(IReadOnlyDictionary<string, long> ResourcesByType, long Versions, long StoredBytes);
