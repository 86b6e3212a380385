using System.Net;
using MedOrleans.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;

namespace MedOrleans;

/// <summary>Connects a HIS frontend to the cluster.</summary>
public static class MedOrleansClientExtensions
{
    /// <summary>
    /// Adds an Orleans client (<see cref="IClusterClient"/>, <see cref="IGrainFactory"/>) whose calls carry an access token of the
    /// hospital's credentials, fetched and renewed by itself.
    /// </summary>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message lists every mistake, one a line.</exception>
    public static IHostApplicationBuilder AddMedOrleansClient(this IHostApplicationBuilder builder, Action<MedOrleansClientOptions> configure)
    {
        var options = new MedOrleansClientOptions();
        configure(options);
        var mistakes = options.Mistakes().ToList();
        if (mistakes.Count > 0)
        {
            throw new ArgumentException(string.Join('\n', mistakes), nameof(configure));
        }

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<AccessTokenSource>();
        if (options.Tls is { } files)
        {
            builder.Services.AddClusterDoors(Load(files, nameof(configure)), options.ClusterId);
        }

        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering([.. options.Gateways.Select(IPEndPoint.Parse)]);
            client.Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = options.ClusterId;
                cluster.ServiceId = options.ServiceId;
            });
            if (options.Tls is not null)
            {
                client.UseClusterDoors();
            }

            client.AddOutgoingGrainCallFilter<AccessTokenFilter>();
            client.UseConnectionRetryFilter<ConnectionRetry>();
        });
        return builder;
    }

    private static TlsCertificates Load(TlsFiles files, string parameter)
    {
        try
        {
            return TlsCertificates.Load(files, nameof(MedOrleansClientOptions.Tls), TimeProvider.System);
        }
        catch (TlsFilesException e)
        {
            throw new ArgumentException(e.Message, parameter, e);
        }
    }

    /// <summary>Tries again for a while: silos may be starting too.</summary>
    private sealed class ConnectionRetry(MedOrleansClientOptions options, TimeProvider time) : IClientConnectionRetryFilter
    {
        private int _tries;

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            if (++_tries >= options.ConnectionTries)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            return true;
        }
    }
}
