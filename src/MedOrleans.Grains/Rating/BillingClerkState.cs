namespace MedOrleans.Grains.Rating;

/// <summary>What the clerk keeps. Stored as JSON under the state name <c>billing-clerk-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.BillingClerkState")]
internal sealed class BillingClerkState
{
    /// <summary>The slugs of the hospitals that have a budget.</summary>
    [Id(0)]
    public SortedSet<string> Budgets { get; set; } = [];

    /// <summary>The last month that is closed for every hospital, <c>yyyy-MM</c>.</summary>
    [Id(1)]
    public string? Closed { get; set; }

    /// <summary>The highest alert of this month of each hospital that has one, by slug.</summary>
    [Id(2)]
    public SortedDictionary<string, MedOrleans.Rating.BudgetAlert> Reached { get; set; } = [];
}
