using MedOrleans.Plans;

namespace MedOrleans.Grains.Plans;

/// <summary>What the catalogue keeps: the plans that an operator has put. Stored as JSON under the state name <c>plans-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.PlanCatalogState")]
internal sealed class PlanCatalogState
{
    /// <summary>The plans, by id; one of a built-in plan's id takes its place.</summary>
    [Id(0)]
    public Dictionary<string, Plan> Plans { get; set; } = [];
}
