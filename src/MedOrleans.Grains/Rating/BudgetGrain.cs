using MedOrleans.Grains.Placement;
using MedOrleans.Metering.Rating;
using MedOrleans.Rating;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Rating;

/// <summary>A hospital's budget. What the month has cost is its draft statement's total, so that budget and bill cannot differ.</summary>
[HospitalPool]
internal sealed partial class BudgetGrain(
    [PersistentState("budget-v1", "Default")] IPersistentState<BudgetState> state,
    IRecordStores stores,
    BudgetInstruments instruments,
    TimeProvider time,
    ILogger<BudgetGrain> logger) : Grain, IBudgetGrain
{
    private const int RememberedMonths = 12;

    private TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    private ITenantManagementGrain Management => GrainFactory.GetGrain<ITenantManagementGrain>(Tenant.Value);

    public async Task<BudgetStanding?> ShowAsync()
    {
        if (await SpentAsync() is not { } spent)
        {
            return null;
        }

        return new BudgetStanding(
            Tenant.Value, spent.Month.ToString(), spent.Statement?.Currency, spent.Statement?.Total, state.State.Budget,
            state.State.CappedMonth == spent.Month.ToString(), [.. state.State.Alerts.AsEnumerable().Reverse()]);
    }

    public async Task<IReadOnlyList<string>> PutAsync(Budget budget)
    {
        if (BudgetRules.Mistakes(budget) is { Count: > 0 } mistakes)
        {
            return mistakes;
        }

        state.State.Budget = budget;
        await state.WriteAsync(this);
        await CheckAsync();
        return [];
    }

    public async Task RemoveAsync()
    {
        state.State.Budget = null;
        await state.WriteAsync(this);
        instruments.Forget(Tenant);
        await FreeAsync();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Whoever called it under a key that is no slug was refused.
        if (TenantId.TryParse(this.GetPrimaryKeyString(), out var tenant))
        {
            instruments.Forget(tenant);
        }

        return Task.CompletedTask;
    }

    public async Task<BudgetAlert?> CheckAsync()
    {
        if (state.State.Budget is not { } budget || await SpentAsync() is not { Statement: { } statement, Month: var month })
        {
            instruments.Forget(Tenant);
            return null;
        }

        if (BudgetRules.Due(budget, month, statement.Total, state.State.Alerts, time.GetUtcNow()).ToList() is { Count: > 0 } due)
        {
            state.State.Alerts.AddRange(due);
            state.State.Alerts.RemoveAll(alert => BillingMonth.Parse(alert.Month).Index <= month.Index - RememberedMonths);
            await state.WriteAsync(this);
            due.ForEach(alert => LogAlert(logger, Tenant, alert.Threshold, alert.Month));
        }

        if (!budget.HardCap || statement.Total < budget.MonthlyAmount)
        {
            await FreeAsync();
        }
        else if (state.State.CappedMonth != month.ToString())
        {
            await Management.CapAsync();
            state.State.CappedMonth = month.ToString();
            await state.WriteAsync(this);
            LogCapped(logger, Tenant, month.ToString());
        }

        // By the budget as it is now: a higher one makes an alert of before untrue.
        var reached = state.State.Alerts.Where(alert => alert.Month == month.ToString() && statement.Total * 100 >= budget.MonthlyAmount * alert.Threshold).MaxBy(alert => alert.Threshold);
        instruments.Set(Tenant, (double)(statement.Total / budget.MonthlyAmount), reached?.Threshold ?? 0);
        return reached;
    }

    /// <summary>This month, and its draft statement where it can be priced; null where there is no such hospital.</summary>
    private async Task<(BillingMonth Month, Statement? Statement)?> SpentAsync()
    {
        if (await stores.ForAsync(Tenant, CancellationToken.None) is not { } store)
        {
            return null;
        }

        var month = BillingMonth.Of(await store.TimeAsync(CancellationToken.None));
        var reply = await GrainFactory.GetGrain<IStatementGrain>(StatementKey.Of(Tenant, month)).ShowAsync();
        return reply.Status == StatementReplyStatus.NotFound ? null : (month, reply.Statement);
    }

    private async Task FreeAsync()
    {
        if (state.State.CappedMonth is not null)
        {
            await Management.UncapAsync();
            state.State.CappedMonth = null;
            await state.WriteAsync(this);
        }
    }
}
