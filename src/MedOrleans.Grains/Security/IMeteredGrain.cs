using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;

namespace MedOrleans.Grains.Security;

/// <summary>A grain whose work a hospital pays for.</summary>
internal interface IMeteredGrain
{
    /// <summary>The hospital's counters.</summary>
    TenantCounters Usage { get; }

    /// <summary>What the hospital uses of the pools in this silo.</summary>
    TenantPools Pools { get; }
}
