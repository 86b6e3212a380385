using MedOrleans.Grains.Placement;
using Orleans;

namespace MedOrleans.Tests.Grains;

/// <summary>Which grains belong to a hospital.</summary>
public sealed class PlacementTests
{
    // These are the cluster's own: they know of hospitals what their operator knows, and nothing of a record.
    private static readonly string[] s_clusters = ["BillingClerkGrain", "InvitationCatalogGrain", "PlanCatalogGrain", "PoolLedgerGrain", "RateCardCatalogGrain", "ScalingGrain", "SiloPoolsGrain"];

    [Fact]
    public void Grains_OfHospitals_AreAllPlacedByPool()
    {
        var others = typeof(PlacedGrains).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(IGrain)) && type.IsAssignableTo(typeof(Grain)))
            .Except(PlacedGrains.HospitalClasses).Select(type => type.Name).Order(StringComparer.Ordinal);

        Assert.Equal(s_clusters, others);
        Assert.Equal(s_clusters, PlacedGrains.ClusterClasses.Select(type => type.Name).Order(StringComparer.Ordinal));
    }
}
