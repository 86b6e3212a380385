using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;

namespace MedOrleans.Gateway.Fhir.Feeds;

/// <summary>Counts what a feed sends, as it sends it: a feed may last for hours.</summary>
internal sealed class FeedMeter(FhirCall call, TenantCounters counters, TenantPools share)
{
    /// <summary>An event was sent: a look-up like any other.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="isFirst">Whether the request itself has been counted for it.</param>
    public void Sent(long bytes, bool isFirst)
    {
        counters.Add(Counted.BytesOut, bytes);
        share.ChargeBytes(bytes);
        if (!isFirst)
        {
            counters.Add(Counted.Search);
        }
    }

    /// <summary>The workstation is still there: its session goes on.</summary>
    public void StillThere() => share.Admit(Workstations.Of(call), isWrite: false);
}
