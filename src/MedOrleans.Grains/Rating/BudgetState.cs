using MedOrleans.Rating;

namespace MedOrleans.Grains.Rating;

/// <summary>What a budget keeps. Stored as JSON under the state name <c>budget-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.BudgetState")]
internal sealed class BudgetState
{
    /// <summary>The budget; null where none is set.</summary>
    [Id(0)]
    public Budget? Budget { get; set; }

    /// <summary>The alerts, oldest first.</summary>
    [Id(1)]
    public List<BudgetAlert> Alerts { get; set; } = [];

    /// <summary>The month that the hard cap stopped writes in; null where it did not, or the hospital is free again.</summary>
    [Id(2)]
    public string? CappedMonth { get; set; }
}
