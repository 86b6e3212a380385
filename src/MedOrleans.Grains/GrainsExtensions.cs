using MedOrleans.Cluster;
using MedOrleans.Elasticity;
using MedOrleans.Grains.Committing;
using MedOrleans.Grains.Lifecycle;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Rating;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Scaling;
using MedOrleans.Grains.Schedules;
using MedOrleans.Grains.Security;
using MedOrleans.Rating;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Hosting;

namespace MedOrleans.Grains;

/// <summary>Registers the grains on a silo.</summary>
public static class GrainsExtensions
{
    /// <summary>How long a grain stays in memory after its last call.</summary>
    private static readonly TimeSpan s_age = TimeSpan.FromMinutes(2);

    /// <summary>How long one does whose metrics would come and go with it: longer than the pause between its looks.</summary>
    private static readonly TimeSpan s_watchedAge = TimeSpan.FromMinutes(12);

    /// <summary>
    /// Adds the grains, the committer and the call filters. Needs the record engine, the record stores, a
    /// <see cref="ClusterCredential"/>, an <see cref="IAccessTokenValidator"/> and a grain storage named <c>Default</c>.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">How the committer gathers; null for the defaults.</param>
    /// <param name="pool">The pool that the silo is labelled for: it runs the hospitals of that pool alone.</param>
    /// <param name="drain">How the silo leaves; null for the defaults.</param>
    /// <param name="scaling">How many silos there should be; null for the defaults.</param>
    public static ISiloBuilder AddMedOrleansGrains(this ISiloBuilder silo, CommitterOptions? options = null, string pool = ISiloPoolsGrain.Community, DrainOptions? drain = null, ScalingOptions? scaling = null)
    {
        silo.AddHospitalPools(pool);
        silo.Services.AddSingleton(drain ?? new DrainOptions());
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.AddSingleton(options ?? new CommitterOptions());
        silo.Services.AddSingleton<CommitterInstruments>();
        silo.Services.AddSingleton<RecordCommitter>();
        silo.Services.AddSingleton<RecordWriter>();
        silo.Services.AddSingleton<SlotSearch>();
        silo.Services.AddSingleton<BudgetInstruments>();
        silo.Services.AddSingleton(scaling ?? new ScalingOptions());
        silo.Services.AddSingleton<ScalingInstruments>();
        silo.Services.AddHostedService<ScalingKeeper>();
        silo.Services.TryAddSingleton(new LifecycleOptions());
        silo.Services.AddHostedService<LifecycleKeeper>();
        silo.AddStartupTask(static (services, _) => services.GetRequiredService<IGrainFactory>().GetGrain<IBillingClerkGrain>(IBillingClerkGrain.Key).EnsureAsync());
        silo.AddIncomingGrainCallFilter<TenantCallFilter>();
        silo.AddOutgoingGrainCallFilter<ClusterCredentialFilter>();
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.CollectionAge = s_age;
            collection.ClassSpecificCollectionAge[typeof(BudgetGrain).FullName!] = s_watchedAge;
        });
        return silo;
    }
}
