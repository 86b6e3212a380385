using System.Collections.Frozen;
using System.Reflection;
using Orleans.Concurrency;
using Orleans.Metadata;

namespace MedOrleans.Grains.Placement;

/// <summary>How the grains of one type are placed.</summary>
/// <param name="IsHospitals">Whether they belong to the hospital that leads their key; otherwise they are the cluster's own.</param>
/// <param name="OrAnywhere">Whether they run on any silo while the pool has none.</param>
/// <param name="IsStateless">Whether they are stateless workers, which no directory knows.</param>
internal sealed record PlacedGrain(bool IsHospitals, bool OrAnywhere, bool IsStateless);

/// <summary>The grain types of this product, and how they are placed.</summary>
internal sealed class PlacedGrains(GrainTypeResolver resolver)
{
    private readonly FrozenDictionary<GrainType, PlacedGrain> _types = HospitalClasses.Concat(ClusterClasses).ToFrozenDictionary(resolver.GetGrainType, static type =>
    {
        var pool = type.GetCustomAttribute<HospitalPoolAttribute>();
        return new PlacedGrain(pool is not null, pool?.OrAnywhere == true, type.IsDefined(typeof(StatelessWorkerAttribute)));
    });

    /// <summary>The classes that belong to a hospital.</summary>
    public static IEnumerable<Type> HospitalClasses => Marked(typeof(HospitalPoolAttribute));

    /// <summary>The classes that are the cluster's own.</summary>
    public static IEnumerable<Type> ClusterClasses => Marked(typeof(ClusterPoolAttribute));

    /// <summary>How a grain type is placed; null where it is none of this product's.</summary>
    public PlacedGrain? Find(GrainType type) => _types.GetValueOrDefault(type);

    private static IEnumerable<Type> Marked(Type attribute) => typeof(PlacedGrains).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsDefined(attribute));
}
