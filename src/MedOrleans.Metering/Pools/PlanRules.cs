using MedOrleans.Plans;

namespace MedOrleans.Metering.Pools;

/// <summary>What a plan may say.</summary>
internal static class PlanRules
{
    /// <summary>Everything that is wrong with a plan, each with the member's name.</summary>
    public static IReadOnlyList<string> Mistakes(Plan plan)
    {
        var mistakes = new List<string>();
        Check(TenantId.TryParse(plan.Id, out _), "id: has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
        Check(!string.IsNullOrWhiteSpace(plan.Name) && plan.Name.Length <= 200 && !plan.Name.Any(char.IsControl), "name: is missing, longer than 200 characters, or has control characters.");
        Check(TenantId.TryParse(plan.RateCard, out _), "rateCard: has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
        Check(plan.Weight is >= 0.01 and <= 1000, "weight: must be between 0.01 and 1000.");
        Share(plan.Compute, "compute");
        Share(plan.Memory, "memory");
        Share(plan.Storage, "storage");
        Share(plan.Network, "network");
        Share(plan.NetworkBytes, "networkBytes");
        Share(plan.Sessions, "sessions");
        return mistakes;

        void Check(bool holds, string mistake)
        {
            if (!holds)
            {
                mistakes.Add(mistake);
            }
        }

        void Share(PoolShare? share, string name) => Check(
            share is { Guaranteed: >= 0, Burst: >= 1 and <= 1e18 } && share.Guaranteed <= share.Burst,
            $"{name}: guaranteed must be 0 or more, burst 1 or more and not below guaranteed.");
    }
}
