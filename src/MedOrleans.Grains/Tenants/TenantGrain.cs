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
    private static readonly TimeSpan s_mostOverlap = TimeSpan.FromDays(1);

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
            await WriteAsync();
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
        await WriteAsync();
        if (pool != TenantRules.Community)
        {
            await wardens.AnnounceAsync();
        }

        LogCreated(logger, Tenant, state.State.Pool, database);
        return Reply(TenantReplyStatus.Done) with { Credentials = client.Shown };
    }

    public Task<TenantReply> SuspendAsync() => MoveAsync(TenantStatus.Suspended);

    public Task<TenantReply> ResumeAsync() => MoveAsync(TenantStatus.Active);

    public Task<TenantReply> CapAsync() => state.State.Status == TenantStatus.Active ? MoveAsync(TenantStatus.Suspended, isCapped: true) : Task.FromResult(Reply(TenantReplyStatus.Done));

    public Task<TenantReply> UncapAsync() => state.State.IsCapped ? MoveAsync(TenantStatus.Active) : Task.FromResult(Reply(TenantReplyStatus.Done));

    public async Task<TenantReply> CloseAsync()
    {
        if (Exists && state.State.Status is TenantStatus.Active or TenantStatus.Suspended)
        {
            // Written with the move. To close again does not lengthen the grace.
            state.State.StatusBefore = state.State.Status;
            state.State.ClosedAt = time.GetUtcNow();
            state.State.DeleteAfter = time.GetUtcNow() + lifecycle.GracePeriod;
        }

        return await MoveAsync(TenantStatus.Closed);
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

        state.State.Status = state.State.StatusBefore;
        (state.State.ClosedAt, state.State.DeleteAfter) = (null, null);
        await WriteAsync();
        await SaveAsync();
        LogStatus(logger, Tenant, state.State.Status);
        return Reply(TenantReplyStatus.Done);
    }

    public async Task<TenantReply> BeginRestoreAsync()
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such hospital.");
        }

        if (state.State.Status is not (TenantStatus.Active or TenantStatus.Suspended or TenantStatus.Restoring))
        {
            return Reply(TenantReplyStatus.NotAllowed, $"A hospital that is {state.State.Status} cannot be restored.");
        }

        if (state.State.Status != TenantStatus.Restoring)
        {
            state.State.StatusBefore = state.State.Status;
            state.State.Status = TenantStatus.Restoring;
            await WriteAsync();
            LogStatus(logger, Tenant, TenantStatus.Restoring);
        }

        await SaveAsync();
        return Reply(TenantReplyStatus.Done);
    }

    public async Task EndRestoreAsync()
    {
        if (!Exists || state.State.Status == TenantStatus.Deleting)
        {
            return;
        }

        if (state.State.Status == TenantStatus.Restoring)
        {
            state.State.Status = state.State.StatusBefore;
            await WriteAsync();
            LogStatus(logger, Tenant, state.State.Status);
        }

        await SaveAsync();
    }

    public async Task<TenantReply> DeleteAsync(DeleteTenant command)
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such hospital.");
        }

        if (TenantRules.MistakeInDeletion(Summary(), command, time.GetUtcNow()) is { } mistake)
        {
            return Reply(mistake.Status, mistake.Detail);
        }

        if (await GuardAsync(() => new ValueTask<TenantDeletion?>(deletions.FindAsync(Tenant, CancellationToken.None))) is null)
        {
            // With the tombstone it is decided: what follows, a crash only delays.
            await GuardAsync(async () =>
            {
                await deletions.SaveAsync(
                    new TenantDeletion
                    {
                        Tenant = Tenant,
                        Requested = time.GetUtcNow(),
                        Progress = new DeletionProgress { By = command.By, Forced = Summary().IsReadable(time.GetUtcNow()), Name = state.State.Name, Database = state.State.Database },
                    },
                    CancellationToken.None);
                return true;
            });
            LogDeletion(logger, Tenant, command.By);
        }

        if (state.State.Status != TenantStatus.Deleting)
        {
            await ShutAsync();
        }

        return Reply(TenantReplyStatus.Done);
    }

    public async Task ShutAsync()
    {
        if (Exists && state.State.Status != TenantStatus.Deleting)
        {
            state.State.Status = TenantStatus.Deleting;
            state.State.Clients.Clear();
            await WriteAsync();
        }

        if (Exists)
        {
            await SaveAsync();
        }
    }

    public async Task BuryAsync()
    {
        if (Exists)
        {
            state.State.Clients.Clear();
            state.State.Invitation = null;
            state.State.Deleted = time.GetUtcNow();
            await WriteAsync();
            LogBuried(logger, Tenant);
        }
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
            await WriteAsync();
            LogPlan(logger, Tenant, planId);
        }

        // Written again by a repeated command where a crash came between.
        await SaveAsync();
        return Reply(TenantReplyStatus.Done);
    }

    public Task<IReadOnlyList<PlanPeriod>> PlanHistoryAsync() =>
        Task.FromResult<IReadOnlyList<PlanPeriod>>(Exists ? [.. TenantRules.Plans(state.State)] : []);

    public async Task<TenantReply> AddClientAsync(string name, string scopes)
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound);
        }

        if (!Summary().IsReadable(time.GetUtcNow()))
        {
            return Reply(TenantReplyStatus.NotAllowed, "The hospital is closed.");
        }

        if ((string.IsNullOrWhiteSpace(name) || name.Length > 200 ? "The name is missing, or longer than 200 characters." : TenantRules.MistakeInScopes(scopes)) is { } mistake)
        {
            return Reply(TenantReplyStatus.Invalid, mistake);
        }

        if (TenantRules.NewClient(Tenant, state.State, name, scopes, time.GetUtcNow()) is not { } client)
        {
            return Reply(TenantReplyStatus.NotAllowed, "The hospital has as many clients as it can: remove one first.");
        }

        state.State.Clients.Add(client.Kept);
        await WriteAsync();
        return Reply(TenantReplyStatus.Done) with { Credentials = client.Shown };
    }

    public async Task<TenantReply> RemoveClientAsync(string clientId)
    {
        if (Exists && state.State.Clients.Count > 1 && TenantRules.IsLastAdmin(state.State, clientId))
        {
            return Reply(TenantReplyStatus.NotAllowed, "It is the last client that may administer the hospital: make another with the scope tenant/admin first, or rotate its secret.");
        }

        if (!Exists || state.State.Clients.RemoveAll(client => client.ClientId == clientId) == 0)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such client.");
        }

        await WriteAsync();
        return Reply(TenantReplyStatus.Done);
    }

    public async Task<TenantReply> RotateClientAsync(string clientId, TimeSpan overlap)
    {
        if (!Exists || state.State.Clients.Find(client => client.ClientId == clientId) is not { } client)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such client.");
        }

        if (overlap < TimeSpan.Zero || overlap > s_mostOverlap)
        {
            return Reply(TenantReplyStatus.Invalid, "overlapMinutes: is 0 to 1440.");
        }

        var rotated = TenantRules.Rotate(client, time.GetUtcNow() + overlap);
        await WriteAsync();
        LogRotated(logger, Tenant, clientId);
        return Reply(TenantReplyStatus.Done) with { Credentials = rotated };
    }

    public Task<IReadOnlyList<ClientSummary>> ClientsAsync() => Task.FromResult<IReadOnlyList<ClientSummary>>(
        [.. state.State.Clients.Select(client => new ClientSummary(client.ClientId, client.Name, client.Scopes, client.Created))]);

    public Task<string?> AuthenticateAsync(string clientId, string secret) =>
        Task.FromResult(Exists && Summary().IsReadable(time.GetUtcNow()) ? TenantRules.Authenticate(state.State, clientId, secret, time.GetUtcNow()) : null);

    private async Task<TenantReply> MoveAsync(TenantStatus to, bool isCapped = false)
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
        state.State.IsCapped = isCapped;
        await WriteAsync();
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

    /// <summary>Writes the state; where that fails this activation ends, so that memory never runs ahead of the store.</summary>
    private async Task WriteAsync()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

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
