using MedOrleans.Host.Hosting;
using Microsoft.Extensions.Time.Testing;
using Orleans.Messaging;

namespace MedOrleans.Tests.Host;

/// <summary>Which silos a gateway enters the cluster by.</summary>
public sealed class SteadyWaysInTests
{
    private static readonly Uri s_first = new("gwy.tcp://127.0.0.1:1/1");
    private static readonly Uri s_second = new("gwy.tcp://127.0.0.1:2/1");
    private static readonly Uri s_new = new("gwy.tcp://127.0.0.1:3/1");

    private readonly FakeTimeProvider _time = new();
    private readonly Listed _listed = new();
    private readonly SteadyWaysIn _ways;

    public SteadyWaysInTests() => _ways = new SteadyWaysIn(_listed, _time);

    [Fact]
    public async Task Silos_ThereFromTheStart_AreUsedAtOnce() => Assert.Equal([s_first, s_second], await AfterAsync(s_first, s_second));

    [Fact]
    public async Task Silo_JustJoined_IsUsedAfterAWhile()
    {
        await AfterAsync(s_first);
        Assert.Equal([s_first], await AfterAsync(s_first, s_new));
        _time.Advance(SteadyWaysIn.NewFor);
        Assert.Equal([s_first, s_new], await AfterAsync(s_first, s_new));
    }

    [Fact]
    public async Task Silo_JustJoinedAndAloneLeft_IsUsedAtOnce()
    {
        await AfterAsync(s_first);
        await AfterAsync(s_first, s_new);
        Assert.Equal([s_new], await AfterAsync(s_new));
    }

    [Fact]
    public async Task Silos_AllGone_TheFirstToComeAreUsedAtOnce()
    {
        await AfterAsync(s_first);
        Assert.Empty(await AfterAsync());
        Assert.Equal([s_second, s_new], await AfterAsync(s_second, s_new));
    }

    private async Task<IList<Uri>> AfterAsync(params Uri[] listed)
    {
        _listed.Ways = listed;
        return await _ways.GetGatewaysAsync(CancellationToken.None);
    }

    private sealed class Listed : IGatewayListProvider
    {
        public IList<Uri> Ways { get; set; } = [];

        public TimeSpan MaxStaleness => TimeSpan.FromMinutes(1);

        [Obsolete("Orleans takes each list for one that changes.")]
        public bool IsUpdatable => true;

        public Task InitializeGatewayListProvider() => Task.CompletedTask;

        public Task<IList<Uri>> GetGateways() => Task.FromResult(Ways);
    }
}
