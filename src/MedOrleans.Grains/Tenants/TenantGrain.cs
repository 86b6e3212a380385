using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Plans;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Tenants;

/// <summary>
/// A hospital: its standing and its client credentials. The directory that the whole cluster reads is written before the state, and both
/// from here alone, so that a create cut off in between is finished by sending it again.
/// </summary>
[HospitalPool(orAnywhere: true)]
internal sealed partial class TenantGrain(
    [PersistentState("tenant-v1", "Default")] IPersistentState<TenantState> state,
    ITenantDirectory directory,
    IRecordStores stores,
    ITenantDeletions deletions,
    SiloPools silos,
    PoolWardens wardens,
    LifecycleOptions lifecycle,
    TimeProvider time,
    ILogger<TenantGrain> logger) : Grain, ITenantGrain, ITenantManagementGrain
{
    private static readonly TimeSpan s_signUpRetry = TimeSpan.FromMinutes(15);

    private TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    /// <summary>Whether there is a hospital; one that was deleted is none.</summary>
    private bool Exists => state.RecordExists && state.State.Deleted is null;

    public Task<TenantSummary?> GetAsync() => ShowAsync();

    public Task<TenantSummary?> ShowAsync() => Task.FromResult(Exists ? Summary() : null);

    public async Task<TenantReply> CreateAsync(CreateTenant command)
    {
        if (Exists && command.Invitation is { } invitation && state.State.Invitation == invitation && time.GetUtcNow() - state.State.Created < s_signUpRetry)
        {
            // The answer to the first sign-up was lost on its way: its secret is worthless from now on.
            var again = TenantRules.Rotate(state.State.Clients[0], time.GetUtcNow());
            await state.WriteAsync(this);
            return Reply(TenantReplyStatus.Done) with { Credentials = again };
        }

        if (Exists)
        {
            return Reply(TenantReplyStatus.AlreadyExists, "There is a hospital of this slug already.");
        }

        if (state.RecordExists || await GuardAsync(() => new ValueTask<TenantDeletion?>(deletions.FindAsync(Tenant, CancellationToken.None))) is not null)
        {
            return Reply(TenantReplyStatus.AlreadyExists, "The slug was another hospital's, and is not given out again.");
        }

        if (TenantRules.Mistake(command) is { } mistake)
        {
            return Reply(TenantReplyStatus.Invalid, mistake);
        }

        var plan = command.Plan ?? IPlanCatalogGrain.DefaultPlan;
        if (!await IsPlanAsync(plan))
        {
            return Reply(TenantReplyStatus.Invalid, NoPlan);
        }

        // A create that was cut off has placed the hospital already, and it stays there.
        var before = await GuardAsync(() => directory.FindAsync(Tenant, CancellationToken.None));
        string? nowhere = null;
        var database = before?.Database ?? TenantRules.Place(
            command, stores.Databases, await GuardAsync(() => new ValueTask<IReadOnlyDictionary<string, long>>(directory.LoadsAsync(CancellationToken.None))), out nowhere);
        if (database is null)
        {
            return Reply(TenantReplyStatus.Invalid, nowhere!);
        }

        var pool = command.Pool ?? stores.Databases.First(configured => configured.Name == database).Pool;
        if (!silos.IsServed(pool))
        {
            return Reply(TenantReplyStatus.Invalid, NoSilo(pool));
        }

        state.State = new TenantState
        {
            Name = command.Name.Trim(),
            Pool = pool,
            Database = database,
            Created = time.GetUtcNow(),
            Plans = [new PlanPeriod(plan, time.GetUtcNow())],
            Invitation = command.Invitation,
        };
        var client = TenantRules.NewClient(Tenant, state.State, "first client", command.Scopes, time.GetUtcNow())!.Value;
        state.State.Clients.Add(client.Kept);
        await GuardAsync(async () =>
        {
            await stores.Named(database).RegisterTenantAsync(Tenant, CancellationToken.None);
            await directory.SaveAsync(Summary(), CancellationToken.None);
            return true;
        });
        await state.WriteAsync(this);
        if (pool != TenantRules.Community)
        {
            await wardens.AnnounceAsync();
        }

        LogCreated(logger, Tenant, state.State.Pool, database);
        return Reply(TenantReplyStatus.Done) with { Credentials = client.Shown };
    }

    public Task<TenantReply> SuspendAsync() => MoveAsync(TenantStatus.Suspended);

    public Task<TenantReply> ResumeAsync() => MoveAsync(TenantStatus.Active);

    public Task<TenantReply> CapAsync() => CappingAsync(TenantRules.Cap);

    public Task<TenantReply> UncapAsync() => CappingAsync(TenantRules.Uncap);

    public Task<TenantReply> CloseAsync()
    {
        if (Exists)
        {
            // Written with the move.
            TenantRules.Close(state.State, time.GetUtcNow(), lifecycle.GracePeriod);
        }

        return MoveAsync(TenantStatus.Closed);
    }

    public async Task<TenantReply> ReopenAsync()
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such hospital.");
        }

        if (state.State.Status != TenantStatus.Closed || !Summary().IsReadable(time.GetUtcNow()))
        {
            return Reply(TenantReplyStatus.NotAllowed, state.State.Status == TenantStatus.Closed ? "The grace period is over." : "The hospital is not closed.");
        }

        TenantRules.Reopen(state.State);
        await state.WriteAsync(this);
        await SaveAsync();
        LogStatus(logger, Tenant, state.State.Status);
        return Reply(TenantReplyStatus.Done);
    }

    public Task<TenantBilling?> BillingAsync() =>
        Task.FromResult(state.RecordExists ? new TenantBilling(state.State.Name, state.State.Database, [.. TenantRules.Plans(state.State)], state.State.Deleted) : null);

    public async Task<TenantReply> ChangePlanAsync(string planId)
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such hospital.");
        }

        if (state.State.Status is TenantStatus.Closed or TenantStatus.Deleting)
        {
            return Reply(TenantReplyStatus.NotAllowed, "The hospital is closed.");
        }

        if (!await IsPlanAsync(planId))
        {
            return Reply(TenantReplyStatus.Invalid, NoPlan);
        }

        if (TenantRules.ChangePlan(state.State, planId, time.GetUtcNow()) is { } plans)
        {
            state.State.Plans = plans;
            await state.WriteAsync(this);
            LogPlan(logger, Tenant, planId);
        }

        // Written again by a repeated command where a crash came between.
        await SaveAsync();
        return Reply(TenantReplyStatus.Done);
    }

    public Task<IReadOnlyList<PlanPeriod>> PlanHistoryAsync() =>
        Task.FromResult<IReadOnlyList<PlanPeriod>>(Exists ? [.. TenantRules.Plans(state.State)] : []);

    private async Task<TenantReply> CappingAsync(Func<TenantState, bool> change)
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such hospital.");
        }

        if (change(state.State))
        {
            await state.WriteAsync(this);
            LogStatus(logger, Tenant, state.State.Status);
        }

        // Written again by a repeated command where a crash came between.
        await SaveAsync();
        return Reply(TenantReplyStatus.Done);
    }

    private async Task<TenantReply> MoveAsync(TenantStatus to)
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such hospital.");
        }

        if (!TenantRules.May(state.State.Status, to))
        {
            return Reply(TenantReplyStatus.NotAllowed, $"A hospital that is {state.State.Status} cannot become {to}.");
        }

        // The state decides; the directory follows, and is written again by a repeated command where a crash came between.
        state.State.Status = to;
        state.State.IsCapped &= to == TenantStatus.Closed;
        await state.WriteAsync(this);
        await SaveAsync();
        LogStatus(logger, Tenant, to);
        return Reply(TenantReplyStatus.Done);
    }

    private const string NoPlan = "There is no plan of that id.";

    private async Task<bool> IsPlanAsync(string planId) =>
        await GrainFactory.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key).FindAsync(planId) is not null;

    private async Task SaveAsync() => await GuardAsync(async () =>
    {
        await directory.SaveAsync(Summary(), CancellationToken.None);
        return true;
    });

    private static ValueTask<T> GuardAsync<T>(Func<ValueTask<T>> call) => RecordWriter.GuardAsync(call);

    private TenantReply Reply(TenantReplyStatus status, string? detail = null) => new()
    {
        Status = status,
        Detail = detail,
        Tenant = Exists ? Summary() : null,
    };

    private TenantSummary Summary() => new()
    {
        Tenant = Tenant,
        Name = state.State.Name,
        Status = state.State.Status,
        Pool = state.State.Pool,
        Database = state.State.Database,
        Created = state.State.Created,
        Plan = TenantRules.Plans(state.State)[^1].PlanId,
        ClosedAt = state.State.ClosedAt,
        DeleteAfter = state.State.DeleteAfter,
    };
}
