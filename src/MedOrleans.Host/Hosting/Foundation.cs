using System.Security.Cryptography;
using MedOrleans.Gateway.Security;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Security;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Host.Hosting;

/// <summary>What stands before anything runs: the databases at this release's schema, and the cluster's secrets.</summary>
internal sealed class Foundation : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly FileStream? _lock;

    private Foundation(ServiceProvider services, FileStream? folderLock)
    {
        _services = services;
        _lock = folderLock;
    }

    public required ClusterCredential Cluster { get; init; }

    public required TokenKeys Keys { get; init; }

    public required OperatorCredential Operator { get; init; }

    /// <summary>Whether the operator's credential was made just now.</summary>
    public required bool IsFirstStart { get; init; }

    /// <summary>Opens the databases, waiting for them as long as the settings say.</summary>
    /// <exception cref="RecordStoreException">A database cannot be reached, or does not fit.</exception>
    /// <exception cref="SettingsException">The data folder is another process's, the master key is not there or another, or the operator's secret is not there.</exception>
    public static async Task<Foundation> OpenAsync(Settings settings, CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(settings.Host.DataFolder);
        if (!OperatingSystem.IsWindows())
        {
            folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        var folderLock = settings.IsEmbedded ? Lock(folder.FullName) : null;
        var collection = new ServiceCollection();
        collection.AddRecordStores(options =>
        {
            options.Home = settings.Record.Home;
            options.DirectoryCache = settings.Record.DirectoryCache;
            foreach (var (name, database) in settings.Record.Databases)
            {
                options.Databases.Add(name, database);
            }
        });
        var services = collection.BuildServiceProvider();
        try
        {
            await MigrateAsync(services, settings, cancel);
            await UnlockAsync(services, settings, cancel);
            var secrets = services.GetRequiredService<IClusterSecrets>();
            var secret = await secrets.GetOrAddAsync("cluster-credential", static () => RandomNumberGenerator.GetBytes(32), cancel);
            var (credential, isNew) = settings.Security.OperatorSecretFile is { Length: > 0 } file
                ? (ReadOperator(file), false)
                : await OperatorCredential.LoadAsync(secrets, folder.FullName, settings.Host.Http.Address, cancel);
            return new Foundation(services, folderLock)
            {
                Cluster = new ClusterCredential(Convert.ToHexString(secret)),
                Keys = await TokenKeys.LoadAsync(secrets, cancel),
                Operator = credential,
                IsFirstStart = isNew,
            };
        }
        catch
        {
            await services.DisposeAsync();
            folderLock?.Dispose();
            throw;
        }
    }

    /// <summary>Makes what stands here the services of the host that is built on it.</summary>
    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(_services.GetRequiredService<IRecordStores>());
        services.AddSingleton(_services.GetRequiredService<ITenantDirectory>());
        services.AddSingleton(_services.GetRequiredService<IClusterSecrets>());
        services.AddSingleton(_services.GetRequiredService<ITenantKeys>());
        services.AddSingleton(_services.GetRequiredService<ITenantDeletions>());
        services.AddSingleton(Cluster);
        services.AddSingleton(Keys);
        services.AddSingleton(Operator);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Keys.Dispose();
        _lock?.Dispose();
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "host.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new SettingsException([$"{ProcessOptions.Section}:DataFolder: another process uses {folder}."]);
        }
    }

    private static OperatorCredential ReadOperator(string file)
    {
        try
        {
            return OperatorCredential.FromFile(file);
        }
        catch (InvalidDataException e)
        {
            throw new SettingsException([$"{SecurityOptions.Section}:{nameof(SecurityOptions.OperatorSecretFile)}: {e.Message}"]);
        }
    }

    private static async Task UnlockAsync(ServiceProvider services, Settings settings, CancellationToken cancel)
    {
        try
        {
            await services.UnlockRecordStoresAsync(settings.MasterKeyFile, cancel);
        }
        catch (MasterKeyException e)
        {
            throw new SettingsException([$"{SecurityOptions.Section}:{nameof(SecurityOptions.MasterKeyFile)}: {e.Message}"]);
        }
    }

    private static async Task MigrateAsync(ServiceProvider services, Settings settings, CancellationToken cancel)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                await services.MigrateRecordStoresAsync(cancel);
                await OrleansSchema.ApplyAsync(settings, cancel);
                return;
            }
            catch (RecordStoreException e) when (e.IsTransient && time.GetElapsedTime(start) < settings.Host.DatabaseWait)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancel);
            }
        }
    }
}
