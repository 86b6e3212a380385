using MedOrleans.Plans;

namespace MedOrleans.Metering.Pools;

/// <summary>The pools of a hospital side by side: what it uses, and what its plan gives.</summary>
internal static class PoolShares
{
    /// <summary>Each pool with its name for people; the network pool is there twice, by requests and by bytes.</summary>
    public static IEnumerable<(PoolKind Kind, string Name, double Use, PoolShare Share)> Of(PoolUse use, Plan plan) =>
    [
        (PoolKind.Compute, "compute", use.Compute, plan.Compute),
        (PoolKind.Memory, "memory", use.Memory, plan.Memory),
        (PoolKind.Storage, "storage", use.Storage, plan.Storage),
        (PoolKind.Network, "network", use.Network, plan.Network),
        (PoolKind.Network, "network.bytes", use.NetworkBytes, plan.NetworkBytes),
        (PoolKind.Sessions, "sessions", use.Sessions, plan.Sessions),
    ];

    /// <summary>The unit that a pool is counted in.</summary>
    public static string UnitOf(string name) => name switch
    {
        "compute" => "grain milliseconds/s",
        "memory" => "activations",
        "storage" => "bytes",
        "network" => "requests/s",
        "network.bytes" => "bytes/s",
        _ => "workstations",
    };
}
