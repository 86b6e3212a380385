using MedOrleans.Records;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace MedOrleans.Grains.Placement;

/// <summary>Keeps the silos of the pool that the grain's hospital belongs to, without those that are leaving or not ready yet.</summary>
internal sealed class HospitalPoolDirector(PoolMap map, SiloPools silos, TakingSilos taking) : IPlacementFilterDirector
{
    /// <exception cref="RecordUnavailableException">The pool has no silo: the hospital is never run elsewhere instead.</exception>
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> candidates)
    {
        var pool = map.PoolOf(target.GrainIdentity);
        var all = candidates.ToList();
        var own = all.FindAll(silo => silos.PoolOf(silo) == pool);
        return own.Count > 0 ? taking.Of(own)
            : filterStrategy is HospitalPoolStrategy { OrAnywhere: true } ? taking.Of(all)
            : throw RecordUnavailableException.NoSilo(pool);
    }
}
