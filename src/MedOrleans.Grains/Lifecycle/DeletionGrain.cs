using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

/// <summary>
/// Carries a hospital's deletion out. Its keys go first: from then on every copy of its bodies is noise, wherever it lies. Every step can be taken
/// again, and the tombstone says which comes next, so a crash in any of them only costs time.
/// </summary>
[HospitalPool(orAnywhere: true)]
internal sealed partial class DeletionGrain(
    ITenantDeletions deletions, IRecordStores stores, IClusterSecrets secrets, IEnumerable<IGrainStates> states, LifecycleOptions options, TimeProvider time, ILogger<DeletionGrain> logger)
    : Grain, IDeletionGrain
{
    private const int Chunk = 20_000;

    /// <summary>How long a call works; the keeper makes the next one.</summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(4);

    /// <summary>Where there is one host alone, it has forgotten the keys itself; what it has counted is flushed by then.</summary>
    private static readonly TimeSpan s_oneHost = TimeSpan.FromSeconds(10);

    /// <summary>What statements need.</summary>
    private static readonly string[] s_keptStates = ["tenant-v1", "statement-v1"];

    private TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    public async Task ContinueAsync()
    {
        var start = time.GetTimestamp();
        var deletion = await deletions.FindAsync(Tenant, CancellationToken.None);
        while (deletion is { Step: not DeletionStep.Finished } && time.GetElapsedTime(start) < s_slice)
        {
            var next = await TakeAsync(deletion);
            if (next is null)
            {
                return;
            }

            if (!ReferenceEquals(next, deletion))
            {
                await deletions.SaveAsync(next, CancellationToken.None);
                LogStep(logger, Tenant, next.Step);
            }

            deletion = next;
        }
    }

    /// <summary>Takes a step: the tombstone afterwards, the same where the step goes on, null where it has to be waited for.</summary>
    private async Task<TenantDeletion?> TakeAsync(TenantDeletion deletion)
    {
        var progress = deletion.Progress;
        switch (deletion.Step)
        {
            case DeletionStep.DestroyKeys:
                await GrainFactory.GetGrain<ITenantManagementGrain>(Tenant.Value).ShutAsync();
                var keys = await deletions.DestroyKeysAsync(Tenant, CancellationToken.None);
                return deletion with { Step = DeletionStep.Settle, Progress = progress with { Keys = keys, Waiting = time.GetUtcNow() } };
            case DeletionStep.Settle:
                return IsSettled(progress) ? deletion with { Step = DeletionStep.CountRows } : null;
            case DeletionStep.CountRows:
                return deletion with { Step = DeletionStep.DeleteRows, Progress = progress.Add(await CountAsync(progress)) };
            case DeletionStep.DeleteRows:
                if (await EraseAsync(progress) > 0)
                {
                    return deletion;
                }

                await stores.Named(progress.Database).SettleLevelsAsync(Tenant, CancellationToken.None);
                return deletion with { Step = DeletionStep.DeleteStates };
            case DeletionStep.DeleteStates:
                long erased = 0;
                foreach (var storage in states)
                {
                    erased += await storage.EraseAsync(Tenant, s_keptStates, CancellationToken.None);
                }

                return deletion with { Step = DeletionStep.SettleAgain, Progress = progress with { States = progress.States + erased, Waiting = time.GetUtcNow() } };
            case DeletionStep.SettleAgain:
                return !IsSettled(progress) ? null
                    : (await CountAsync(progress)).Count > 0 ? deletion with { Step = DeletionStep.CountRows }
                    : deletion with { Step = DeletionStep.Clean };
            case DeletionStep.Clean:
                foreach (var store in Stores(progress))
                {
                    if (!await store.CleanAsync(CancellationToken.None))
                    {
                        return null;
                    }
                }

                return deletion with { Step = DeletionStep.Certify };
            default:
                await GrainFactory.GetGrain<ITenantManagementGrain>(Tenant.Value).BuryAsync();
                using (var key = await CertificateKey.LoadAsync(secrets, CancellationToken.None))
                {
                    var finished = time.GetUtcNow();
                    return deletion with { Step = DeletionStep.Finished, Finished = finished, Certificate = key.Sign(DeletionCertificate.Print(deletion, finished)) };
                }
        }
    }

    private bool IsSettled(DeletionProgress progress) =>
        time.GetUtcNow() >= progress.Waiting + (deletions.HasOneHost && options.SettleTime > s_oneHost ? s_oneHost : options.SettleTime);

    private IEnumerable<IRecordStore> Stores(DeletionProgress progress) =>
        new[] { progress.Database, deletions.HomeDatabase }.Distinct().Select(stores.Named);

    private async Task<IReadOnlyDictionary<string, long>> CountAsync(DeletionProgress progress)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var store in Stores(progress))
        {
            foreach (var (table, rows) in await store.CountRowsAsync(Tenant, CancellationToken.None))
            {
                counts[table] = counts.GetValueOrDefault(table) + rows;
            }
        }

        return counts;
    }

    private async Task<long> EraseAsync(DeletionProgress progress)
    {
        foreach (var store in Stores(progress))
        {
            if (await store.EraseRowsAsync(Tenant, Chunk, CancellationToken.None) is > 0 and var gone)
            {
                return gone;
            }
        }

        return 0;
    }
}
