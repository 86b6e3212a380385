using System.Net;
using MedOrleans.Grains.Placement;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace MedOrleans.Tests.Grains;

/// <summary>Which silos take what is new.</summary>
public sealed class ArrivingSilosTests
{
    private static readonly SiloAddress s_old = Silo(1);
    private static readonly SiloAddress s_new = Silo(2);

    private readonly FakeTimeProvider _time = new();
    private readonly LeavingSilos _leaving = new();
    private readonly ArrivingSilos _arriving;
    private readonly TakingSilos _taking;

    public ArrivingSilosTests()
    {
        _arriving = new ArrivingSilos(_time);
        _taking = new TakingSilos(_leaving, _arriving);
        _arriving.Arrived(s_old);
    }

    [Fact]
    public void Silo_NotReadyYet_TakesNothing()
    {
        Assert.Equal([s_old], _taking.Of([s_old, s_new]));
        _arriving.Arrived(s_new);
        Assert.Equal([s_old, s_new], _taking.Of([s_old, s_new]));
    }

    [Fact]
    public void Silo_ThatNeverSaysThatItIsReady_IsTakenForItAfterAWhile()
    {
        Assert.Equal([s_old], _taking.Of([s_old, s_new]));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal([s_old], _taking.Of([s_old, s_new]));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([s_old, s_new], _taking.Of([s_old, s_new]));
    }

    [Fact]
    public void Silos_NoneReady_TheOneThatStaysTakesBeforeTheOneThatLeaves()
    {
        _leaving.Add(s_old);
        Assert.Equal([s_new], _taking.Of([s_old, s_new]));
        _leaving.Add(s_new);
        Assert.Equal([s_old, s_new], _taking.Of([s_old, s_new]));
    }

    [Fact]
    public void Silo_Gone_IsForgottenAndTheOthersAreNot()
    {
        _arriving.Contains(s_new);
        _arriving.Keep([s_old]);
        Assert.Equal([s_old], _taking.Of([s_old]));
        _time.Advance(TimeSpan.FromSeconds(11));

        // It would be known for long.
        Assert.True(_arriving.Contains(s_new));
        Assert.False(_arriving.Contains(s_old));
    }

    private static SiloAddress Silo(int port) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1);
}
