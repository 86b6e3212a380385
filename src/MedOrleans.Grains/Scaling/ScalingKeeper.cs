using MedOrleans.Elasticity;
using MedOrleans.Scaling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Scaling;

/// <summary>Keeps the autoscaler looking, from every silo, so that it goes on when the silo that has it dies.</summary>
internal sealed partial class ScalingKeeper(IGrainFactory grains, ScalingOptions options, TimeProvider time, ILogger<ScalingKeeper> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await grains.GetGrain<IScalingGrain>(IScalingGrain.Key).TickAsync();
                }
#pragma warning disable CA1031 // A cluster that cannot be asked now is asked again.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    LogNotLooked(logger, e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The autoscaler cannot look now; it does so with the next round.")]
    private static partial void LogNotLooked(ILogger logger, Exception exception);
}
