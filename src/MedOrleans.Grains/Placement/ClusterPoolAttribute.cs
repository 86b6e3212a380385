using Orleans.Metadata;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace MedOrleans.Grains.Placement;

/// <summary>The grain is the cluster's own: it runs on any silo that is ready and not leaving.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ClusterPoolAttribute() : PlacementFilterAttribute(new ClusterPoolStrategy());

/// <summary>The strategy of <see cref="ClusterPoolAttribute"/>, as it travels in the cluster's manifest.</summary>
internal sealed class ClusterPoolStrategy() : PlacementFilterStrategy(order: 0);

/// <summary>Keeps the silos that are ready and stay.</summary>
internal sealed class ClusterPoolDirector(TakingSilos taking) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> candidates) =>
        taking.Of([.. candidates]);
}
