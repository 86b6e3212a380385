using MedOrleans.Host.Hosting;

namespace MedOrleans.Tests.Host;

public sealed class SteadyClockTests
{
    private readonly Machine _machine = new();

    [Fact]
    public void MachineIsRight_SaysTheSame()
    {
        var clock = new SteadyClock(_machine);
        _machine.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(_machine.GetUtcNow(), clock.GetUtcNow());
    }

    [Theory]
    [InlineData(-60, 120)]
    [InlineData(60, 60)]
    public void MachineJumps_GoesForwardAndIsRightAfterAWhile(int jump, int after)
    {
        var clock = new SteadyClock(_machine);
        _machine.Jump(TimeSpan.FromMinutes(jump));
        var before = clock.GetUtcNow();
        for (var minute = 1; minute <= after; minute++)
        {
            _machine.Advance(TimeSpan.FromMinutes(1));
            var now = clock.GetUtcNow();
            Assert.InRange(now - before, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2));
            Assert.Equal(minute < after, (now - _machine.GetUtcNow()).Duration() > TimeSpan.FromSeconds(1));
            before = now;
        }
    }

    [Fact]
    public void MachineGoesBackALittle_StandsUntilThen()
    {
        var clock = new SteadyClock(_machine);
        var before = clock.GetUtcNow();
        _machine.Jump(TimeSpan.FromMilliseconds(-50));
        Assert.Equal(before, clock.GetUtcNow());
        _machine.Advance(TimeSpan.FromMilliseconds(80));
        Assert.Equal(before.AddMilliseconds(30), clock.GetUtcNow());
    }

    /// <summary>A clock that can be set; what measures time goes on by itself.</summary>
    private sealed class Machine : TimeProvider
    {
        private TimeSpan _set;
        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50) + _passed + _set;

        public void Advance(TimeSpan time) => _passed += time;

        public void Jump(TimeSpan time) => _set += time;
    }
}
