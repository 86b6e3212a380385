using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using MedOrleans.IntegrationTests.Elasticity.Keda;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>Asks as KEDA does.</summary>
internal sealed class KedaClient : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>Connects.</summary>
    /// <param name="address">The scaler's address.</param>
    /// <param name="believed">The authority that the scaler's certificate must come from; null without TLS.</param>
    /// <param name="own">Its own certificate; null for none.</param>
    public KedaClient(string address, X509Certificate2? believed = null, X509Certificate2? own = null)
    {
        var handler = new SocketsHttpHandler();
        if (believed is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { believed } };
            handler.SslOptions.ClientCertificates = own is null ? [] : [own];
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => own!;
        }

        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        Scaler = new ExternalScaler.ExternalScalerClient(_channel);
    }

    /// <summary>The generated client.</summary>
    public ExternalScaler.ExternalScalerClient Scaler { get; }

    /// <summary>A trigger on a pool; null where its metadata names none.</summary>
    public static ScaledObjectRef Of(string? pool)
    {
        var trigger = new ScaledObjectRef { Name = "silos", Namespace = "medorleans", ScalerMetadata = { ["scalerAddress"] = "medorleans-keda:9443" } };
        if (pool is not null)
        {
            trigger.ScalerMetadata["pool"] = pool;
        }

        return trigger;
    }

    /// <summary>How many replicas Kubernetes would come to: the value, by the target that one replica takes.</summary>
    public async Task<int> ReplicasAsync(string pool)
    {
        var spec = Assert.Single((await Scaler.GetMetricSpecAsync(Of(pool), Limit())).MetricSpecs);
        var value = Assert.Single((await Scaler.GetMetricsAsync(new GetMetricsRequest { ScaledObjectRef = Of(pool), MetricName = spec.MetricName }, Limit())).MetricValues);
        var replicas = (int)Math.Ceiling(value.MetricValueFloat / spec.TargetSizeFloat);
        Assert.Equal(replicas, value.MetricValue_ / spec.TargetSize);
        return replicas;
    }

    /// <summary>Calls end within a minute.</summary>
    public static CallOptions Limit() => new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
