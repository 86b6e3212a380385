using MedOrleans.Cluster;
using MedOrleans.Grains.Committing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Services;
using Orleans.Statistics;

namespace MedOrleans.Grains.Placement;

/// <summary>A silo's warden, as the others reach it.</summary>
[Alias("MedOrleans.IPoolWardenService")]
internal interface IPoolWardenService : IGrainService
{
    /// <summary>Reads which hospitals have pools of their own, now.</summary>
    [Alias("Refresh")]
    Task RefreshAsync();

    /// <summary>What the silo has of a hospital.</summary>
    [Alias("Presence")]
    Task<PoolPresence> PresenceAsync(string tenant);

    /// <summary>Hears that a silo is leaving.</summary>
    [Alias("Leaving")]
    Task LeavingAsync(SiloAddress silo);

    /// <summary>Hears that a silo is ready.</summary>
    [Alias("Arrived")]
    Task ArrivedAsync(SiloAddress silo);

    /// <summary>What the silo uses.</summary>
    [Alias("Use")]
    Task<SiloUse> UseAsync();
}

/// <summary>What a silo has of a hospital.</summary>
/// <param name="Known">The pool that it takes it for.</param>
/// <param name="Activations">Its activations.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.PoolPresence")]
internal sealed record PoolPresence([property: Id(0)] string Known, [property: Id(1)] int Activations);

/// <inheritdoc cref="IPoolWardenService"/>
internal sealed class PoolWardenService(GrainId id, Silo silo, ILoggerFactory loggers, PoolWarden warden, ArrivingSilos arriving, PoolMap map, OwnActivations activations, RecordCommitter committer, ProcessorUse processor, IEnvironmentStatisticsProvider environment)
    : GrainService(id, silo, loggers), IPoolWardenService
{
    public async Task RefreshAsync() => await warden.RefreshAsync(StoppedCancellationTokenSource.Token);

    public Task<PoolPresence> PresenceAsync(string tenant) => Task.FromResult(new PoolPresence(map.PoolOf(tenant), activations.Count(tenant)));

    public Task LeavingAsync(SiloAddress silo)
    {
        warden.Leaving(silo);
        return Task.CompletedTask;
    }

    public Task ArrivedAsync(SiloAddress silo)
    {
        arriving.Arrived(silo);
        return Task.CompletedTask;
    }

    public Task<SiloUse> UseAsync()
    {
        var now = environment.GetEnvironmentStatistics();
        return Task.FromResult(new SiloUse(activations.Total, processor.Percent(), now.FilteredMemoryUsageBytes, now.MaximumAvailableMemoryBytes, committer.Waiting));
    }
}

/// <summary>Reaches the wardens of all silos.</summary>
internal sealed class PoolWardens(IServiceProvider services, SiloPools silos, TimeProvider time) : GrainServiceClient<IPoolWardenService>(services)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Tells every silo that a hospital has moved. One that does not hear it finds out within a second of its own.</summary>
    public Task AnnounceAsync() => TellAsync(static warden => warden.RefreshAsync());

    /// <summary>Tells every silo that this one is leaving.</summary>
    public Task AnnounceLeavingAsync()
    {
        var self = silos.Self;
        return TellAsync(warden => warden.LeavingAsync(self));
    }

    /// <summary>Tells every silo that this one is ready.</summary>
    public Task AnnounceArrivedAsync()
    {
        var self = silos.Self;
        return TellAsync(warden => warden.ArrivedAsync(self));
    }

    /// <summary>What each silo of a list uses; null for one that does not answer.</summary>
    public Task<IReadOnlyList<(SiloAddress Silo, SiloUse? Answer)>> UsesAsync(IReadOnlyList<SiloAddress> all) => AskAsync(all, static warden => warden.UseAsync());

    /// <summary>What each silo has of a hospital; null for one that does not answer.</summary>
    public Task<IReadOnlyList<(SiloAddress Silo, PoolPresence? Answer)>> PresenceAsync(string tenant) => AskAsync(silos.Active, warden => warden.PresenceAsync(tenant));

    private async Task TellAsync(Func<IPoolWardenService, Task> tell) => await AskAsync(silos.Active, async warden =>
    {
        await tell(warden);
        return true;
    });

    private async Task<IReadOnlyList<(SiloAddress Silo, T? Answer)>> AskAsync<T>(IReadOnlyList<SiloAddress> all, Func<IPoolWardenService, Task<T>> ask)
    {
        var answers = await Task.WhenAll(all.Select(AskOneAsync));
        return [.. all.Zip(answers)];

        async Task<T?> AskOneAsync(SiloAddress silo)
        {
            try
            {
                return await ask(GetGrainService(silo)).WaitAsync(s_patience, time);
            }
#pragma warning disable CA1031 // A silo that dies just now must not fail what goes on at the others.
            catch (Exception)
#pragma warning restore CA1031
            {
                return default;
            }
        }
    }
}
