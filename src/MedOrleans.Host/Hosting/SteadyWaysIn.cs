using Microsoft.Extensions.DependencyInjection;
using Orleans.Messaging;

namespace MedOrleans.Host.Hosting;

/// <summary>
/// A client's ways into the cluster, without those that have only just come: a silo is listed as soon as it is active, while it still starts, and calls that went by it would wait for it.
/// Where there is no other way in, a new one is one.
/// </summary>
/// <param name="listed">All ways in.</param>
/// <param name="time">The clock.</param>
internal sealed class SteadyWaysIn(IGatewayListProvider listed, TimeProvider time) : IGatewayListProvider
{
    /// <summary>How long one is new.</summary>
    public static readonly TimeSpan NewFor = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();

    // When each came; null for those that were there when there was none yet. An address is of one start of a silo.
    private readonly Dictionary<Uri, long?> _since = [];

    public TimeSpan MaxStaleness => listed.MaxStaleness;

    [Obsolete("Orleans takes each list for one that changes.")]
    public bool IsUpdatable => true;

    /// <summary>Puts it before the list that the client has.</summary>
    public static void AddTo(IServiceCollection services)
    {
        var inner = services.Last(service => service.ServiceType == typeof(IGatewayListProvider));
        services.Remove(inner);
        services.AddSingleton<IGatewayListProvider>(provider => new SteadyWaysIn(
            (IGatewayListProvider)(inner.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)),
            provider.GetRequiredService<TimeProvider>()));
    }

    public Task InitializeGatewayListProvider() => listed.InitializeGatewayListProvider();

    public Task InitializeGatewayListProviderAsync(CancellationToken cancellationToken) => listed.InitializeGatewayListProviderAsync(cancellationToken);

    public async Task<IList<Uri>> GetGateways() => Steady(await listed.GetGateways());

    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken) => Steady(await listed.GetGatewaysAsync(cancellationToken));

    private IList<Uri> Steady(IList<Uri> all)
    {
        lock (_lock)
        {
            long? now = _since.Count == 0 ? null : time.GetTimestamp();
            foreach (var gone in _since.Keys.Except(all).ToList())
            {
                _since.Remove(gone);
            }

            foreach (var way in all)
            {
                _since.TryAdd(way, now);
            }

            return all.Where(way => _since[way] is not { } since || time.GetElapsedTime(since) >= NewFor).ToList() is { Count: > 0 } steady ? steady : all;
        }
    }
}
