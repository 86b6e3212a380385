using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Connections;

/// <summary>
/// The connections of a cluster's processes, on which both ends prove by certificate who they are (mutual TLS): Orleans' connection middleware. The silo port takes silos alone; the gateway port takes
/// silos, gateways and clients; whoever calls speaks to a silo and to nobody else. Strangers are refused and counted. A connection whose certificate ends or is no longer vouched for is closed.
/// </summary>
internal sealed partial class ClusterDoors : BackgroundService
{
    private static readonly TimeSpan s_handshakeLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(2);

    private readonly TlsCertificates _certificates;
    private readonly string _clusterId;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterDoors> _logger;
    private readonly ConcurrentDictionary<(string Door, string Reason), long> _refused = new();
    private readonly ConcurrentDictionary<ConnectionContext, Peer> _open = new();
    private readonly Meter _meter;

    /// <summary>Makes them.</summary>
    /// <param name="certificates">The process's own certificate, and whom it believes.</param>
    /// <param name="clusterId">The cluster that certificates must name.</param>
    /// <param name="meters">Makes the instruments.</param>
    /// <param name="time">The time.</param>
    /// <param name="logger">The log.</param>
    public ClusterDoors(TlsCertificates certificates, string clusterId, IMeterFactory meters, TimeProvider time, ILogger<ClusterDoors> logger)
    {
        (_certificates, _clusterId, _time, _logger) = (certificates, clusterId, time, logger);
        foreach (var door in new[] { Silo, Gateway, Outward })
        {
            _refused[(door, Reasons.Stranger)] = 0;
        }

        _meter = meters.Create("MedOrleans");
        _meter.CreateObservableCounter(
            "medorleans.connections.refused", () => _refused.Select(refused => new Measurement<long>(refused.Value, new("door", refused.Key.Door), new("reason", refused.Key.Reason))),
            "{connection}", "Connections between the cluster's processes that were refused, by the door (silo, gateway, outward) and the reason.");
        _meter.CreateObservableUpDownCounter(
            "medorleans.connections.proven", () => new[] { Silo, Gateway, Outward }.Select(door => new Measurement<int>(_open.Count(open => open.Value.Door == door), new KeyValuePair<string, object?>("door", door))),
            "{connection}", "Open connections between the cluster's processes on which both ends have proven who they are.");
        _meter.CreateObservableGauge(
            "medorleans.certificate.remaining", () => (_certificates.Current(_logger).Certificate.NotAfter.ToUniversalTime() - _time.GetUtcNow().UtcDateTime).TotalSeconds,
            "s", "How long this process's certificate is good yet.");
    }

    /// <summary>The port for silos.</summary>
    public const string Silo = "silo";

    /// <summary>The port for gateways and clients.</summary>
    public const string Gateway = "gateway";

    /// <summary>Connections that this process makes.</summary>
    public const string Outward = "outward";

    /// <summary>Takes a connection at the silo port.</summary>
    public Task TakeSiloAsync(ConnectionContext connection, ConnectionDelegate next) => TakeAsync(connection, next, Silo, "silo");

    /// <summary>Takes a connection at the gateway port.</summary>
    public Task TakeClientAsync(ConnectionContext connection, ConnectionDelegate next) => TakeAsync(connection, next, Gateway, "silo", "gateway", "client");

    /// <summary>Makes a connection to a silo.</summary>
    public Task CallAsync(ConnectionContext connection, ConnectionDelegate next) => ProveAsync(connection, next, Outward, ["silo"], static (tls, identity, name, check, cancel) =>
        tls.AuthenticateAsClientAsync(identity.Client(name, check), cancel));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_lookEvery, _time);
        var before = _certificates.Current(_logger);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var identity = _certificates.Current(_logger);
            var now = _time.GetUtcNow().UtcDateTime;
            foreach (var (connection, peer) in _open)
            {
                if (peer.Certificate.NotAfter.ToUniversalTime() < now || (!ReferenceEquals(identity, before) && !identity.StillBelieves(peer.Certificate, peer.Between)))
                {
                    Refuse(peer.Door, Reasons.Withdrawn, connection);
                    connection.Abort(new ConnectionAbortedException("The other end's certificate is no longer believed."));
                }
            }

            before = identity;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    private Task TakeAsync(ConnectionContext connection, ConnectionDelegate next, string door, params string[] parts) => ProveAsync(connection, next, door, parts, static (tls, identity, _, check, cancel) =>
        tls.AuthenticateAsServerAsync(identity.Server(check), cancel));

    private async Task ProveAsync(
        ConnectionContext connection, ConnectionDelegate next, string door, string[] parts, Func<SslStream, TlsIdentity, string, RemoteCertificateValidationCallback, CancellationToken, Task> handshake)
    {
        var transport = connection.Transport;
        await using var tls = new SslStream(new TransportStream(transport), leaveInnerStreamOpen: true);
        Peer? peer = null;
        var reason = Reasons.NoHandshake;
        using (var limit = new CancellationTokenSource(s_handshakeLimit, _time))
        {
            try
            {
                await handshake(tls, _certificates.Current(_logger), ClusterNames.Of(parts[0], _clusterId), Check, limit.Token);
            }
            catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
            {
                Refuse(door, limit.IsCancellationRequested ? Reasons.Silent : e is IOException && reason == Reasons.NoHandshake ? Reasons.BrokenOff : reason, connection);
                connection.Abort(new ConnectionAbortedException("The other end did not prove who it is."));
                return;
            }
        }

        _open[connection] = peer!;
        var proven = new ProvenPipe(tls);
        connection.Transport = proven;
        try
        {
            await next(connection);
        }
        finally
        {
            _open.TryRemove(connection, out _);
            await proven.Input.CompleteAsync();
            await CompleteAsync(proven.Output);
            connection.Transport = transport;
        }

        bool Check(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
        {
            reason = shown is null ? Reasons.NoCertificate : Reasons.Stranger;
            if (shown is not X509Certificate2 certificate || (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None)
            {
                return false;
            }

            reason = Reasons.OtherPart;
            if (errors != SslPolicyErrors.None || !ClusterNames.IsAny(certificate, _clusterId, parts))
            {
                return false;
            }

            peer = new Peer(door, X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span), [.. (chain?.ChainElements.Skip(1) ?? []).Select(element => X509CertificateLoader.LoadCertificate(element.Certificate.RawDataMemory.Span))]);
            return true;
        }
    }

    // What is still to be sent to an end that is gone is lost with it.
    private static async ValueTask CompleteAsync(PipeWriter output)
    {
        try
        {
            await output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private void Refuse(string door, string reason, ConnectionContext connection)
    {
        _refused.AddOrUpdate((door, reason), 1, static (_, count) => count + 1);
        LogRefused(_logger, door, connection.RemoteEndPoint?.ToString() ?? "", reason);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection is refused or closed ({Door}, {Address}): {Reason}.")]
    private static partial void LogRefused(ILogger logger, string door, string address, string reason);

    /// <summary>Who is at the other end.</summary>
    private sealed record Peer(string Door, X509Certificate2 Certificate, X509Certificate2Collection Between);

    /// <summary>Why a connection was refused, as the metric says it.</summary>
    private static class Reasons
    {
        /// <summary>What came was no TLS, or the other end does not believe this one.</summary>
        public const string NoHandshake = "no-handshake";

        /// <summary>The other end was gone before it had shown anything.</summary>
        public const string BrokenOff = "broken-off";

        /// <summary>Nothing came in time.</summary>
        public const string Silent = "silent";

        /// <summary>No certificate was shown.</summary>
        public const string NoCertificate = "no-certificate";

        /// <summary>The certificate is of nobody who is believed, or has ended.</summary>
        public const string Stranger = "stranger";

        /// <summary>The certificate is another part's, or another cluster's.</summary>
        public const string OtherPart = "other-part";

        /// <summary>It was believed once.</summary>
        public const string Withdrawn = "withdrawn";
    }

    /// <summary>The two pipes over the encrypted stream. Reads wait without holding memory.</summary>
    private sealed class ProvenPipe(SslStream tls) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(tls, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true, useZeroByteReads: true));

        public PipeWriter Output { get; } = PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
    }
}
