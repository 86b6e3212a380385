using System.Security.Cryptography;
using System.Text;

namespace MedOrleans.Record.Keys;

/// <summary>The cluster's master key: wraps the hospitals' data keys, and is kept outside every database.</summary>
public sealed class MasterKey
{
    /// <summary>How many bytes it has.</summary>
    public const int Size = 32;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key;

    /// <summary>Takes the key's bytes.</summary>
    /// <param name="key"><see cref="Size"/> random bytes.</param>
    public MasterKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Size);
        _key = key.ToArray();
        Fingerprint = Keys.Fingerprint.Of("master", key);
    }

    /// <summary>Tells keys apart and gives nothing of them away.</summary>
    public string Fingerprint { get; }

    /// <summary>A new random key.</summary>
    public static MasterKey Make() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>The key as it is written to a file.</summary>
    internal string Print() => Convert.ToBase64String(_key);

    /// <summary>Wraps a data key for one hospital and key number, and for no other.</summary>
    internal byte[] Wrap(TenantId tenant, int id, ReadOnlySpan<byte> dataKey)
    {
        var wrapped = new byte[NonceSize + dataKey.Length + TagSize];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
        using var gcm = new AesGcm(_key, TagSize);
        gcm.Encrypt(wrapped.AsSpan(0, NonceSize), dataKey, wrapped.AsSpan(NonceSize, dataKey.Length), wrapped.AsSpan(NonceSize + dataKey.Length), Purpose(tenant, id));
        return wrapped;
    }

    /// <summary>The data key that was wrapped.</summary>
    /// <exception cref="CryptographicException">It was wrapped by another master key, for another hospital, or has been tampered with.</exception>
    internal byte[] Unwrap(TenantId tenant, int id, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length <= NonceSize + TagSize)
        {
            throw new CryptographicException("A wrapped key is too short.");
        }

        var dataKey = new byte[wrapped.Length - NonceSize - TagSize];
        using var gcm = new AesGcm(_key, TagSize);
        gcm.Decrypt(wrapped[..NonceSize], wrapped[NonceSize..^TagSize], wrapped[^TagSize..], dataKey, Purpose(tenant, id));
        return dataKey;
    }

    private static byte[] Purpose(TenantId tenant, int id) => Encoding.UTF8.GetBytes(FormattableString.Invariant($"medorleans data key/{tenant.Value}/{id}"));
}

/// <summary>Names a key by a hash of it.</summary>
internal static class Fingerprint
{
    /// <summary>128 bits in hex.</summary>
    public static string Of(string purpose, ReadOnlySpan<byte> key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"medorleans {purpose} key fingerprint")).AsSpan(0, 16));
}
