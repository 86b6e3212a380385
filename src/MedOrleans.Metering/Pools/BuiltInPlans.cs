using MedOrleans.Plans;

namespace MedOrleans.Metering.Pools;

/// <summary>The plans that every cluster has until its operator puts others in their place.</summary>
internal static class BuiltInPlans
{
    private const double GB = 1e9;
    private const double MB = 1e6;

    /// <summary>In order of id.</summary>
    public static IReadOnlyList<Plan> All { get; } =
    [
        new Plan
        {
            Id = "clinic",
            Name = "Clinic",
            RateCard = "standard",
            Weight = 1,
            Compute = new PoolShare(2_000, 50_000),
            Memory = new PoolShare(2_000, 50_000),
            Storage = new PoolShare(20 * GB, 100 * GB),
            Network = new PoolShare(50, 1_000),
            NetworkBytes = new PoolShare(2 * MB, 50 * MB),
            Sessions = new PoolShare(25, 250),
        },
        new Plan
        {
            Id = IPlanCatalogGrain.DefaultPlan,
            Name = "Hospital",
            RateCard = "standard",
            Weight = 4,
            Compute = new PoolShare(10_000, 400_000),
            Memory = new PoolShare(20_000, 500_000),
            Storage = new PoolShare(500 * GB, 2_000 * GB),
            Network = new PoolShare(250, 20_000),
            NetworkBytes = new PoolShare(10 * MB, 500 * MB),
            Sessions = new PoolShare(400, 4_000),
        },
        new Plan
        {
            Id = "university",
            Name = "University hospital",
            RateCard = "standard",
            Weight = 12,
            Compute = new PoolShare(50_000, 4_000_000),
            Memory = new PoolShare(100_000, 5_000_000),
            Storage = new PoolShare(5_000 * GB, 20_000 * GB),
            Network = new PoolShare(1_000, 200_000),
            NetworkBytes = new PoolShare(50 * MB, 2_000 * MB),
            Sessions = new PoolShare(2_500, 25_000),
        },
    ];
}
