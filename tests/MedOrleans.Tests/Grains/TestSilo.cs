using MedOrleans.Cluster;
using MedOrleans.Grains;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace MedOrleans.Tests.Grains;

/// <summary>A silo in this process over SQLite. The store's clock is the test's; Orleans keeps its own.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;
    private readonly ServiceProvider _record;
    private readonly DirectoryInfo _folder;

    private TestSilo(InProcessTestCluster cluster, ServiceProvider record, DirectoryInfo folder, FakeTimeProvider storeTime)
    {
        _cluster = cluster;
        _record = record;
        _folder = folder;
        StoreTime = storeTime;
    }

    /// <summary>The store's clock.</summary>
    public FakeTimeProvider StoreTime { get; }

    /// <summary>Grains, called as a gateway of the cluster calls them.</summary>
    public IGrainFactory Grains => _cluster.Client;

    /// <summary>The store.</summary>
    public IRecordStore Store => _record.GetRequiredService<IRecordStores>().Named("main");

    /// <summary>Starts a silo.</summary>
    /// <param name="faults">Which commits of grains fail; null for none.</param>
    public static async Task<TestSilo> StartAsync(StoreFaults? faults = null)
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-silo-");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var record = new ServiceCollection()
            .AddSingleton<TimeProvider>(time)
            .AddRecordStores(options => options.Databases["main"] = new RecordDatabaseOptions
            {
                Provider = RecordProvider.Sqlite,
                ConnectionString = $"Data Source={Path.Combine(folder.FullName, "record.db")}",
            })
            .BuildServiceProvider();
        await record.MigrateRecordStoresAsync(CancellationToken.None);
        await record.UnlockRecordStoresAsync(Path.Combine(folder.FullName, "master.key"), CancellationToken.None);

        var secret = new ClusterCredential("a secret of this test");
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            var stores = record.GetRequiredService<IRecordStores>();
            silo.Services.AddSingleton(faults is null ? stores : FaultyStores.Over(stores, faults));
            silo.Services.AddSingleton(record.GetRequiredService<ITenantDirectory>());
            silo.Services.AddSingleton(record.GetRequiredService<ITenantDeletions>());
            silo.Services.AddSingleton(record.GetRequiredService<IClusterSecrets>());
            silo.Services.AddSingleton(secret);
            silo.Services.AddSingleton<IAccessTokenValidator, NoTokens>();
            silo.Services.AddRecordEngine();
            silo.Services.AddSingleton<UsageCounters>();
            silo.Services.AddSingleton<PoolRegistry>();
            silo.Services.AddSingleton<MeteringInstruments>();
            silo.Services.AddSingleton(new MeteringOptions());
            silo.Services.AddLogging(logging => logging.ClearProviders());
            silo.AddMemoryGrainStorage("Default");
            silo.UseInMemoryReminderService();
            silo.AddMedOrleansGrains();
        });
        builder.ConfigureClient(client =>
        {
            client.Services.AddSingleton(secret);
            client.AddOutgoingGrainCallFilter<ClusterCredentialFilter>();
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TestSilo(cluster, record, folder, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _record.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private sealed class NoTokens : IAccessTokenValidator
    {
        public ValueTask<AccessPrincipal?> ValidateAsync(string token) => new((AccessPrincipal?)null);
    }
}
