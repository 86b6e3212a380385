using System.Security.Cryptography.X509Certificates;

namespace MedOrleans.Connections;

/// <summary>What a certificate must be called: the process's part in the cluster, and the cluster, as a DNS name of the certificate (subject alternative name).</summary>
internal static class ClusterNames
{
    /// <summary>The parts: what takes the silo port, what takes the gateway port as a gateway, and hospitals' own .NET clients.</summary>
    public static readonly IReadOnlyList<string> Parts = ["silo", "gateway", "client"];

    /// <summary>The name of a part in a cluster, <c>silo.medorleans</c>.</summary>
    public static string Of(string part, string clusterId) => $"{part}.{clusterId}";

    /// <summary>Whether a certificate has one of these parts.</summary>
    public static bool IsAny(X509Certificate2 certificate, string clusterId, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (certificate.MatchesHostname(Of(part, clusterId), allowWildcards: false, allowCommonName: false))
            {
                return true;
            }
        }

        return false;
    }
}
