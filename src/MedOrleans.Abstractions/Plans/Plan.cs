namespace MedOrleans.Plans;

/// <summary>The five virtual pools that a hospital is given a share of.</summary>
public enum PoolKind
{
    /// <summary>Grain milliseconds a second.</summary>
    Compute,

    /// <summary>Activations in memory.</summary>
    Memory,

    /// <summary>Stored bytes.</summary>
    Storage,

    /// <summary>Requests a second; <see cref="Plan.NetworkBytes"/> bounds the bytes.</summary>
    Network,

    /// <summary>Workstations at work at one time.</summary>
    Sessions,
}

/// <summary>What a plan gives of one pool, in the pool's unit.</summary>
/// <param name="Guaranteed">The share that no neighbour can take.</param>
/// <param name="Burst">The most that may be used while others leave it free; at least <paramref name="Guaranteed"/>.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PoolShare")]
public sealed record PoolShare([property: Id(0)] double Guaranteed, [property: Id(1)] double Burst);

/// <summary>What a hospital is entitled to, and by which rate card it pays.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.Plan")]
public sealed record Plan
{
    /// <summary>The plan's id, <c>clinic</c>.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>The name for people.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>The id of the rate card that prices it.</summary>
    [Id(2)]
    public required string RateCard { get; init; }

    /// <summary>The weight in fair sharing when the cluster is saturated, above 0.</summary>
    [Id(3)]
    public double Weight { get; init; } = 1;

    /// <summary>Grain milliseconds a second.</summary>
    [Id(4)]
    public required PoolShare Compute { get; init; }

    /// <summary>Activations.</summary>
    [Id(5)]
    public required PoolShare Memory { get; init; }

    /// <summary>Stored bytes.</summary>
    [Id(6)]
    public required PoolShare Storage { get; init; }

    /// <summary>Requests a second.</summary>
    [Id(7)]
    public required PoolShare Network { get; init; }

    /// <summary>Bytes a second, in and out.</summary>
    [Id(8)]
    public required PoolShare NetworkBytes { get; init; }

    /// <summary>Workstations at one time.</summary>
    [Id(9)]
    public required PoolShare Sessions { get; init; }

    /// <summary>Whether hospitals may choose it themselves.</summary>
    [Id(10)]
    public bool IsOffered { get; init; } = true;
}

/// <summary>A plan that a hospital has had since a moment, until the next period begins.</summary>
/// <param name="PlanId">The plan.</param>
/// <param name="From">When it began, UTC.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PlanPeriod")]
public sealed record PlanPeriod([property: Id(0)] string PlanId, [property: Id(1)] DateTimeOffset From);
