using Orleans.Metadata;

namespace MedOrleans.Grains.Placement;

/// <summary>
/// A client's calls take the silos in turn as their way into the cluster, one that has just joined included (as those of stateless workers do);
/// otherwise the calls of one grain go by one silo for as long as its connection lasts.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AnyWayInAttribute : Attribute, IGrainPropertiesProviderAttribute
{
    /// <inheritdoc/>
    public void Populate(IServiceProvider services, Type grainClass, GrainType grainType, Dictionary<string, string> properties) =>
        properties[WellKnownGrainTypeProperties.Unordered] = bool.TrueString;
}
