namespace MedOrleans.Record.Keys;

/// <summary>
/// The form of a sealed body: the algorithm (1: AES-256-GCM), the key's number (big endian, 4 bytes), the nonce (12), the
/// ciphertext, the tag (16). A body of an earlier release is plain JSON, and none begins with a 1.
/// </summary>
internal static class SealedBody
{
    /// <summary>AES-256-GCM.</summary>
    public const byte AesGcm = 1;

    /// <summary>The nonce's bytes.</summary>
    public const int NonceSize = 12;

    /// <summary>The tag's bytes.</summary>
    public const int TagSize = 16;

    /// <summary>Where the nonce begins.</summary>
    public const int NonceAt = 5;

    /// <summary>Where the ciphertext begins.</summary>
    public const int TextAt = NonceAt + NonceSize;

    /// <summary>By how much a sealed body is longer than what is in it.</summary>
    public const int Overhead = TextAt + TagSize;

    /// <summary>Whether a stored body is a sealed one.</summary>
    public static bool Is(ReadOnlySpan<byte> stored) => stored.Length >= Overhead && stored[0] == AesGcm;
}
