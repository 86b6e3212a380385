using System.Net;
using MedOrleans.Connections;
using MedOrleans.Grains;
using MedOrleans.Grains.Placement;
using MedOrleans.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;

namespace MedOrleans.Host.Hosting;

/// <summary>Makes the process a silo, or a client of silos.</summary>
internal static class OrleansHosting
{
    private const string Npgsql = "Npgsql";

    /// <summary>Adds the silo or the client that the role asks for.</summary>
    /// <param name="builder">The process.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="hurry">Cancelled when it is to stop without moving what it has.</param>
    public static void AddOrleans(this IHostApplicationBuilder builder, Settings settings, CancellationToken hurry)
    {
        if (!settings.Host.IsSilo)
        {
            builder.UseOrleansClient(client => Client(client, settings));
        }
        else
        {
            builder.UseOrleans(silo => Silo(silo, settings, hurry));
        }
    }

    private static void Silo(ISiloBuilder silo, Settings settings, CancellationToken hurry)
    {
        var cluster = settings.Host.Cluster;
        var address = IPAddress.Parse(cluster.AdvertisedAddress);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = address;
            endpoints.SiloPort = cluster.SiloPort;
            endpoints.GatewayPort = cluster.GatewayPort;
            endpoints.SiloListeningEndpoint = new IPEndPoint(address, cluster.SiloPort);
            endpoints.GatewayListeningEndpoint = new IPEndPoint(address, cluster.GatewayPort);
        });
        if (settings.IsEmbedded)
        {
            silo.UseLocalhostClustering(cluster.SiloPort, cluster.GatewayPort, null, cluster.ServiceId, cluster.ClusterId);
            silo.UseInMemoryReminderService();
            silo.AddAdoNetGrainStorage("Default", storage =>
            {
                storage.Invariant = "System.Data.SQLite";
                storage.ConnectionString = OrleansSchema.SqliteConnectionString(settings);
            });
        }
        else
        {
            var source = OrleansSchema.PostgresSource(settings);
            silo.Services.AddSingleton(source);
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
            silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.DataSource) = (Npgsql, source));
            silo.UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.DataSource) = (Npgsql, source));
            silo.AddAdoNetGrainStorage("Default", storage => (storage.Invariant, storage.DataSource) = (Npgsql, source));
            silo.Services.AddHostedService<PartitionWatch>();

            // A silo that is gone or frozen is noticed after 4 to 6 s, not after 30. A frozen one keeps its connections: as long as something came by them within
            // MaxProbeTimeout times the limit, nobody votes against it. Whom probes do not reach directly is suspected in the table, where PartitionWatch sees it.
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
                membership.NumMissedProbesLimit = 2;
                membership.EnableIndirectProbes = false;
                membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
                membership.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
            });
        }

        if (!settings.IsEmbedded)
        {
            // Clients hear that this way in closes, and what is on its way still passes.
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ClientGatewayShutdownNotificationTimeout = TimeSpan.FromSeconds(1));
        }

        if (cluster.Tls.IsGiven)
        {
            silo.Services.AddOptions<SiloConnectionOptions>().Configure<ClusterDoors>(static (connections, doors) =>
            {
                connections.ConfigureSiloInboundConnection(connection => connection.Use(next => context => doors.TakeSiloAsync(context, next)));
                connections.ConfigureGatewayInboundConnection(connection => connection.Use(next => context => doors.TakeClientAsync(context, next)));
                connections.ConfigureSiloOutboundConnection(connection => connection.Use(next => context => doors.CallAsync(context, next)));
            });
        }

        silo.UseSystemTextJsonGrainStorageSerializer();
        silo.AddActivityPropagation();
        silo.AddDashboard(dashboard => dashboard.HideTrace = true);
        silo.AddMedOrleansGrains(settings.Committer, settings.Host.Silo.Pool, new DrainOptions { Limit = settings.Host.Silo.DrainLimit, Hurry = hurry }, settings.Scaling);
    }

    private static void Client(IClientBuilder client, Settings settings)
    {
        var cluster = settings.Host.Cluster;
        var source = OrleansSchema.PostgresSource(settings);
        client.Services.AddSingleton(source);
        client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.DataSource) = (Npgsql, source));
        SteadyWaysIn.AddTo(client.Services);

        // A frozen silo keeps its connections: that it is left behind is seen in the list alone.
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
        if (cluster.Tls.IsGiven)
        {
            client.UseClusterDoors();
        }

        client.AddOutgoingGrainCallFilter<ClusterCredentialFilter>();
        client.AddActivityPropagation();
        client.AddDashboard(dashboard => dashboard.HideTrace = true);
        client.UseConnectionRetryFilter<WaitForSilos>();
    }

    /// <summary>A gateway waits for the first silo.</summary>
    private sealed class WaitForSilos(TimeProvider time) : IClientConnectionRetryFilter
    {
        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            return !cancellationToken.IsCancellationRequested;
        }
    }
}
