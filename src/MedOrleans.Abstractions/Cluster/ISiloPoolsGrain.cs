namespace MedOrleans.Cluster;

/// <summary>Which silos there are, which pool each is labelled for, and where a hospital's grains are. For the cluster's own edge; its key is <see cref="Key"/>.</summary>
[Alias("MedOrleans.ISiloPoolsGrain")]
public interface ISiloPoolsGrain : IGrainWithStringKey
{
    /// <summary>The key.</summary>
    const string Key = "silos";

    /// <summary>The pool of silos and hospitals that were given no other.</summary>
    const string Community = "community";

    /// <summary>The silos that are alive, in order of address.</summary>
    [Alias("List")]
    Task<IReadOnlyList<SiloPool>> ListAsync();

    /// <summary>What the silos that are alive have to do, in order of address.</summary>
    [Alias("Loads")]
    Task<IReadOnlyList<SiloLoad>> LoadsAsync();

    /// <summary>Where a hospital's grains are; null where there is no such hospital.</summary>
    [Alias("Find")]
    Task<TenantPlacement?> FindAsync(TenantId tenant);
}

/// <summary>A silo that is alive.</summary>
/// <param name="Address">Its address for other silos, <c>ip:port</c>.</param>
/// <param name="Pool">The pool that it is labelled for; null for a moment after it has joined.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.SiloPool")]
public sealed record SiloPool([property: Id(0)] string Address, [property: Id(1)] string? Pool);

/// <summary>What a silo has to do.</summary>
/// <param name="Address">Its address for other silos, <c>ip:port</c>.</param>
/// <param name="Pool">The pool that it is labelled for; null for a moment after it has joined.</param>
/// <param name="IsLeaving">Whether it drains: it takes nothing new, and goes once it is empty.</param>
/// <param name="Use">What it uses; null where it does not answer.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.SiloLoad")]
public sealed record SiloLoad([property: Id(0)] string Address, [property: Id(1)] string? Pool, [property: Id(2)] bool IsLeaving, [property: Id(3)] SiloUse? Use);

/// <summary>What a silo uses.</summary>
/// <param name="Activations">The activations of this product's grains on it.</param>
/// <param name="Cpu">Of the processors that it has, 0 to 100, the mean of some seconds.</param>
/// <param name="MemoryBytes">Of memory.</param>
/// <param name="MemoryLimitBytes">The most that it may have.</param>
/// <param name="WaitingWrites">Writes that wait for a database.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.SiloUse")]
public sealed record SiloUse(
    [property: Id(0)] int Activations,
    [property: Id(1)] double Cpu,
    [property: Id(2)] long MemoryBytes,
    [property: Id(3)] long MemoryLimitBytes,
    [property: Id(4)] int WaitingWrites);

/// <summary>Where a hospital's grains are.</summary>
/// <param name="Pool">The pool that it belongs to.</param>
/// <param name="Silos">The silos that are alive.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.TenantPlacement")]
public sealed record TenantPlacement([property: Id(0)] string Pool, [property: Id(1)] IReadOnlyList<TenantPresence> Silos)
{
    /// <summary>Whether a silo of its pool is alive.</summary>
    public bool IsServed => Silos.Any(silo => silo.Pool == Pool);

    /// <summary>Activations on silos of other pools.</summary>
    public int Elsewhere => Silos.Where(silo => silo.Pool != Pool).Sum(silo => silo.Activations);

    /// <summary>Whether every silo knows the pool and none of another pool has an activation.</summary>
    public bool IsSettled => IsServed && Elsewhere == 0 && Silos.All(silo => silo.Known == Pool);
}

/// <summary>What a silo has of a hospital.</summary>
/// <param name="Address">The silo's address.</param>
/// <param name="Pool">The pool that the silo is labelled for.</param>
/// <param name="Known">The pool that it takes the hospital for; null where it does not answer.</param>
/// <param name="Activations">The hospital's activations on it.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.TenantPresence")]
public sealed record TenantPresence(
    [property: Id(0)] string Address,
    [property: Id(1)] string? Pool,
    [property: Id(2)] string? Known,
    [property: Id(3)] int Activations);
