namespace MedOrleans.Rating;

/// <summary>Does what billing needs without anybody asking: looks at budgets, closes months. One grain, its key <see cref="Key"/>, that a reminder keeps at work.</summary>
[Alias("MedOrleans.IBillingClerkGrain")]
public interface IBillingClerkGrain : IGrainWithStringKey
{
    /// <summary>The key.</summary>
    const string Key = "clerk";

    /// <summary>Sees to it that the clerk is at work; every silo says so at its start.</summary>
    [Alias("Ensure")]
    Task EnsureAsync();

    /// <summary>Says that a hospital is about to have a budget, or has none any more. Called beside the budget, never by it: the clerk calls that one.</summary>
    [Alias("Watch")]
    Task WatchAsync(TenantId tenant, bool hasBudget);

    /// <summary>The hospitals whose month has reached a threshold of their budget, each with the alert of the highest, as the last round saw it; the key is the slug.</summary>
    [Alias("Reached")]
    ValueTask<IReadOnlyDictionary<string, BudgetAlert>> ReachedAsync();

    /// <summary>Does once what the reminder makes it do.</summary>
    [Alias("Work")]
    Task WorkAsync();
}
