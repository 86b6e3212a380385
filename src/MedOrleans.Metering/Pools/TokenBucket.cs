namespace MedOrleans.Metering.Pools;

/// <summary>
/// A token bucket as one number: the moment at which it is full again (the generic cell rate algorithm). Lock-free, allocates
/// nothing, and costs no timer; times are timestamps of a <see cref="TimeProvider"/>.
/// </summary>
internal sealed class TokenBucket
{
    private long _fullAt;
    private Rate _rate = new(1, 1, 1);

    /// <summary>The tokens a second.</summary>
    public double PerSecond => _rate.PerSecond;

    /// <summary>How many tokens there are at most.</summary>
    public double Depth => _rate.Depth / _rate.TicksPerToken;

    /// <summary>Sets the rate; what has been taken stays taken.</summary>
    /// <param name="perSecond">Tokens a second.</param>
    /// <param name="depth">The most tokens that gather; at least one does.</param>
    /// <param name="frequency">Timestamps a second.</param>
    public void Set(double perSecond, double depth, long frequency)
    {
        var ticksPerToken = frequency / Math.Max(perSecond, 1e-6);
        _rate = new Rate(perSecond, ticksPerToken, (long)Math.Min(Math.Max(depth, 1) * ticksPerToken, long.MaxValue / 4));
    }

    /// <summary>Takes tokens where there are as many.</summary>
    public bool TryTake(long now, double tokens = 1)
    {
        var rate = _rate;
        var cost = (long)(tokens * rate.TicksPerToken);
        var seen = Volatile.Read(ref _fullAt);
        while (true)
        {
            var after = Math.Max(seen, now) + cost;
            if (after - now > rate.Depth)
            {
                return false;
            }

            var found = Interlocked.CompareExchange(ref _fullAt, after, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }
    }

    /// <summary>Takes tokens whether there are as many or not: what is known only afterwards leaves a debt.</summary>
    public void Charge(long now, double tokens)
    {
        var cost = (long)Math.Min(tokens * _rate.TicksPerToken, long.MaxValue / 8);
        var seen = Volatile.Read(ref _fullAt);
        while (true)
        {
            var found = Interlocked.CompareExchange(ref _fullAt, Math.Max(seen, now) + cost, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>In how many timestamps a number of tokens is there; 0 where it is now.</summary>
    public long WaitFor(long now, double tokens = 1)
    {
        var rate = _rate;
        return Math.Max(0, Math.Max(Volatile.Read(ref _fullAt), now) + (long)(tokens * rate.TicksPerToken) - now - rate.Depth);
    }

    /// <summary>The tokens that there are; below 0 for a debt.</summary>
    public double Available(long now)
    {
        var rate = _rate;
        return (rate.Depth - Math.Max(0, Volatile.Read(ref _fullAt) - now)) / rate.TicksPerToken;
    }

    private sealed record Rate(double PerSecond, double TicksPerToken, long Depth);
}
