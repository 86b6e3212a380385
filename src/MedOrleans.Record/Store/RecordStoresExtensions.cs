using MedOrleans.Record.Keys;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Postgres;
using MedOrleans.Record.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedOrleans.Record.Store;

/// <summary>Registers the record stores.</summary>
public static class RecordStoresExtensions
{
    /// <summary>Adds the stores of the configured databases, the tenant directory and the cluster's secrets.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the message lists every mistake, one a line.</exception>
    public static IServiceCollection AddRecordStores(this IServiceCollection services, Action<RecordStoresOptions> configure)
    {
        var options = new RecordStoresOptions();
        configure(options);
        var mistakes = options.Mistakes().ToList();
        if (mistakes.Count > 0)
        {
            throw new ArgumentException(string.Join('\n', mistakes), nameof(configure));
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        foreach (var (name, database) in options.Databases)
        {
            services.AddSingleton<IRecordStore>(provider => database.Provider == RecordProvider.Postgres
                ? new PostgresRecordStore(name, database.ConnectionString, provider.GetRequiredService<TenantKeys>())
                : new SqliteRecordStore(name, database.ConnectionString, provider.GetRequiredService<TenantKeys>(), provider.GetRequiredService<TimeProvider>()));
        }

        services.AddSingleton<IHomeDatabase>(provider => options.Databases[options.Home] is { Provider: RecordProvider.Postgres } home
            ? new PostgresHome(home.ConnectionString)
            : new SqliteHome(options.Databases[options.Home].ConnectionString));
        services.AddSingleton<TenantKeys>();
        services.AddSingleton<ITenantKeys>(provider => provider.GetRequiredService<TenantKeys>());
        services.AddSingleton<ITenantDirectory, TenantDirectory>();
        services.AddSingleton<ITenantDeletions, TenantDeletions>();
        services.AddSingleton<IClusterSecrets, ClusterSecrets>();
        services.AddSingleton<IRecordStores, RecordStores>();
        return services;
    }

    /// <summary>Creates and migrates the schema of every configured database; to be called before anything else uses them.</summary>
    public static async Task MigrateRecordStoresAsync(this IServiceProvider services, CancellationToken cancel)
    {
        foreach (var store in services.GetServices<IRecordStore>())
        {
            await store.MigrateAsync(cancel);
        }
    }

    /// <summary>
    /// Loads the master key, which the cluster's first start makes; to be called once the schema is there and before any body is read
    /// or written.
    /// </summary>
    /// <param name="services">The services that <see cref="AddRecordStores"/> added.</param>
    /// <param name="file">The file that holds the key.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MasterKeyException">The key is missing, or not this cluster's.</exception>
    public static async Task UnlockRecordStoresAsync(this IServiceProvider services, string file, CancellationToken cancel) =>
        services.GetRequiredService<TenantKeys>().Unlock(await MasterKeyFile.LoadAsync(file, services.GetRequiredService<IClusterSecrets>(), cancel));
}
