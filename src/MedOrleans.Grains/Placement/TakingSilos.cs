namespace MedOrleans.Grains.Placement;

/// <summary>The silos that take what is new, and what others send away.</summary>
internal sealed class TakingSilos(LeavingSilos leaving, ArrivingSilos arriving)
{
    /// <summary>Whether a silo is ready, and stays.</summary>
    public bool Contains(SiloAddress silo) => !leaving.Contains(silo) && !arriving.Contains(silo);

    /// <summary>Those that are ready and stay; where there is none those that stay, and else all of them, as somebody must work to the last moment.</summary>
    public IReadOnlyList<SiloAddress> Of(IReadOnlyList<SiloAddress> silos) =>
        silos.Where(Contains).ToList() is { Count: > 0 } taking ? taking
        : silos.Where(silo => !leaving.Contains(silo)).ToList() is { Count: > 0 } staying ? staying
        : silos;
}
