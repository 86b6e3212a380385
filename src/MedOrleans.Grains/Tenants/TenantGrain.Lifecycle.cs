using MedOrleans.Record.Lifecycle;
using MedOrleans.Tenants;

namespace MedOrleans.Grains.Tenants;

/// <content>Restore and deletion: what their grains ask of the hospital.</content>
internal sealed partial class TenantGrain
{
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
            await state.WriteAsync(this);
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
            await state.WriteAsync(this);
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
            await state.WriteAsync(this);
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
            await state.WriteAsync(this);
            LogBuried(logger, Tenant);
        }
    }
}
