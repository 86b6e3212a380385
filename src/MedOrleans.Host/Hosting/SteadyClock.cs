namespace MedOrleans.Host.Hosting;

/// <summary>
/// The machine's clock without its jumps. It never goes back: Orleans refuses every activation of a silo whose clock does, until the time before is reached again. Where the machine's
/// clock jumps, this one goes on and makes up for the difference slowly: at twice the speed where it is behind, at half where it is ahead.
/// </summary>
/// <param name="machine">The machine's clock and timers.</param>
internal sealed class SteadyClock(TimeProvider machine) : TimeProvider
{
    // Below it the machine's clock is followed: it is set by less than that all the time, and callers on several threads see it in another order.
    private static readonly TimeSpan s_followed = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private DateTimeOffset _now = machine.GetUtcNow();
    private long _at = machine.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            var (at, said) = (machine.GetTimestamp(), machine.GetUtcNow());
            var passed = machine.GetElapsedTime(_at, at);
            var ahead = _now + passed - said;
            _now = ahead.Duration() <= s_followed
                ? (said > _now ? said : _now)
                : _now + (ahead > TimeSpan.Zero ? passed / 2 : passed + TimeSpan.FromTicks(Math.Min(passed.Ticks, -ahead.Ticks)));
            _at = at;
            return _now;
        }
    }

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => machine.CreateTimer(callback, state, dueTime, period);
}
