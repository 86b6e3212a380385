namespace MedOrleans.Rating;

/// <summary>What one hospital means to spend in a month, for the cluster's own edge. The key is the slug.</summary>
[Alias("MedOrleans.IBudgetGrain")]
public interface IBudgetGrain : IGrainWithStringKey
{
    /// <summary>The budget, and what this month has cost so far; null where there is no such hospital.</summary>
    [Alias("Show")]
    Task<BudgetStanding?> ShowAsync();

    /// <summary>Sets the budget and looks at it at once.</summary>
    /// <returns>What is wrong with it; empty once it is kept.</returns>
    [Alias("Put")]
    Task<IReadOnlyList<string>> PutAsync(Budget budget);

    /// <summary>Takes the budget away; a hospital that it stopped writes again.</summary>
    [Alias("Remove")]
    Task RemoveAsync();

    /// <summary>Holds what the month has cost against the budget: raises the alerts that are due, and stops or frees the hospital's writes.</summary>
    /// <returns>The alert of the highest threshold that the month has reached; null for none.</returns>
    [Alias("Check")]
    Task<BudgetAlert?> CheckAsync();
}

/// <summary>What a hospital means to spend in a month.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.Budget")]
public sealed record Budget
{
    /// <summary>The amount for each month, in the currency of the hospital's rate card.</summary>
    [Id(0)]
    public required decimal MonthlyAmount { get; init; }

    /// <summary>The percentages of it at which an alert is raised, each once a month; 1 to 1,000, rising.</summary>
    [Id(1)]
    public IReadOnlyList<int> Thresholds { get; init; } = [50, 80, 100];

    /// <summary>
    /// Whether the hospital's writes stop for the rest of the month once the amount is spent. Reads go on. The operator can resume the hospital, and
    /// a higher amount does so at once.
    /// </summary>
    [Id(2)]
    public bool HardCap { get; init; }
}

/// <summary>An alert: a part of the budget was spent.</summary>
/// <param name="Month">The month, <c>yyyy-MM</c>.</param>
/// <param name="Threshold">The percentage.</param>
/// <param name="At">When that was seen, UTC.</param>
/// <param name="Spent">What the month had cost then.</param>
/// <param name="MonthlyAmount">The budget then.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.BudgetAlert")]
public sealed record BudgetAlert(
    [property: Id(0)] string Month,
    [property: Id(1)] int Threshold,
    [property: Id(2)] DateTimeOffset At,
    [property: Id(3)] decimal Spent,
    [property: Id(4)] decimal MonthlyAmount);

/// <summary>A budget and how it stands.</summary>
/// <param name="Tenant">The hospital.</param>
/// <param name="Month">The month.</param>
/// <param name="Currency">The currency; null where the month cannot be priced.</param>
/// <param name="Spent">What the month has cost so far, as its draft statement says; null where it cannot be priced.</param>
/// <param name="Budget">The budget; null where none is set.</param>
/// <param name="IsCapped">Whether the hard cap has stopped writes this month.</param>
/// <param name="Alerts">The alerts of the last twelve months, the newest first.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.BudgetStanding")]
public sealed record BudgetStanding(
    [property: Id(0)] string Tenant,
    [property: Id(1)] string Month,
    [property: Id(2)] string? Currency,
    [property: Id(3)] decimal? Spent,
    [property: Id(4)] Budget? Budget,
    [property: Id(5)] bool IsCapped,
    [property: Id(6)] IReadOnlyList<BudgetAlert> Alerts);
