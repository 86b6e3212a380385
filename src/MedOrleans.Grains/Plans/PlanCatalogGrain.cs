using MedOrleans.Grains.Placement;
using MedOrleans.Metering.Pools;
using MedOrleans.Plans;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Plans;

/// <summary>The plans: the built-in ones, and those that the operator put.</summary>
[ClusterPool]
internal sealed partial class PlanCatalogGrain(
    [PersistentState("plans-v1", "Default")] IPersistentState<PlanCatalogState> state,
    ILogger<PlanCatalogGrain> logger) : Grain, IPlanCatalogGrain
{
    private const int Most = 200;

    public Task<IReadOnlyList<Plan>> ListAsync() => Task.FromResult<IReadOnlyList<Plan>>([.. All()]);

    public Task<Plan?> FindAsync(string id) => Task.FromResult(All().FirstOrDefault(plan => plan.Id == id));

    public async Task<IReadOnlyList<string>> PutAsync(Plan plan)
    {
        var mistakes = PlanRules.Mistakes(plan);
        if (mistakes.Count > 0)
        {
            return mistakes;
        }

        if (state.State.Plans.Count >= Most && !state.State.Plans.ContainsKey(plan.Id))
        {
            return [$"id: there are {Most} plans already."];
        }

        state.State.Plans[plan.Id] = plan;
        await state.WriteAsync(this);

        LogPut(logger, plan.Id);
        return [];
    }

    private IEnumerable<Plan> All() => BuiltInPlans.All.Where(plan => !state.State.Plans.ContainsKey(plan.Id))
        .Concat(state.State.Plans.Values)
        .OrderBy(plan => plan.Id, StringComparer.Ordinal);
}
