using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MedOrleans.Connections;

/// <summary>A certificate of the process's own with its key, and whom it believes.</summary>
internal sealed class TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection intermediates, X509Certificate2Collection authorities)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext _own = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);

    /// <summary>The certificate.</summary>
    public X509Certificate2 Certificate => certificate;

    /// <summary>How a server takes a connection: from whoever shows a certificate of an authority that is believed.</summary>
    /// <param name="check">What is asked of it beyond that.</param>
    public SslServerAuthenticationOptions Server(RemoteCertificateValidationCallback? check = null) => new()
    {
        ServerCertificateContext = _own,
        ClientCertificateRequired = true,
        CertificateChainPolicy = Policy(ClientAuthentication),
        RemoteCertificateValidationCallback = check,

        // Whoever was believed before the files changed is not let in by that again.
        AllowTlsResume = false,
    };

    /// <summary>How a client makes a connection: to a server of that name, of an authority that is believed.</summary>
    /// <param name="server">The name.</param>
    /// <param name="check">What is asked of it beyond that.</param>
    public SslClientAuthenticationOptions Client(string server, RemoteCertificateValidationCallback? check = null) => new()
    {
        TargetHost = server,
        ClientCertificateContext = _own,
        CertificateChainPolicy = Policy(ServerAuthentication),
        RemoteCertificateValidationCallback = check,
        AllowTlsResume = false,
    };

    /// <summary>Whether a certificate that was believed at a connection's start still is.</summary>
    /// <param name="peer">The certificate.</param>
    /// <param name="between">Those between it and its authority.</param>
    public bool StillBelieves(X509Certificate2 peer, X509Certificate2Collection between)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(null) };
        chain.ChainPolicy.ExtraStore.AddRange(between);
        return chain.Build(peer);
    }

    private X509ChainPolicy Policy(string? purpose)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        if (purpose is not null)
        {
            policy.ApplicationPolicy.Add(new Oid(purpose));
        }

        return policy;
    }
}
