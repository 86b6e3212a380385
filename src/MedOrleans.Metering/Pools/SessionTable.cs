using System.Collections.Concurrent;

namespace MedOrleans.Metering.Pools;

/// <summary>
/// The workstations of a hospital that are at work: each a client id with a workstation's name, or with the address it calls from
/// where it sends no name. One that has not called for a while is at work no longer.
/// </summary>
internal sealed class SessionTable
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    private readonly ConcurrentDictionary<ulong, long> _seen = new();
    private int _count;

    /// <summary>How many there are in this process.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The same number for the same workstation in every process.</summary>
    public static ulong Name(ReadOnlySpan<char> clientId, ReadOnlySpan<char> workstation)
    {
        var hash = FnvOffset;
        foreach (var c in clientId)
        {
            hash = (hash ^ c) * FnvPrime;
        }

        hash = (hash ^ '|') * FnvPrime;
        foreach (var c in workstation)
        {
            hash = (hash ^ c) * FnvPrime;
        }

        return hash;
    }

    /// <summary>As <see cref="Name"/>, of an address.</summary>
    public static ulong NameByAddress(ReadOnlySpan<char> clientId, ReadOnlySpan<byte> address)
    {
        var hash = Name(clientId, ReadOnlySpan<char>.Empty);
        foreach (var b in address)
        {
            hash = (hash ^ b) * FnvPrime;
        }

        return hash;
    }

    /// <summary>Notes that a workstation calls; false where it is not there yet and <paramref name="mayAdd"/> does not let it in.</summary>
    /// <param name="session">The workstation.</param>
    /// <param name="now">The timestamp.</param>
    /// <param name="fresh">Timestamps within which the note is not renewed.</param>
    /// <param name="mayAdd">Whether one more may come.</param>
    public bool Touch(ulong session, long now, long fresh, bool mayAdd)
    {
        if (_seen.TryGetValue(session, out var seen))
        {
            if (now - seen > fresh)
            {
                _seen.TryUpdate(session, now, seen);
            }

            return true;
        }

        if (!mayAdd)
        {
            return false;
        }

        if (_seen.TryAdd(session, now))
        {
            Interlocked.Increment(ref _count);
        }

        return true;
    }

    /// <summary>Forgets those not seen since <paramref name="before"/>, and gives the others.</summary>
    public ulong[] Sweep(long before)
    {
        var live = new List<ulong>();
        foreach (var (session, seen) in _seen)
        {
            if (seen >= before)
            {
                live.Add(session);
            }
            else if (_seen.TryRemove(KeyValuePair.Create(session, seen)))
            {
                Interlocked.Decrement(ref _count);
            }
        }

        return [.. live];
    }
}
