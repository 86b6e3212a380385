using System.Globalization;
using Orleans.Metadata;
using Orleans.Placement;

namespace MedOrleans.Grains.Placement;

/// <summary>The grain belongs to the hospital that leads its key, and runs on silos of that hospital's pool alone.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class HospitalPoolAttribute : PlacementFilterAttribute
{
    /// <summary>Marks a grain class.</summary>
    /// <param name="orAnywhere">Whether it runs on any silo while the pool has none: for what an operator needs to bring the hospital back.</param>
    public HospitalPoolAttribute(bool orAnywhere = false)
        : base(new HospitalPoolStrategy(orAnywhere)) => OrAnywhere = orAnywhere;

    /// <summary>Whether it runs on any silo while the pool has none.</summary>
    public bool OrAnywhere { get; }
}

/// <summary>The strategy of <see cref="HospitalPoolAttribute"/>, as it travels in the cluster's manifest.</summary>
internal sealed class HospitalPoolStrategy : PlacementFilterStrategy
{
    private const string Property = "or-anywhere";

    public HospitalPoolStrategy()
        : this(false)
    {
    }

    public HospitalPoolStrategy(bool orAnywhere)
        : base(order: 0) => OrAnywhere = orAnywhere;

    /// <summary>Whether the grain runs on any silo while the pool has none.</summary>
    public bool OrAnywhere { get; private set; }

    public override void AdditionalInitialize(GrainProperties properties) => OrAnywhere = GetPlacementFilterGrainProperty(Property, properties) == bool.TrueString;

    protected override IEnumerable<KeyValuePair<string, string>> GetAdditionalGrainProperties(
        IServiceProvider services, Type grainClass, GrainType grainType, IReadOnlyDictionary<string, string> existingProperties) =>
        [KeyValuePair.Create(Property, OrAnywhere.ToString(CultureInfo.InvariantCulture))];
}
