using MedOrleans.Record.Store;

namespace MedOrleans.Metering.Usage;

/// <summary>The spans that usage is summed over.</summary>
public enum UsageResolution
{
    /// <summary>Hours.</summary>
    Hour,

    /// <summary>Days, UTC.</summary>
    Day,

    /// <summary>Months, UTC.</summary>
    Month,
}

/// <summary>A hospital's usage with the meters that are derived from others.</summary>
public static class UsageReader
{
    /// <summary>Usage of the whole hours from <paramref name="from"/> to <paramref name="to"/>, in order of time and meter.</summary>
    /// <param name="store">The store that keeps the hospital's record.</param>
    /// <param name="tenant">The hospital.</param>
    /// <param name="from">The first hour.</param>
    /// <param name="to">The end of the last.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<IReadOnlyList<UsageBucket>> ReadAsync(
        IRecordStore store, TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel)
    {
        var metered = await store.UsageAsync(tenant, from, to, cancel);
        var before = await store.UsageBeforeAsync(tenant, from, cancel);
        var now = await store.TimeAsync(cancel);
        return [.. metered
            .Concat(ByteHours(metered, before.GetValueOrDefault(MeterNames.StorageBytes), Hour(from), to < now ? to : now))
            .OrderBy(bucket => bucket.Hour).ThenBy(bucket => bucket.Meter, StringComparer.Ordinal)];
    }

    /// <summary>The bytes that were stored at the end of each hour that is over: <see cref="MeterNames.StorageByteHours"/>.</summary>
    /// <param name="metered">Usage, of which the changes of stored bytes count.</param>
    /// <param name="stored">The bytes stored when <paramref name="from"/> began.</param>
    /// <param name="from">The first hour.</param>
    /// <param name="now">Hours that end later are not over.</param>
    public static IEnumerable<UsageBucket> ByteHours(IReadOnlyList<UsageBucket> metered, long stored, DateTimeOffset from, DateTimeOffset now)
    {
        var changes = metered.Where(bucket => bucket.Meter == MeterNames.StorageBytes).ToDictionary(bucket => bucket.Hour, bucket => bucket.Quantity);
        if (stored == 0 && changes.Count == 0)
        {
            yield break;
        }

        // Nothing is stored before the first change, however early the question begins.
        for (var hour = stored == 0 && changes.Keys.Min() > from ? changes.Keys.Min() : from; hour.AddHours(1) <= now; hour = hour.AddHours(1))
        {
            stored += changes.GetValueOrDefault(hour);
            if (stored != 0)
            {
                yield return new UsageBucket(MeterNames.StorageByteHours, hour, stored);
            }
        }
    }

    /// <summary>Sums hours to days or months.</summary>
    public static IReadOnlyList<UsageBucket> Sum(IEnumerable<UsageBucket> hours, UsageResolution resolution) => resolution == UsageResolution.Hour
        ? [.. hours]
        : [.. hours.GroupBy(bucket => (Start: Start(bucket.Hour, resolution), bucket.Meter))
            .Select(group => new UsageBucket(group.Key.Meter, group.Key.Start, group.Sum(bucket => bucket.Quantity)))];

    /// <summary>The hour that a moment is in.</summary>
    public static DateTimeOffset Hour(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    private static DateTimeOffset Start(DateTimeOffset hour, UsageResolution resolution) =>
        new(hour.UtcDateTime.Year, hour.UtcDateTime.Month, resolution == UsageResolution.Day ? hour.UtcDateTime.Day : 1, 0, 0, 0, TimeSpan.Zero);
}
