using System.Collections.Concurrent;

namespace MedOrleans.Grains.Placement;

/// <summary>
/// The silos that are active and not ready yet: they still start what they need, and whoever was sent there would wait for it. A silo says itself when it is ready;
/// one that does not (an earlier release, a word that was lost) is taken for it after a while.
/// </summary>
internal sealed class ArrivingSilos(TimeProvider time)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    // When a silo was first asked about, as a timestamp; null once it is ready. An address is of one start of a silo, so none ever goes back.
    private readonly ConcurrentDictionary<SiloAddress, long?> _silos = new();

    /// <summary>Whether an active silo is not ready yet.</summary>
    public bool Contains(SiloAddress silo) => _silos.GetOrAdd(silo, static (_, time) => time.GetTimestamp(), time) is { } since && time.GetElapsedTime(since) < s_limit;

    /// <summary>Hears that a silo is ready.</summary>
    public void Arrived(SiloAddress silo) => _silos[silo] = null;

    /// <summary>Forgets the silos that are gone.</summary>
    public void Keep(IReadOnlyList<SiloAddress> alive)
    {
        foreach (var silo in _silos.Keys.Except(alive))
        {
            _silos.TryRemove(silo, out _);
        }
    }
}
