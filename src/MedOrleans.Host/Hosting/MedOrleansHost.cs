using System.Net;
using MedOrleans.Connections;
using MedOrleans.Gateway;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Gateway.Hl7.Outbound;
using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record;
using MedOrleans.Record.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;

namespace MedOrleans.Host.Hosting;

/// <summary>One process of the cluster: a silo, a gateway, or both.</summary>
public sealed class MedOrleansHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Foundation _foundation;

    private MedOrleansHost(WebApplication app, Foundation foundation, Settings settings)
    {
        _app = app;
        _foundation = foundation;
        Settings = settings;
    }

    /// <summary>The settings that it runs with.</summary>
    public Settings Settings { get; }

    /// <summary>The public address, with the port that was taken where 0 was asked for.</summary>
    public Uri Http => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The operator's address.</summary>
    public Uri Management => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(1));

    /// <summary>Whether the operator's credential was made at this start.</summary>
    public bool IsFirstStart => _foundation.IsFirstStart;

    /// <summary>The file with the operator's credential.</summary>
    public string OperatorFile => Path.GetFullPath(Path.Combine(Settings.Host.DataFolder, OperatorCredential.FileName));

    /// <summary>Cancelled when the process is told to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>The services, for tests.</summary>
    internal IServiceProvider Services => _app.Services;

    /// <summary>Opens the databases, joins the cluster and listens; returns once requests are answered.</summary>
    /// <exception cref="SettingsException">A setting cannot be met, a port that is taken among them.</exception>
    /// <exception cref="Record.Store.RecordStoreException">A database cannot be reached.</exception>
    public static async Task<MedOrleansHost> StartAsync(Settings settings, CancellationToken cancel)
    {
        CheckPorts(settings);
        var kedaCertificates = settings.Keda.IsTls ? Load(settings.Keda.Tls, $"{KedaOptions.Section}:{nameof(KedaOptions.Tls)}") : null;
        var hl7Certificates = (settings.Host.IsGateway ? settings.Hl7.Listeners.Index() : []).Where(listener => listener.Item.IsTls)
            .ToDictionary(listener => listener.Index, listener => Load(listener.Item.Tls, $"{Hl7Options.Section}:{nameof(Hl7Options.Listeners)}:{listener.Index}:{nameof(Hl7ListenerOptions.Tls)}"));
        var subscriberCertificates = new Hl7Certificates();
        foreach (var (i, subscriber) in (settings.Host.IsGateway ? settings.Hl7.Subscribers : []).Index().Where(subscriber => subscriber.Item.IsTls))
        {
            subscriberCertificates[(subscriber.Tenant, subscriber.Name)] = Load(subscriber.Tls, $"{Hl7Options.Section}:{nameof(Hl7Options.Subscribers)}:{i}:{nameof(Hl7SubscriberOptions.Tls)}");
        }

        var clusterCertificates = settings.Host.Cluster.Tls.IsGiven ? LoadOwn(settings.Host) : null;
        var foundation = await Foundation.OpenAsync(settings, cancel);
        try
        {
            var host = new MedOrleansHost(Build(settings, foundation, clusterCertificates, kedaCertificates, hl7Certificates, subscriberCertificates), foundation, settings);
            await host._app.StartAsync(cancel);
            return host;
        }
        catch
        {
            await foundation.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when the process is told to stop, after it has stopped.</summary>
    public Task WaitAsync(CancellationToken cancel) => _app.WaitForShutdownAsync(cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_app.Lifetime.ApplicationStopped.IsCancellationRequested)
        {
            await _app.StopAsync();
        }

        await _app.DisposeAsync();
        await _foundation.DisposeAsync();
    }

    private static WebApplication Build(Settings settings, Foundation foundation, TlsCertificates? clusterCertificates, TlsCertificates? kedaCertificates, Dictionary<int, TlsCertificates> hl7Certificates, Hl7Certificates subscriberCertificates)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddConfiguration(settings.Configuration);

        // The watchdog's first check counts from the machine's start and warns of hours.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        builder.Logging.AddFilter("MedOrleans.Grains.Placement.PoolWardenService", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning).AddFilter("MedOrleans", LogLevel.Information);
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ ", true));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = settings.Host.StopLimit);
        builder.Services.AddSingleton<TimeProvider>(new SteadyClock(TimeProvider.System));
        builder.Services.AddSingleton(settings.Lifecycle);
        builder.Services.AddSingleton<IGrainStates>(new OrleansStates(settings));
        builder.Services.AddMetering(settings.Metering);
        builder.Services.AddPools(settings.Pools, isSilo: settings.Host.IsSilo, isGateway: settings.Host.IsGateway, settings.Host.Silo.Pool);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Listen(kestrel, settings.Host);
            kestrel.ListenForKeda(settings.Keda, kedaCertificates);
            if (settings.Host.IsGateway)
            {
                kestrel.ListenForHl7(settings.Hl7, hl7Certificates);
            }
        });
        foundation.AddTo(builder.Services);
        builder.Services.AddRecordEngine();
        builder.Services.AddAccessTokens(settings.Configuration);
        builder.Services.AddSingleton(settings.Console);
        builder.Services.AddSingleton(settings.Hl7);
        builder.Services.AddSingleton(subscriberCertificates);
        if (settings.Host.IsGateway)
        {
            builder.Services.AddHostedService(static provider => provider.GetRequiredService<Hl7Feeds>());
            if (!settings.IsEmbedded)
            {
                builder.Services.AddHostedService<Warmth>();
            }
        }

        builder.Services.AddGateway();
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddSingleton<Health>();
        builder.Services.AddKeda(settings.Keda);
        if (settings.Host.Role == HostRole.Supervisor)
        {
            builder.Services.AddSupervisor(settings);
        }

        if (clusterCertificates is not null)
        {
            builder.Services.AddClusterDoors(clusterCertificates, settings.Host.Cluster.ClusterId);
        }

        builder.AddOrleans(settings, builder.AddOrderlyStop(settings.Host));

        var app = builder.Build();
        UseForwardedHeaders(app, settings.Host.Http);
        app.UseFarewell();
        app.UseRouting();
        app.UseKedaGate();
        app.UseManagementGate(foundation.Operator);
        app.UseGatewaySecurity();
        app.Services.GetRequiredService<Health>().Map(app);
        app.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(new ManagementEndpoint(), new HttpMethodMetadata(["GET"])).AllowAnonymous();
        app.MapGroup("").WithMetadata(new ManagementEndpoint(NeedsOperator: true)).AllowAnonymous().MapOrleansDashboard("/dashboard");
        app.MapKeda(settings.Keda);
        if (settings.Host.IsGateway)
        {
            app.MapGateway();
        }

        return app;
    }

    private static TlsCertificates LoadOwn(ProcessOptions host)
    {
        const string Section = $"{ProcessOptions.Section}:{nameof(ProcessOptions.Cluster)}:{nameof(ClusterSettings.Tls)}";
        var certificates = Load(host.Cluster.Tls, Section);
        string[] parts = host.Role == HostRole.Gateway ? ["gateway", "silo"] : ["silo"];
        return ClusterNames.IsAny(certificates.Latest.Certificate, host.Cluster.ClusterId, parts)
            ? certificates
            : throw new SettingsException([
                $"{Section}:{nameof(TlsFiles.CertificateFile)}: {host.Cluster.Tls.CertificateFile} has not the DNS name {string.Join(" or ", parts.Select(part => ClusterNames.Of(part, host.Cluster.ClusterId)))}, which a process of role {host.Role} needs."]);
    }

    private static TlsCertificates Load(TlsFiles files, string section)
    {
        try
        {
            return TlsCertificates.Load(files, section, TimeProvider.System);
        }
        catch (TlsFilesException e)
        {
            throw new SettingsException(e.Mistakes);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, ProcessOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.Http.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = options.Http.HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = options.Http.KeepAlive;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(options.Http.MinBytesPerSecond, TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(options.Http.MinBytesPerSecond, TimeSpan.FromSeconds(5));

        // The endpoints know their own limits.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Listen(ProcessOptions.EndPoint(options.Http.Address)!);
        kestrel.Listen(ProcessOptions.EndPoint(options.Management.Address)!, listen => listen.Use(next => connection =>
        {
            connection.Features.Set(new ManagementConnection());
            return next(connection);
        }));
    }

    private static void UseForwardedHeaders(WebApplication app, HttpOptions options)
    {
        if (options.TrustedProxies.Count == 0)
        {
            return;
        }

        var headers = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
        };
        headers.KnownIPNetworks.Clear();
        headers.KnownProxies.Clear();
        foreach (var proxy in options.TrustedProxies)
        {
            headers.KnownIPNetworks.Add(HttpOptions.Network(proxy)!.Value);
        }

        app.UseForwardedHeaders(headers);
    }

    private static void CheckPorts(Settings settings)
    {
        var cluster = settings.Host.Cluster;
        var silo = IPAddress.Parse(cluster.AdvertisedAddress);
        (string Key, IPEndPoint Address)[] all = [
            ("Http:Address", ProcessOptions.EndPoint(settings.Host.Http.Address)!),
            ("Management:Address", ProcessOptions.EndPoint(settings.Host.Management.Address)!),
            .. settings.Keda.EndPoint is { } keda ? new[] { ("Keda:Address", keda) } : [],
            .. settings.Host.IsGateway ? settings.Hl7.Listeners.Select((listener, i) => ($"Hl7:Listeners:{i}:Address", listener.EndPoint!)) : [],
            .. !settings.Host.IsSilo ? [] : new[]
            {
                ("Cluster:SiloPort", new IPEndPoint(silo, cluster.SiloPort)),
                ("Cluster:GatewayPort", new IPEndPoint(silo, cluster.GatewayPort)),
            }];
        var taken = all.Where(address => address.Address.Port != 0 && !Ports.IsFree(address.Address))
            .Select(address => $"{ProcessOptions.Section}:{address.Key}: {address.Address} is taken by another process, or not an address of this machine.").ToList();
        if (taken.Count > 0)
        {
            throw new SettingsException(taken);
        }
    }
}
