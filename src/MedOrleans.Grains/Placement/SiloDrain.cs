using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Placement;

/// <summary>
/// Empties the silo before it stops: it is marked as leaving in the whole cluster, so that nothing new is placed here; its activations move to
/// the silos that stay, with their state and the calls that wait. What Orleans does at its own stop (to deactivate everything) finds nothing to do.
/// </summary>
internal sealed partial class SiloDrain(
    SiloPools silos, LeavingSilos leaving, OwnActivations activations, PoolWarden warden, PoolWardens wardens, PlacementInstruments instruments, DrainOptions options, TimeProvider time,
    ILogger<SiloDrain> logger) : IHostedLifecycleService
{
    private const int CalmSteps = 5;

    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    // A silo that starts meanwhile, or that was not reached, hears it with the next announcement.
    private static readonly TimeSpan s_announce = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (!silos.Active.Any(silo => !silo.Equals(silos.Self) && !leaving.Contains(silo)))
        {
            return;
        }

        var start = time.GetTimestamp();
        using var timer = new CancellationTokenSource(options.Limit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, options.Hurry, timer.Token);
        warden.Leaving(silos.Self);
        var before = activations.Total;
        try
        {
            await EmptyAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // The time is over, or somebody is in a hurry.
        }

        var (took, left) = (time.GetElapsedTime(start), activations.Total);
        if (left == 0)
        {
            instruments.Drained(took);
            LogEmpty(logger, before, took.TotalSeconds);
        }
        else
        {
            LogNotEmpty(logger, left, before, took.TotalSeconds);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task EmptyAsync(CancellationToken cancel)
    {
        await wardens.AnnounceLeavingAsync().WaitAsync(cancel);
        using var timer = new PeriodicTimer(s_step, time);
        var announced = time.GetTimestamp();

        // A call that was on its way when the others heard of it may still bring one here, so it must be empty for a while.
        for (var calm = 0; ; await timer.WaitForNextTickAsync(cancel))
        {
            calm = warden.Evict() || !warden.IsEmptied ? 0 : calm + 1;
            if (calm == CalmSteps)
            {
                return;
            }

            if (time.GetElapsedTime(announced) >= s_announce)
            {
                announced = time.GetTimestamp();
                await wardens.AnnounceLeavingAsync().WaitAsync(cancel);
            }
        }
    }
}
