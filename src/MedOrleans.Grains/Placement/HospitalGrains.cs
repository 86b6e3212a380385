using System.Collections.Frozen;
using System.Reflection;
using Orleans.Concurrency;
using Orleans.Metadata;

namespace MedOrleans.Grains.Placement;

/// <summary>How a hospital's grains of one type are placed.</summary>
/// <param name="OrAnywhere">Whether they run on any silo while the pool has none.</param>
/// <param name="IsStateless">Whether they are stateless workers, which no directory knows.</param>
internal sealed record HospitalGrain(bool OrAnywhere, bool IsStateless);

/// <summary>The grain types that belong to a hospital.</summary>
internal sealed class HospitalGrains(GrainTypeResolver resolver)
{
    private readonly FrozenDictionary<GrainType, HospitalGrain> _types = Classes.ToFrozenDictionary(
        resolver.GetGrainType,
        type => new HospitalGrain(type.GetCustomAttribute<HospitalPoolAttribute>()!.OrAnywhere, type.IsDefined(typeof(StatelessWorkerAttribute))));

    /// <summary>The classes that are marked.</summary>
    public static IEnumerable<Type> Classes => typeof(HospitalGrains).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsDefined(typeof(HospitalPoolAttribute)));

    /// <summary>How a grain type is placed; null where it is no hospital's.</summary>
    public HospitalGrain? Find(GrainType type) => _types.GetValueOrDefault(type);
}
