using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Placement;

namespace MedOrleans.Grains.Placement;

/// <summary>
/// Levels the activations among the silos of a pool: each silo compares what it has with the pool's mean, and sends what is above it to the silos
/// below. So a silo that joins takes its share of what is there, not only of what comes. Orleans' own rebalancer knows no pools: it would pair
/// silos of different ones, whose activations cannot be placed at each other's.
/// </summary>
internal sealed partial class PoolLeveller(
    SiloPools silos, LeavingSilos leaving, TakingSilos taking, OwnActivations activations, PlacedGrains grains, PoolWardens wardens, PlacementInstruments instruments, TimeProvider time, ILogger<PoolLeveller> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(2);

    // The most that was sent to a silo at once.
    private readonly Dictionary<SiloAddress, int> _sent = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await LevelAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task LevelAsync()
    {
        var others = silos.Of(silos.Own).Where(silo => taking.Contains(silo) && !silo.Equals(silos.Self)).ToList();
        foreach (var gone in _sent.Keys.Except(others).ToList())
        {
            _sent.Remove(gone);
        }

        if (others.Count == 0 || leaving.Contains(silos.Self))
        {
            return;
        }

        var uses = await wardens.UsesAsync(others);
        var moves = LevelRules.Moves(activations.Total, [.. uses.Where(one => one.Answer is not null).Select(one => (one.Silo, one.Answer!.Activations, _sent.GetValueOrDefault(one.Silo)))]);
        if (moves.Count == 0)
        {
            return;
        }

        // Whom it meets is by chance: no hospital's are moved before another's.
        var movable = activations.Tenants.SelectMany(activations.Of).Where(context => !grains.Find(context.GrainId.Type)!.IsStateless && PoolWarden.CanMove(context)).ToArray();
#pragma warning disable CA5394 // No secret depends on it.
        Random.Shared.Shuffle(movable);
#pragma warning restore CA5394
        var next = 0;
        foreach (var (silo, count) in moves)
        {
            _sent[silo] = Math.Max(count, _sent.GetValueOrDefault(silo));
            for (var i = 0; i < count && next < movable.Length; i++)
            {
                movable[next++].Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = silo });
            }
        }

        instruments.Moved("level", next);
        LogLevelled(logger, next, moves.Count);
    }
}
