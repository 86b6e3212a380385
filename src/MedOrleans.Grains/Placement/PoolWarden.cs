using MedOrleans.Grains.Records;
using MedOrleans.Record.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Placement;

/// <summary>
/// Keeps this silo's map of pools fresh, and sends away the activations of hospitals that belong elsewhere: their calls finish, what waits goes
/// with them. It looks at what is, not at what was ordered, so a move goes on whoever dies meanwhile. Once the silo is leaving, all of it belongs elsewhere.
/// </summary>
internal sealed partial class PoolWarden(
    PoolMap map, SiloPools silos, LeavingSilos leaving, ArrivingSilos arriving, OwnActivations activations, PlacedGrains grains, PoolDirectoryCache cache, PlacementInstruments instruments, TimeProvider time,
    ILogger<PoolWarden> logger)
    : BackgroundService, ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_busy = TimeSpan.FromMilliseconds(100);

    private readonly Lock _evicting = new();
    private readonly DeparturePace _pace = new(time);

    /// <summary>The map is there before the first grain is placed. Who was active before this silo is ready.</summary>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(PoolWarden), ServiceLifecycleStage.RuntimeGrainServices, async cancel =>
        {
            await map.RefreshAsync(cancel);
            foreach (var silo in silos.Active)
            {
                arriving.Arrived(silo);
            }
        });

    /// <summary>Reads the map and begins to send away what belongs elsewhere; returns whether anything does.</summary>
    /// <exception cref="RecordStoreException">The home database cannot be reached.</exception>
    public async Task<bool> RefreshAsync(CancellationToken cancel)
    {
        if (await map.RefreshAsync(cancel))
        {
            cache.ForgetOutside();
        }

        leaving.Keep(silos.Active);
        arriving.Keep(silos.Active);
        return Evict();
    }

    /// <summary>Hears that a silo is leaving: nothing is placed there any more.</summary>
    public void Leaving(SiloAddress silo)
    {
        if (leaving.Add(silo))
        {
            LogLeaving(logger, silo);
            cache.ForgetOutside();
        }
    }

    /// <summary>Whether nothing is here that another silo should take.</summary>
    public bool IsEmptied => !activations.Tenants.Any(tenant => PlaceOf(tenant).Leaves);

    /// <summary>Begins to send away what belongs elsewhere; returns whether anything does.</summary>
    public bool Evict()
    {
        // One at a time: it is called by the clock, by moves and by the silo's leaving.
        lock (_evicting)
        {
            var most = _pace.Next();
            if (most == 0)
            {
                return true;
            }

            var going = new List<Task>();
            foreach (var tenant in activations.Tenants)
            {
                var place = PlaceOf(tenant);
                if (place.Leaves || place.Pool != silos.Own)
                {
                    Evict(tenant, place, going, most);
                }
            }

            _pace.Told(going);
            return going.Count > 0;
        }
    }

    /// <summary>Whether an activation can move now: a held resource is let go when its transaction is decided.</summary>
    public static bool CanMove(IGrainContext context) => context.GrainInstance is not ResourceOwnerGrain { IsHeld: true };

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_calm, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    timer.Period = await RefreshAsync(stoppingToken) ? s_busy : s_calm;
                }
                catch (RecordStoreException e)
                {
                    LogNotRead(logger, e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private Place PlaceOf(string tenant)
    {
        var pool = tenant == OwnActivations.Cluster ? silos.Own : map.PoolOf(tenant);
        var own = tenant == OwnActivations.Cluster ? silos.Active : silos.Of(pool);
        var isServed = own.Count > 0;
        return new Place(pool, isServed, isServed && pool != silos.Own || (leaving.Contains(silos.Self) && (isServed ? own : silos.Active).Any(silo => !leaving.Contains(silo))));
    }

    private void Evict(string tenant, Place place, List<Task> going, int most)
    {
        var before = going.Count;
        foreach (var context in activations.Of(tenant))
        {
            if (going.Count == most)
            {
                break;
            }

            var grain = grains.Find(context.GrainId.Type)!;
            if ((grain.OrAnywhere && !place.Leaves) || !CanMove(context))
            {
                continue;
            }

            if (grain.IsStateless || !(place.IsServed || grain.OrAnywhere))
            {
                context.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "It belongs elsewhere now."));
            }
            else
            {
                context.Migrate(null);
            }

            going.Add(context.Deactivated);
        }

        if (going.Count - before is > 0 and var count)
        {
            var moves = place.Pool != silos.Own;
            instruments.Moved(moves ? "pool" : "drain", count);
            if (moves)
            {
                LogEvicted(logger, tenant, place.Pool, count);
            }
        }
    }

    /// <summary>Where a hospital's activations, or the cluster's own, belong.</summary>
    /// <param name="Pool">The pool.</param>
    /// <param name="IsServed">Whether a silo of it is alive; otherwise only what runs anywhere runs.</param>
    /// <param name="Leaves">Whether there is a silo that takes what is here, and should.</param>
    private readonly record struct Place(string Pool, bool IsServed, bool Leaves);
}
