using System.Collections.Immutable;

namespace MedOrleans.Grains.Placement;

/// <summary>The silos that are known to drain: they take nothing new, and go once they are empty. An address is of one start of a silo, so none ever comes back.</summary>
internal sealed class LeavingSilos
{
    private ImmutableHashSet<SiloAddress> _silos = [];

    /// <summary>Whether a silo drains.</summary>
    public bool Contains(SiloAddress silo) => Volatile.Read(ref _silos).Contains(silo);

    /// <summary>Notes that a silo drains; returns whether that is news.</summary>
    public bool Add(SiloAddress silo) => ImmutableInterlocked.Update(ref _silos, static (all, one) => all.Add(one), silo);

    /// <summary>Forgets the silos that are gone.</summary>
    public void Keep(IEnumerable<SiloAddress> alive)
    {
        if (!Volatile.Read(ref _silos).IsEmpty)
        {
            ImmutableInterlocked.Update(ref _silos, static (all, some) => all.Intersect(some), alive);
        }
    }
}
