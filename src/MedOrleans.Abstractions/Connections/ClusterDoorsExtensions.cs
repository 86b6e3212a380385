using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace MedOrleans.Connections;

/// <summary>Puts certificates before a process's connections.</summary>
internal static class ClusterDoorsExtensions
{
    /// <summary>Adds the doors.</summary>
    /// <param name="services">The services.</param>
    /// <param name="certificates">The process's own certificate, and whom it believes.</param>
    /// <param name="clusterId">The cluster that certificates must name.</param>
    public static void AddClusterDoors(this IServiceCollection services, TlsCertificates certificates, string clusterId)
    {
        services.AddMetrics();
        services.AddSingleton(provider => new ClusterDoors(
            certificates, clusterId, provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ClusterDoors>>()));
        services.AddHostedService(static provider => provider.GetRequiredService<ClusterDoors>());
    }

    /// <summary>Has a client's connections go through them.</summary>
    public static void UseClusterDoors(this IClientBuilder client) => client.Services.AddOptions<ClientConnectionOptions>()
        .Configure<ClusterDoors>(static (options, doors) => options.ConfigureConnection(connection => connection.Use(next => context => doors.CallAsync(context, next))));
}
