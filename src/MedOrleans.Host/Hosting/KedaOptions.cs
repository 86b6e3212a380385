using System.Net;
using MedOrleans.Connections;

namespace MedOrleans.Host.Hosting;

/// <summary>Where KEDA's external scaler answers, for Kubernetes: section <c>MedOrleans:Keda</c>.</summary>
public sealed class KedaOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Keda";

    /// <summary>Where it listens (HTTP/2): <c>https://…</c> with certificates, <c>http://…</c> on loopback without; empty for nowhere.</summary>
    public string Address { get; set; } = "";

    /// <summary>The certificates: its own, and the authority whose clients are let in.</summary>
    public TlsFiles Tls { get; set; } = new();

    /// <summary>Whether connections are encrypted, and both ends prove themselves.</summary>
    internal bool IsTls => Address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Where it listens; null for nowhere.</summary>
    internal IPEndPoint? EndPoint => ProcessOptions.EndPoint(Address, IsTls ? "https" : "http");

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes(ProcessOptions host)
    {
        if (Address.Length == 0)
        {
            yield break;
        }

        if (EndPoint is not { } address)
        {
            yield return $"{Section}:{nameof(Address)}: must be https://{{ip address}}:{{port}}, or http:// on loopback.";
            yield break;
        }

        if (address.Port != 0 && (address.Equals(ProcessOptions.EndPoint(host.Http.Address)) || address.Equals(ProcessOptions.EndPoint(host.Management.Address))))
        {
            yield return $"{Section}:{nameof(Address)}: is the public or the operator's address.";
        }

        if (host.Role == HostRole.Supervisor)
        {
            yield return $"{Section}:{nameof(Address)}: a supervisor starts and stops silos itself; KEDA asks gateways or silos.";
        }

        if (IsTls)
        {
            foreach (var mistake in Tls.Missing($"{Section}:{nameof(Tls)}"))
            {
                yield return mistake;
            }
        }
        else if (Tls.IsGiven)
        {
            yield return $"{Section}:{nameof(Address)}: must begin with https:// where certificates are given.";
        }
        else if (!IPAddress.IsLoopback(address.Address))
        {
            yield return $"{Section}:{nameof(Address)}: {address} can be reached from other machines, and without certificates anybody there would be answered; give {Section}:{nameof(Tls)} and https://, or listen on loopback.";
        }
    }
}
