using MedOrleans.Grains.Placement;
using MedOrleans.Metering.Rating;
using MedOrleans.Metering.Usage;
using MedOrleans.Rating;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace MedOrleans.Grains.Rating;

/// <summary>Looks at budgets every five minutes, and closes a month for every hospital once it is long enough over.</summary>
[ClusterPool]
internal sealed partial class BillingClerkGrain(
    [PersistentState("billing-clerk-v1", "Default")] IPersistentState<BillingClerkState> state,
    IRecordStores stores,
    ITenantDirectory directory,
    ITenantDeletions deletions,
    MeteringOptions options,
    ILogger<BillingClerkGrain> logger) : Grain, IBillingClerkGrain, IRemindable
{
    private const string Reminder = "work";
    private const int MostAtOnce = 200;

    private static readonly TimeSpan s_round = TimeSpan.FromMinutes(5);

    public Task EnsureAsync() => this.RegisterOrUpdateReminder(Reminder, s_round, s_round);

    public async Task WatchAsync(TenantId tenant, bool hasBudget)
    {
        if (hasBudget ? state.State.Budgets.Add(tenant.Value) : state.State.Budgets.Remove(tenant.Value))
        {
            state.State.Reached.Remove(tenant.Value);
            await state.WriteAsync(this);
        }
    }

    public ValueTask<IReadOnlyDictionary<string, BudgetAlert>> ReachedAsync() => new(new Dictionary<string, BudgetAlert>(state.State.Reached));

    public Task ReceiveReminder(string reminderName, TickStatus status) => WorkAsync();

    public async Task WorkAsync()
    {
        var hasNews = false;
        foreach (var tenant in state.State.Budgets.ToList())
        {
            try
            {
                hasNews |= Keep(tenant, await GrainFactory.GetGrain<IBudgetGrain>(tenant).CheckAsync());
            }
#pragma warning disable CA1031 // One hospital's database that is away must not end the round for the others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogNotChecked(logger, tenant, e);
            }
        }

        if (hasNews)
        {
            await state.WriteAsync(this);
        }

        if (options.CloseAfter > TimeSpan.Zero)
        {
            await CloseAsync(BillingMonth.Of(await stores.Named(stores.Databases[0].Name).TimeAsync(CancellationToken.None) - options.CloseAfter).Previous);
        }
    }

    /// <summary>Keeps a hospital's highest alert; whether it is another than before.</summary>
    private bool Keep(string tenant, BudgetAlert? reached)
    {
        if (state.State.Reached.GetValueOrDefault(tenant) == reached)
        {
            return false;
        }

        if (reached is null)
        {
            state.State.Reached.Remove(tenant);
        }
        else
        {
            state.State.Reached[tenant] = reached;
        }

        return true;
    }

    private async Task CloseAsync(BillingMonth month)
    {
        if (state.State.Closed is { } closed && BillingMonth.Parse(closed) >= month)
        {
            return;
        }

        var complete = true;
        var allowed = MostAtOnce;
        await foreach (var tenant in BilledHospitals.InAsync(directory, deletions, month, CancellationToken.None))
        {
            if (await Statement(tenant, month).HeadAsync() is not null)
            {
                continue;
            }

            // The rest is the next round's, so that whoever calls the clerk does not wait long.
            if (allowed-- == 0)
            {
                return;
            }

            complete &= await CloseAsync(tenant, month);
        }

        if (complete)
        {
            state.State.Closed = month.ToString();
            await state.WriteAsync(this);
            LogClosed(logger, month);
        }
    }

    /// <summary>Closes a hospital's months up to <paramref name="last"/>, in their order; whether that is done.</summary>
    private async Task<bool> CloseAsync(TenantId tenant, BillingMonth last)
    {
        var open = last;
        while (await IsOpenAsync(tenant, open.Previous))
        {
            open = open.Previous;
        }

        for (; open <= last; open = open.Next)
        {
            // A month that the hospital was not there in has no statement.
            var reply = await Statement(tenant, open).CloseAsync();
            if (reply.Status is not (StatementReplyStatus.Done or StatementReplyStatus.NotFound))
            {
                LogNotClosed(logger, open, tenant, reply.Detail);
                return false;
            }
        }

        return true;
    }

    private async Task<bool> IsOpenAsync(TenantId tenant, BillingMonth month) =>
        await Statement(tenant, month).HeadAsync() is null && (await Statement(tenant, month).ShowAsync()).Status != StatementReplyStatus.NotFound;

    private IStatementGrain Statement(TenantId tenant, BillingMonth month) => GrainFactory.GetGrain<IStatementGrain>(StatementKey.Of(tenant, month));
}
