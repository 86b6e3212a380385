using MedOrleans.Gateway.Admin;
using MedOrleans.Rating;
using MedOrleans.Tenants;

namespace MedOrleans.Gateway.Console;

/// <summary>How soon somebody should look.</summary>
public enum AlertLevel
{
    /// <summary>Good to know.</summary>
    Notice,

    /// <summary>Soon.</summary>
    Warning,

    /// <summary>Now.</summary>
    Critical,
}

/// <summary>Something that wants to be looked at.</summary>
/// <param name="Level">How soon.</param>
/// <param name="Text">What it is.</param>
/// <param name="Tenant">The hospital that it is about; null for the cluster.</param>
public sealed record ConsoleAlert(AlertLevel Level, string Text, string? Tenant = null);

/// <summary>What wants to be looked at, as pure functions over what the admin API answers.</summary>
internal static class ConsoleAlerts
{
    /// <summary>From this part of a limit on, a pool is nearly used up.</summary>
    public const double Near = 0.8;

    private const double Full = 0.95;

    /// <summary>The cluster's alerts, the most urgent first.</summary>
    public static IReadOnlyList<ConsoleAlert> Of(IReadOnlyList<SiloView> silos, ClusterPoolsView pools, IReadOnlyList<TenantView> hospitals, IReadOnlyDictionary<string, BudgetAlert> budgets)
    {
        var alerts = new List<ConsoleAlert>();
        if (!silos.Any(silo => silo.Status == "Active"))
        {
            alerts.Add(new ConsoleAlert(AlertLevel.Critical, "No silo is active."));
        }

        alerts.AddRange(silos.Where(silo => silo.Status != "Active").Select(silo => new ConsoleAlert(silo.Status == "Leaving" ? AlertLevel.Notice : AlertLevel.Warning, $"Silo {silo.Address} is {Words(silo.Status)}.")));
        alerts.AddRange(pools.Pools.Where(pool => pool.Capacity > 0 && pool.Use >= Near * pool.Capacity).Select(pool => new ConsoleAlert(
            pool.Use >= Full * pool.Capacity ? AlertLevel.Critical : AlertLevel.Warning,
            $"{ConsoleText.Name(pool.Pool)}: {ConsoleText.Number(100 * pool.Use / pool.Capacity!.Value)} % of the cluster's capacity is in use.")));
        alerts.AddRange(pools.Tenants.SelectMany(Of));
        alerts.AddRange(hospitals.SelectMany(Of));
        alerts.AddRange(budgets.Select(reached => Of(reached.Key, reached.Value)));
        return [.. alerts.OrderByDescending(alert => alert.Level)];
    }

    /// <summary>The alerts of a hospital's pools.</summary>
    public static IEnumerable<ConsoleAlert> Of(TenantPoolsView hospital) => hospital.Pools
        .Where(pool => pool.Burst > 0 && pool.Use >= Near * pool.Burst)
        .Select(pool => new ConsoleAlert(
            pool.Use >= Full * pool.Burst ? AlertLevel.Critical : AlertLevel.Warning,
            $"{hospital.Tenant} uses {ConsoleText.Number(100 * pool.Use / pool.Burst)} % of its burst limit of {ConsoleText.Name(pool.Pool).ToLowerInvariant()}.",
            hospital.Tenant));

    /// <summary>The alerts of where a hospital stands.</summary>
    public static IEnumerable<ConsoleAlert> Of(TenantView hospital) => hospital.Status switch
    {
        TenantStatus.Active => [],
        TenantStatus.Suspended => [new ConsoleAlert(AlertLevel.Warning, $"{hospital.Name} is suspended: it can be read, not written.", hospital.Tenant)],
        TenantStatus.Closed => [new ConsoleAlert(AlertLevel.Notice, hospital.DeleteAfter is { } until
            ? $"{hospital.Name} is closed; it can be reopened until {ConsoleText.Time(until)}." : $"{hospital.Name} is closed.", hospital.Tenant)],
        _ => [new ConsoleAlert(AlertLevel.Notice, $"{hospital.Name} is {Words(hospital.Status.ToString())}.", hospital.Tenant)],
    };

    /// <summary>The alert of a hospital's budget; none where the month has reached no threshold of the budget as it is now.</summary>
    public static IEnumerable<ConsoleAlert> Of(BudgetStanding standing)
    {
        if (standing.IsCapped)
        {
            return [new ConsoleAlert(AlertLevel.Critical, $"The budget for {standing.Month} is spent: its hard cap stops writes. A higher budget lets them go on.", standing.Tenant)];
        }

        var reached = standing.Alerts.Where(alert => alert.Month == standing.Month && standing.Budget is { } budget && standing.Spent * 100 >= budget.MonthlyAmount * alert.Threshold).MaxBy(alert => alert.Threshold);
        return reached is null ? [] : [Of(standing.Tenant, reached)];
    }

    private static ConsoleAlert Of(string tenant, BudgetAlert reached) =>
        new(reached.Threshold >= 100 ? AlertLevel.Warning : AlertLevel.Notice, $"{tenant} has spent {reached.Threshold} % of its budget for {reached.Month}.", tenant);

    private static string Words(string status) => string.Concat(status.Select((letter, i) => i > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
