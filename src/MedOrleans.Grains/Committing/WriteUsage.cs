using MedOrleans.Metering;
using MedOrleans.Record.Store;

namespace MedOrleans.Grains.Committing;

/// <summary>What a commit costs the hospital.</summary>
internal static class WriteUsage
{
    /// <summary>The quantities of a commit; a meter without any is left out.</summary>
    /// <param name="items">The new versions.</param>
    /// <param name="change">What they change about how much there is.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    public static IReadOnlyList<UsageQuantity> Of(IReadOnlyList<CommitItem> items, RecordChange change, int bytesIn)
    {
        long stored = 0;
        foreach (var item in items)
        {
            stored += item.Body.Length;
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

        Add(MeterNames.RecordResources, change.Resources);
        Add(MeterNames.PatientsActive, change.Patients);
        Add(MeterNames.EncountersActive, change.Encounters);
        return usage;

        void Add(string meter, int quantity)
        {
            if (quantity != 0)
            {
                usage.Add(new UsageQuantity(meter, quantity));
            }
        }
    }
}
