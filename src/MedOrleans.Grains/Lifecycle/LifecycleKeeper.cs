using MedOrleans.Cluster;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

/// <summary>Wakes the grains whose work a crash or a stop has cut off, on whichever silos there are: what is unfinished is in the databases.</summary>
internal sealed partial class LifecycleKeeper(IGrainFactory grains, IRecordStores stores, ITenantDeletions deletions, ITenantDirectory directory, TimeProvider time, ILogger<LifecycleKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await WakeAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task WakeAsync(CancellationToken cancel)
    {
        await TryAsync(async () =>
        {
            foreach (var tenant in await deletions.UnfinishedAsync(cancel))
            {
                await TryAsync(() => grains.GetGrain<IDeletionGrain>(tenant.Value).ContinueAsync());
            }
        });
        await TryAsync(async () =>
        {
            foreach (var tenant in await directory.WithStatusAsync(TenantStatus.Restoring, cancel))
            {
                await TryAsync(() => grains.GetGrain<IRestoreGrain>(tenant.Value).ContinueAsync());
            }
        });
        foreach (var database in stores.Databases)
        {
            await TryAsync(async () =>
            {
                foreach (var tenant in await stores.Named(database.Name).OpenExportsAsync(time.GetUtcNow(), cancel))
                {
                    await TryAsync(() => grains.GetGrain<IExportGrain>(tenant.Value).ContinueAsync());
                }
            });
        }
    }

    /// <summary>One hospital's trouble, or one database's, keeps no other waiting.</summary>
    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
#pragma warning disable CA1031 // Whatever fails now, the next round must come.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogLater(logger, e);
        }
    }
}
