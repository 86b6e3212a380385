namespace MedOrleans.Plans;

/// <summary>
/// Knows what hospitals use of the pools in the whole cluster: every process reports a few times a minute and learns its share. Held in memory
/// alone; after its loss it is whole again with the next reports. One grain, its key <see cref="Key"/>; no request passes it.
/// </summary>
[Alias("MedOrleans.IPoolLedgerGrain")]
public interface IPoolLedgerGrain : IGrainWithStringKey
{
    /// <summary>The key.</summary>
    const string Key = "pools";

    /// <summary>Takes a process's report in place of its last.</summary>
    [Alias("Report")]
    Task<PoolGrant> ReportAsync(PoolReport report);

    /// <summary>What is used in the whole cluster now.</summary>
    [Alias("Show")]
    Task<ClusterPools> ShowAsync();
}

/// <summary>What a process has, and what hospitals use of it.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.PoolReport")]
public sealed record PoolReport
{
    /// <summary>The process, one of its starts.</summary>
    [Id(0)]
    public required Guid Process { get; init; }

    /// <summary>What it adds to the cluster's capacity.</summary>
    [Id(1)]
    public required PoolCapacity Capacity { get; init; }

    /// <summary>What hospitals use here; those without use are left out.</summary>
    [Id(2)]
    public required IReadOnlyList<PoolUse> Uses { get; init; }

    /// <summary>The pool that it is labelled for where it is a silo.</summary>
    [Id(3)]
    public string Pool { get; init; } = Cluster.ISiloPoolsGrain.Community;
}

/// <summary>A capacity. Storage has none of its own: it is the databases'.</summary>
/// <param name="Compute">Grain milliseconds a second; 0 where the process is no silo.</param>
/// <param name="Memory">Activations; 0 where the process is no silo.</param>
/// <param name="Network">Requests a second; 0 where the process is no gateway.</param>
/// <param name="Sessions">Workstations; 0 where the process is no gateway.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PoolCapacity")]
public readonly record struct PoolCapacity(
    [property: Id(0)] double Compute,
    [property: Id(1)] double Memory,
    [property: Id(2)] double Network,
    [property: Id(3)] double Sessions);

/// <summary>What one hospital uses.</summary>
/// <param name="Tenant">The hospital.</param>
/// <param name="Compute">Grain milliseconds a second.</param>
/// <param name="Memory">Activations.</param>
/// <param name="Storage">Stored bytes; 0 where the reporter does not know.</param>
/// <param name="Network">Requests a second.</param>
/// <param name="NetworkBytes">Bytes a second.</param>
/// <param name="Sessions">Workstations.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PoolUse")]
public readonly record struct PoolUse(
    [property: Id(0)] TenantId Tenant,
    [property: Id(1)] double Compute,
    [property: Id(2)] int Memory,
    [property: Id(3)] long Storage,
    [property: Id(4)] double Network,
    [property: Id(5)] double NetworkBytes,
    [property: Id(6)] int Sessions);

/// <summary>What the ledger answers a report.</summary>
/// <param name="Gateways">Processes that take requests.</param>
/// <param name="Silos">Processes that have grains.</param>
/// <param name="Totals">What the reported hospitals use in the whole cluster.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PoolGrant")]
public sealed record PoolGrant(
    [property: Id(0)] int Gateways,
    [property: Id(1)] int Silos,
    [property: Id(2)] IReadOnlyList<PoolUse> Totals)
{
    /// <summary>How many silos are alive of each pool that they are labelled for.</summary>
    [Id(3)]
    public IReadOnlyDictionary<string, int> SilosByPool { get; init; } = new Dictionary<string, int>();
}

/// <summary>The pools of the whole cluster.</summary>
/// <param name="Gateways">Processes that take requests.</param>
/// <param name="Silos">Processes that have grains.</param>
/// <param name="Capacity">The sum of their capacities.</param>
/// <param name="Uses">What hospitals use, in order of slug.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.ClusterPools")]
public sealed record ClusterPools(
    [property: Id(0)] int Gateways,
    [property: Id(1)] int Silos,
    [property: Id(2)] PoolCapacity Capacity,
    [property: Id(3)] IReadOnlyList<PoolUse> Uses)
{
    /// <summary>The silos by the pool that they are labelled for, in order of its name.</summary>
    [Id(4)]
    public IReadOnlyList<LabelledSilos> ByPool { get; init; } = [];
}

/// <summary>The silos of one pool.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Silos">How many there are.</param>
/// <param name="Capacity">What they have together.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.LabelledSilos")]
public sealed record LabelledSilos([property: Id(0)] string Pool, [property: Id(1)] int Silos, [property: Id(2)] PoolCapacity Capacity);
