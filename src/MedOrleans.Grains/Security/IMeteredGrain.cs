using MedOrleans.Metering.Usage;

namespace MedOrleans.Grains.Security;

/// <summary>A grain whose work a hospital pays for.</summary>
internal interface IMeteredGrain
{
    /// <summary>The hospital's counters.</summary>
    TenantCounters Usage { get; }
}
