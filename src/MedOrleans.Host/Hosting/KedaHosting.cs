using MedOrleans.Connections;
using MedOrleans.Elasticity.Kubernetes;
using MedOrleans.Scaling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Host.Hosting;

/// <summary>KEDA's external scaler at an address of its own, where one is given: nothing else answers there, and it answers nowhere else.</summary>
internal static class KedaHosting
{
    /// <summary>Adds what the scaler needs.</summary>
    public static void AddKeda(this IServiceCollection services, KedaOptions options)
    {
        if (options.EndPoint is null)
        {
            return;
        }

        services.AddGrpc(grpc => grpc.IgnoreUnknownServices = true);
        services.AddSingleton(provider => provider.GetRequiredService<IGrainFactory>().GetGrain<IScalingGrain>(IScalingGrain.Key));
    }

    /// <summary>Listens.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="options">Where.</param>
    /// <param name="certificates">By which both ends prove themselves; null on loopback without.</param>
    public static void ListenForKeda(this KestrelServerOptions kestrel, KedaOptions options, TlsCertificates? certificates)
    {
        if (options.EndPoint is not { } address)
        {
            return;
        }

        kestrel.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificates is not null)
            {
                var logger = kestrel.ApplicationServices.GetRequiredService<ILogger<TlsCertificates>>();
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificates.Current(logger).Server()) });
            }

            listen.Use(next => connection =>
            {
                connection.Features.Set(new KedaConnection());
                return next(connection);
            });
        });
    }

    /// <summary>Keeps the address apart from the others. To be used after routing, before the other addresses' own checks.</summary>
    public static void UseKedaGate(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var isIts = context.GetEndpoint()?.Metadata.GetMetadata<KedaEndpoint>() is not null;
        if (context.Features.Get<KedaConnection>() is not null)
        {
            return isIts ? next(context) : Results.Problem("There is nothing at this address.", statusCode: 404).ExecuteAsync(context);
        }

        if (isIts)
        {
            context.SetEndpoint(null);
        }

        return next(context);
    });

    /// <summary>Maps the scaler. Who may ask is settled by the connection.</summary>
    public static void MapKeda(this IEndpointRouteBuilder app, KedaOptions options)
    {
        if (options.EndPoint is not null)
        {
            app.MapGrpcService<ExternalScalerService>().WithMetadata(new KedaEndpoint()).AllowAnonymous();
        }
    }

    /// <summary>Marks connections to the address.</summary>
    private sealed class KedaConnection;

    /// <summary>Marks endpoints of the address.</summary>
    private sealed class KedaEndpoint;
}
