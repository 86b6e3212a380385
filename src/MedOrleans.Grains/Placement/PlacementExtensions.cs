using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Placement;
using Orleans.Runtime.GrainDirectory;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace MedOrleans.Grains.Placement;

/// <summary>Registers what keeps hospitals on the silos of their pools.</summary>
internal static class PlacementExtensions
{
    /// <summary>Labels the silo and places hospitals' grains by the labels.</summary>
    public static ISiloBuilder AddHospitalPools(this ISiloBuilder silo, string pool)
    {
        silo.UseSiloMetadata(new Dictionary<string, string> { [SiloPools.MetadataKey] = pool });
        silo.Services.AddSingleton(new SiloLabel(pool));
        silo.Services.AddSingleton<SiloPools>();
        silo.Services.AddSingleton<LeavingSilos>();
        silo.Services.AddSingleton<ArrivingSilos>();
        silo.Services.AddSingleton<TakingSilos>();
        silo.Services.AddSingleton<PoolMap>();
        silo.Services.AddSingleton<PlacedGrains>();
        silo.Services.AddSingleton<OwnActivations>();
        silo.Services.AddSingleton<IConfigureGrainTypeComponents>(static services => services.GetRequiredService<OwnActivations>());
        silo.Services.AddSingleton<PoolDirectoryCache>();
        silo.Services.AddSingleton<IGrainDirectoryCache>(static services => services.GetRequiredService<PoolDirectoryCache>());
        silo.Configure<GrainDirectoryOptions>(directory => directory.CachingStrategy = GrainDirectoryOptions.CachingStrategyType.Custom);
        silo.Services.AddPlacementFilter<HospitalPoolStrategy, HospitalPoolDirector>(ServiceLifetime.Transient);
        silo.Services.AddPlacementFilter<ClusterPoolStrategy, ClusterPoolDirector>(ServiceLifetime.Transient);
        silo.Services.AddSingleton<ProcessorUse>();
        silo.Services.AddSingleton<PlacementInstruments>();
        silo.Services.AddSingleton<PoolWarden>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static services => services.GetRequiredService<PoolWarden>());
        silo.Services.AddSingleton<IHostedService>(static services => services.GetRequiredService<PoolWarden>());
        silo.Services.AddSingleton<PoolWardens>();
        silo.Services.AddHostedService<SiloArrival>();
        silo.Services.AddHostedService<SiloDrain>();
        silo.Services.AddHostedService<PoolLeveller>();
        silo.AddGrainService<PoolWardenService>();
        return silo;
    }
}
