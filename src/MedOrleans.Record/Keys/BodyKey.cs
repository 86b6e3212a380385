using System.Security.Cryptography;

namespace MedOrleans.Record.Keys;

/// <summary>One data key of a hospital. The ciphers on it are kept, as setting one up costs more than a body does.</summary>
internal sealed class BodyKey(int id, byte[] key) : IDisposable
{
    // A cipher serves one call at a time.
    private readonly AesGcm?[] _idle = new AesGcm?[Math.Min(Environment.ProcessorCount, 8)];
    private bool _isForgotten;

    /// <summary>The key's number, which each body carries.</summary>
    public int Id { get; } = id;

    /// <summary>A cipher to be given back.</summary>
    public AesGcm Rent()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Volatile.Read(ref _idle[i]) is not null && Interlocked.Exchange(ref _idle[i], null) is { } cipher)
            {
                return cipher;
            }
        }

        lock (_idle)
        {
            // Once forgotten the bytes are zero: nothing must be sealed with those.
            ObjectDisposedException.ThrowIf(_isForgotten, this);
            return new AesGcm(key, SealedBody.TagSize);
        }
    }

    /// <summary>Gives a cipher back.</summary>
    public void Return(AesGcm cipher)
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], cipher, null) is null)
            {
                return;
            }
        }

        cipher.Dispose();
    }

    /// <summary>Forgets the key.</summary>
    public void Dispose()
    {
        lock (_idle)
        {
            _isForgotten = true;
            CryptographicOperations.ZeroMemory(key);
        }

        for (var i = 0; i < _idle.Length; i++)
        {
            Interlocked.Exchange(ref _idle[i], null)?.Dispose();
        }
    }
}
