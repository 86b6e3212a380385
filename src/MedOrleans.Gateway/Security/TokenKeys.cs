using System.Security.Cryptography;
using MedOrleans.Record.Store;
using Microsoft.IdentityModel.Tokens;

namespace MedOrleans.Gateway.Security;

/// <summary>The cluster's token signing key (ES256), the same on every host.</summary>
/// <param name="key">The key, private part included.</param>
public sealed class TokenKeys(ECDsaSecurityKey key) : IDisposable
{
    /// <summary>The key.</summary>
    internal ECDsaSecurityKey Key { get; } = key;

    /// <summary>Loads the key; the cluster's first host makes it.</summary>
    public static async Task<TokenKeys> LoadAsync(IClusterSecrets secrets, CancellationToken cancel)
    {
        var stored = await secrets.GetOrAddAsync(
            "token-signing-key",
            static () =>
            {
                using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                return fresh.ExportPkcs8PrivateKey();
            },
            cancel);
        var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(stored, out _);
        return new TokenKeys(new ECDsaSecurityKey(ecdsa)
        {
            KeyId = Convert.ToHexStringLower(SHA256.HashData(ecdsa.ExportSubjectPublicKeyInfo())[..8]),
        });
    }

    /// <inheritdoc/>
    public void Dispose() => Key.ECDsa.Dispose();
}
