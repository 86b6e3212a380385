using System.Collections.Concurrent;
using MedOrleans.Record.Store;

namespace MedOrleans.Metering.Usage;

/// <summary>What a process counts in memory until its next flush.</summary>
public enum Counted
{
    /// <summary><see cref="MeterNames.ApiRead"/>.</summary>
    Read,

    /// <summary><see cref="MeterNames.ApiSearch"/>.</summary>
    Search,

    /// <summary><see cref="MeterNames.ApiBulk"/>.</summary>
    Bulk,

    /// <summary><see cref="MeterNames.GrainMilliseconds"/>, in ticks of 100 ns; what does not make a millisecond waits for the rest of one.</summary>
    GrainTicks,

    /// <summary><see cref="MeterNames.NetworkIn"/>.</summary>
    BytesIn,

    /// <summary><see cref="MeterNames.NetworkOut"/>.</summary>
    BytesOut,

    /// <summary><see cref="MeterNames.Sessions"/>.</summary>
    Session,

    /// <summary><see cref="MeterNames.ExportRows"/>.</summary>
    ExportRow,

    /// <summary><see cref="MeterNames.Hl7Messages"/>.</summary>
    Hl7Message,
}

/// <summary>One hospital's counters in this process. Counting is an interlocked addition; nothing is allocated.</summary>
public sealed class TenantCounters(bool isCounting = true)
{
    private static readonly string[] s_meters =
    [
        MeterNames.ApiRead, MeterNames.ApiSearch, MeterNames.ApiBulk, MeterNames.GrainMilliseconds,
        MeterNames.NetworkIn, MeterNames.NetworkOut, MeterNames.Sessions, MeterNames.ExportRows, MeterNames.Hl7Messages,
    ];

    private readonly long[] _counts = new long[s_meters.Length];

    /// <summary>Counts.</summary>
    public void Add(Counted what, long quantity = 1)
    {
        if (isCounting)
        {
            Interlocked.Add(ref _counts[(int)what], quantity);
        }
    }

    /// <summary>Takes what has been counted since the last time; none where there is nothing.</summary>
    internal List<UsageQuantity> Take()
    {
        var taken = new List<UsageQuantity>();
        for (var i = 0; i < _counts.Length; i++)
        {
            var count = Volatile.Read(ref _counts[i]) == 0 ? 0 : Interlocked.Exchange(ref _counts[i], 0);
            if (i == (int)Counted.GrainTicks)
            {
                Interlocked.Add(ref _counts[i], count % TimeSpan.TicksPerMillisecond);
                count /= TimeSpan.TicksPerMillisecond;
            }

            if (count != 0)
            {
                taken.Add(new UsageQuantity(s_meters[i], count));
            }
        }

        return taken;
    }
}

/// <summary>This process's counters of all hospitals.</summary>
public sealed class UsageCounters(MeteringOptions? options = null)
{
    private readonly ConcurrentDictionary<TenantId, TenantCounters> _tenants = new();

    /// <summary>Whether anything is metered.</summary>
    public bool IsCounting { get; } = options?.Enabled != false;

    /// <summary>A hospital's counters: to be asked for once its credential is proven, so that nobody fills the memory with names.</summary>
    public TenantCounters For(TenantId tenant) => _tenants.TryGetValue(tenant, out var counters) ? counters : _tenants.GetOrAdd(tenant, _ => new TenantCounters(IsCounting));

    /// <summary>All hospitals that something was counted of.</summary>
    internal IEnumerable<KeyValuePair<TenantId, TenantCounters>> All => _tenants;
}
