using System.Globalization;
using MedOrleans.Rating;

namespace MedOrleans.Metering.Rating;

/// <summary>Budgets, as pure functions.</summary>
internal static class BudgetRules
{
    private const int MostThresholds = 10;
    private const int MostPercent = 1000;

    /// <summary>What is wrong with a budget; empty for nothing.</summary>
    public static IReadOnlyList<string> Mistakes(Budget budget)
    {
        var mistakes = new List<string>();
        if (budget.MonthlyAmount is <= 0 or > 1_000_000_000 || decimal.Round(budget.MonthlyAmount, 2) != budget.MonthlyAmount)
        {
            mistakes.Add("monthlyAmount: is above 0, up to 1000000000, in whole cents.");
        }

        if (budget.Thresholds is null || budget.Thresholds.Count > MostThresholds || budget.Thresholds.Any(percent => percent is < 1 or > MostPercent)
            || budget.Thresholds.Zip(budget.Thresholds.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"thresholds: are up to {MostThresholds} percentages of 1 to {MostPercent}, rising."));
        }

        return mistakes;
    }

    /// <summary>The alerts that are due: each threshold once a month, however often the budget is looked at.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="month">The month.</param>
    /// <param name="spent">What it has cost so far.</param>
    /// <param name="raised">The alerts of before.</param>
    /// <param name="now">The time.</param>
    public static IEnumerable<BudgetAlert> Due(Budget budget, BillingMonth month, decimal spent, IReadOnlyList<BudgetAlert> raised, DateTimeOffset now) =>
        budget.Thresholds
            .Where(percent => spent * 100 >= budget.MonthlyAmount * percent && !raised.Any(alert => alert.Month == month.ToString() && alert.Threshold == percent))
            .Select(percent => new BudgetAlert(month.ToString(), percent, now, spent, budget.MonthlyAmount));
}
