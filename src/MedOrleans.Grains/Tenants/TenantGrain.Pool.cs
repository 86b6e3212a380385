using MedOrleans.Tenants;

namespace MedOrleans.Grains.Tenants;

internal sealed partial class TenantGrain
{
    public async Task<TenantReply> MoveToPoolAsync(string pool)
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such hospital.");
        }

        if (!TenantId.TryParse(pool, out _))
        {
            return Reply(TenantReplyStatus.Invalid, "pool: has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
        }

        if (!silos.IsServed(pool))
        {
            return Reply(TenantReplyStatus.NotAllowed, NoSilo(pool));
        }

        if (state.State.Pool != pool)
        {
            LogPool(logger, Tenant, state.State.Pool, pool);
            state.State.Pool = pool;
            await state.WriteAsync(this);
        }

        // The silos look into the directory, so it comes before they are told; a repeated command does both again where a crash came between.
        await SaveAsync();
        await wardens.AnnounceAsync();
        return Reply(TenantReplyStatus.Done);
    }

    private static string NoSilo(string pool) => $"No silo of the pool '{pool}' is alive: start one with MedOrleans:Silo:Pool {pool} first.";
}
