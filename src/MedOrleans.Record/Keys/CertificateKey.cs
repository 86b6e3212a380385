using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MedOrleans.Record.Store;

namespace MedOrleans.Record.Keys;

/// <summary>The cluster's key for certificates (ES256). Never replaced: what it has signed is to be verified for as long as anybody keeps it.</summary>
public sealed class CertificateKey : IDisposable
{
    private const string Type = "medorleans-certificate+jws";

    private readonly ECDsa _key;

    private CertificateKey(ECDsa key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo())[..8]);
    }

    /// <summary>The key's id, which certificates name.</summary>
    public string Id { get; }

    /// <summary>Loads the key; the first call in a cluster makes it.</summary>
    public static async Task<CertificateKey> LoadAsync(IClusterSecrets secrets, CancellationToken cancel)
    {
        var stored = await secrets.GetOrAddAsync(
            "certificate-signing-key",
            static () =>
            {
                using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                return fresh.ExportPkcs8PrivateKey();
            },
            cancel);
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(stored, out _);
        return new CertificateKey(key);
    }

    /// <summary>Signs: a JWS in its compact form (RFC 7515).</summary>
    public string Sign(ReadOnlySpan<byte> payload)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["alg"] = "ES256", ["typ"] = Type, ["kid"] = Id });
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>The public part, as a member of a JSON Web Key Set (RFC 7517).</summary>
    public IReadOnlyDictionary<string, string> PublicKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return new Dictionary<string, string>
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["kid"] = Id,
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
        };
    }

    /// <summary>What a certificate says, where one of the keys of the set has signed it; null otherwise.</summary>
    /// <param name="jws">The certificate.</param>
    /// <param name="keySet">A JSON Web Key Set.</param>
    public static byte[]? Verify(string jws, JsonElement keySet)
    {
        try
        {
            if (jws.Trim().Split('.') is not [var header, var payload, var signature])
            {
                return null;
            }

            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(header));
            if (head.RootElement.GetProperty("alg").GetString() != "ES256" || head.RootElement.GetProperty("typ").GetString() != Type)
            {
                return null;
            }

            var id = head.RootElement.GetProperty("kid").GetString();
            foreach (var key in keySet.GetProperty("keys").EnumerateArray().Where(key => key.GetProperty("kid").GetString() == id))
            {
                using var ecdsa = ECDsa.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = Base64Url.DecodeFromChars(key.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(key.GetProperty("y").GetString()) },
                });
                if (ecdsa.VerifyData(Encoding.ASCII.GetBytes($"{header}.{payload}"), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256))
                {
                    return Base64Url.DecodeFromChars(payload);
                }
            }

            return null;
        }
        catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException or CryptographicException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
