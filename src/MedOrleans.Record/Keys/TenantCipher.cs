using System.Buffers;
using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Unicode;
using MedOrleans.Record.Store;

namespace MedOrleans.Record.Keys;

/// <summary>
/// Seals and opens the bodies of one hospital. Tenant, type, id and version are bound to each, so that no body passes for another's;
/// the one new array that a call makes is its result.
/// </summary>
internal sealed class TenantCipher(TenantId tenant, IReadOnlyList<BodyKey> keys, BodyKey? sealing, Action stale)
{
    // The longest slug, type, id and version, and what parts them.
    private const int MostBinding = TenantId.MaxLength + 64 + ResourceKey.MaxIdLength + 20 + 3;

    /// <summary>Whether there is a key at all.</summary>
    public bool CanSeal => sealing is not null;

    /// <summary>The body of a new version as it is stored.</summary>
    public byte[] Seal(CommitItem item) => Seal(item.Type, item.Id, item.ExpectedVersion + 1, item.Body);

    /// <summary>The body as it is stored; a deletion's stays empty.</summary>
    public byte[] Seal(string type, string id, long version, byte[] body)
    {
        if (body.Length == 0)
        {
            return body;
        }

        var key = sealing ?? throw new InvalidOperationException("There is no key to seal with.");
        var stored = GC.AllocateUninitializedArray<byte>(body.Length + SealedBody.Overhead);
        stored[0] = SealedBody.AesGcm;
        BinaryPrimitives.WriteInt32BigEndian(stored.AsSpan(1), key.Id);
        var nonce = stored.AsSpan(SealedBody.NonceAt, SealedBody.NonceSize);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> binding = stackalloc byte[MostBinding];
        binding = binding[..Bind(binding, type, id, version)];
        var cipher = key.Rent();
        cipher.Encrypt(nonce, body, stored.AsSpan(SealedBody.TextAt, body.Length), stored.AsSpan(SealedBody.TextAt + body.Length), binding);
        key.Return(cipher);
        return stored;
    }

    /// <summary>The body that was sealed; a plain one as it is.</summary>
    /// <exception cref="RecordStoreException">It is not this version's body, or its key is not there.</exception>
    public byte[] Open(string type, string id, long version, byte[] stored) =>
        SealedBody.Is(stored) ? Decrypt(type, id, version, stored) : stored;

    /// <summary>The body in a column, read without an array for what is stored.</summary>
    /// <exception cref="RecordStoreException">It is not this version's body, or its key is not there.</exception>
    public byte[] Open(string type, string id, long version, DbDataReader reader, int column)
    {
        var length = (int)reader.GetBytes(column, 0, null, 0, 0);
        if (length == 0)
        {
            return [];
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            reader.GetBytes(column, 0, rented, 0, length);
            var stored = rented.AsSpan(0, length);
            return SealedBody.Is(stored) ? Decrypt(type, id, version, stored) : stored.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private byte[] Decrypt(string type, string id, long version, ReadOnlySpan<byte> stored)
    {
        var key = Find(BinaryPrimitives.ReadInt32BigEndian(stored[1..]));
        var body = GC.AllocateUninitializedArray<byte>(stored.Length - SealedBody.Overhead);
        Span<byte> binding = stackalloc byte[MostBinding];
        binding = binding[..Bind(binding, type, id, version)];
        var cipher = key.Rent();
        try
        {
            cipher.Decrypt(stored.Slice(SealedBody.NonceAt, SealedBody.NonceSize), stored[SealedBody.TextAt..^SealedBody.TagSize], stored[^SealedBody.TagSize..], body, binding);
        }
        catch (CryptographicException)
        {
            throw new RecordStoreException($"A stored {type} of {tenant} is not what was sealed: the database has been changed from outside, or is damaged.", isTransient: false);
        }

        key.Return(cipher);
        return body;
    }

    private BodyKey Find(int id)
    {
        foreach (var key in keys)
        {
            if (key.Id == id)
            {
                return key;
            }
        }

        // Another host may have made the key since this one looked: the next call looks again.
        stale();
        throw new RecordStoreException(FormattableString.Invariant($"A stored body of {tenant} needs the key {id}, which is not there."), isTransient: true);
    }

    private int Bind(Span<byte> binding, string type, string id, long version) =>
        Utf8.TryWrite(binding, null, $"{tenant.Value}/{type}/{id}/{version}", out var written)
            ? written
            : throw new RecordStoreException("A resource's type or id is longer than FHIR allows.", isTransient: false);
}
