using System.Security.Cryptography;
using System.Text;

namespace MedOrleans.Security;

/// <summary>
/// The secret that the cluster's own silos and gateways show each other in grain calls. Made once a cluster, kept in its
/// home database; a client never has it.
/// </summary>
/// <param name="value">The secret.</param>
public sealed class ClusterCredential(string value)
{
    /// <summary>The secret.</summary>
    public string Value { get; } = value;

    /// <summary>Whether <paramref name="shown"/> is the secret, in constant time.</summary>
    public bool Matches(string? shown) => ReferenceEquals(shown, Value) || (shown is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(Value)));
}
