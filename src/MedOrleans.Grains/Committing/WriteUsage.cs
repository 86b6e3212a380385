using MedOrleans.Cluster;
using MedOrleans.Metering;
using MedOrleans.Record.Store;

namespace MedOrleans.Grains.Committing;

/// <summary>What a commit costs the hospital.</summary>
internal static class WriteUsage
{
    /// <summary>The quantities of a commit; a meter without any is left out.</summary>
    /// <param name="items">The new versions.</param>
    /// <param name="made">How many of them make a resource (again).</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    public static IReadOnlyList<UsageQuantity> Of(IReadOnlyList<CommitItem> items, int made, int bytesIn)
    {
        long stored = 0;
        var deleted = 0;
        foreach (var item in items)
        {
            stored += item.Body.Length;
            deleted += item.Kind == WriteKind.Delete ? 1 : 0;
        }

        var usage = new List<UsageQuantity>(4) { new(MeterNames.ApiWrite, items.Count) };
        if (bytesIn > 0)
        {
            usage.Add(new UsageQuantity(MeterNames.NetworkIn, bytesIn));
        }

        if (stored > 0)
        {
            usage.Add(new UsageQuantity(MeterNames.StorageBytes, stored));
        }

        if (made != deleted)
        {
            usage.Add(new UsageQuantity(MeterNames.RecordResources, made - deleted));
        }

        return usage;
    }
}
