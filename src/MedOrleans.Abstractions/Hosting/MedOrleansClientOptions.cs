using System.Net;
using MedOrleans.Connections;

namespace MedOrleans;

/// <summary>How a HIS frontend reaches the cluster, and as whom.</summary>
public sealed class MedOrleansClientOptions
{
    /// <summary>The silos' client addresses, <c>127.0.0.1:30000</c>; one is enough, more survive the loss of one.</summary>
    public IList<string> Gateways { get; } = [];

    /// <summary>The cluster's id, as the silos are configured.</summary>
    public string ClusterId { get; set; } = "medorleans";

    /// <summary>The service's id, as the silos are configured.</summary>
    public string ServiceId { get; set; } = "medorleans";

    /// <summary>Where tokens are issued, <c>https://hospital.example/oauth2/token</c>.</summary>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>The id of the hospital's client credentials.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Their secret.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The client's certificate (its DNS name <c>client.{ClusterId}</c>), its key, and the cluster's authority, where the silos ask for one; null where they do not.</summary>
    public TlsFiles? Tls { get; set; }

    /// <summary>How often a connection is tried, a second apart, before the start fails; 0 to 3,600.</summary>
    public int ConnectionTries { get; set; } = 60;

    /// <summary>Everything that is wrong with these options.</summary>
    internal IEnumerable<string> Mistakes()
    {
        if (Gateways.Count == 0)
        {
            yield return "Gateways: is empty; give at least one silo's client address, 127.0.0.1:30000.";
        }

        foreach (var gateway in Gateways.Where(gateway => !IPEndPoint.TryParse(gateway, out var address) || address.Port == 0))
        {
            yield return $"Gateways: '{gateway}' is not an address with a port.";
        }

        if (TokenEndpoint is not { IsAbsoluteUri: true })
        {
            yield return "TokenEndpoint: is missing or not an absolute address.";
        }

        if (ClientId.Length == 0)
        {
            yield return "ClientId: is missing.";
        }

        if (ClientSecret.Length == 0)
        {
            yield return "ClientSecret: is missing.";
        }

        foreach (var mistake in Tls?.Missing(nameof(Tls)) ?? [])
        {
            yield return mistake;
        }

        if (ConnectionTries is < 0 or > 3600)
        {
            yield return "ConnectionTries: must be between 0 and 3600.";
        }
    }
}
