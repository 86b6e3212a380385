using MedOrleans.Grains.Placement;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.Tests.Grains;

/// <summary>How many activations leave a silo at once.</summary>
public sealed class DeparturePaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly DeparturePace _pace;

    public DeparturePaceTests() => _pace = new DeparturePace(_time);

    [Fact]
    public void All_GoAtOnce_TwiceAsManyEachTimeUpToAMost()
    {
        var told = new List<int>();
        for (var i = 0; i < 10; i++)
        {
            told.Add(_pace.Next());
            _pace.Told([.. Enumerable.Repeat(Task.CompletedTask, told[^1])]);
        }

        Assert.Equal([32, 64, 128, 256, 512, 1024, 2048, 4096, 5000, 5000], told);
    }

    [Fact]
    public void Most_Hang_AreWaitedForAndFewGoAfterIt()
    {
        _pace.Told([.. Enumerable.Repeat(Task.CompletedTask, _pace.Next())]);
        var hanging = new TaskCompletionSource();
        _pace.Told([.. Enumerable.Repeat(hanging.Task, _pace.Next())]);

        Assert.Equal(0, _pace.Next());
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(0, _pace.Next());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(32, _pace.Next());
    }

    [Fact]
    public void Some_AreSlow_TheOthersDoNotWait()
    {
        var slow = new TaskCompletionSource();
        var count = _pace.Next();
        _pace.Told([.. Enumerable.Repeat(slow.Task, count / 8), .. Enumerable.Repeat(Task.CompletedTask, count - (count / 8))]);
        Assert.Equal(64, _pace.Next());
    }

    [Fact]
    public void Nothing_WasThere_TheNextBeginSmall()
    {
        _pace.Told([.. Enumerable.Repeat(Task.CompletedTask, _pace.Next())]);
        _pace.Next();
        _pace.Told([]);
        Assert.Equal(32, _pace.Next());
    }
}
