namespace MedOrleans.Tenants;

/// <summary>Where a hospital stands in its life.</summary>
public enum TenantStatus
{
    /// <summary>Open for reads and writes.</summary>
    Active,

    /// <summary>Reads only, until it is resumed.</summary>
    Suspended,

    /// <summary>Closed: it can be read and exported, and reopened, until its grace period is over; then nothing answers any more, and it may be deleted.</summary>
    Closed,

    /// <summary>Reads only, while its record is taken back to an earlier moment.</summary>
    Restoring,

    /// <summary>Nothing answers: its record is being deleted, and there is no way back.</summary>
    Deleting,
}

/// <summary>A hospital as its operator and its own staff see it. Holds no secret.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.TenantSummary")]
public sealed record TenantSummary
{
    /// <summary>The slug.</summary>
    [Id(0)]
    public required TenantId Tenant { get; init; }

    /// <summary>The name for people, "North Hospital".</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(2)]
    public required TenantStatus Status { get; init; }

    /// <summary>The pool it belongs to, <c>community</c> unless it was placed elsewhere.</summary>
    [Id(3)]
    public required string Pool { get; init; }

    /// <summary>The configured name of the database that keeps its record.</summary>
    [Id(4)]
    public required string Database { get; init; }

    /// <summary>When it was created, UTC.</summary>
    [Id(5)]
    public required DateTimeOffset Created { get; init; }

    /// <summary>The id of its plan.</summary>
    [Id(6)]
    public string Plan { get; init; } = Plans.IPlanCatalogGrain.DefaultPlan;

    /// <summary>When it was closed, UTC; null unless it is.</summary>
    [Id(7)]
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Until when it can be read and reopened, UTC; afterwards it may be deleted. Null unless it is closed.</summary>
    [Id(8)]
    public DateTimeOffset? DeleteAfter { get; init; }

    /// <summary>Whether its record can be read at that time.</summary>
    public bool IsReadable(DateTimeOffset now) => Status switch
    {
        TenantStatus.Closed => now < DeleteAfter,
        TenantStatus.Deleting => false,
        _ => true,
    };
}
