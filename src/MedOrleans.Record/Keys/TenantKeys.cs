using System.Collections.Concurrent;
using System.Security.Cryptography;
using MedOrleans.Record.Store;

namespace MedOrleans.Record.Keys;

/// <summary>A row of <c>tenant_key</c>.</summary>
internal sealed record StoredTenantKey(int Id, byte[]? Wrapped, string Fingerprint, DateTimeOffset Made, DateTimeOffset? Destroyed);

/// <summary>
/// The hospitals' keys as the stores use them: unwrapped once and remembered for a minute, after which it is looked whether
/// they are still there. A new key seals only once every host has looked again, so that none meets a body that it cannot open.
/// </summary>
internal sealed class TenantKeys(IHomeDatabase home, TimeProvider time) : ITenantKeys
{
    private static readonly TimeSpan s_remembered = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TenantId, Ring> _rings = new();
    private MasterKey? _master;

    /// <summary>Gives the master key; until then no key can be used.</summary>
    public void Unlock(MasterKey master) => _master = master;

    /// <summary>The cipher for reads; one that opens plain bodies alone where the hospital has no key yet.</summary>
    /// <exception cref="RecordStoreException">The keys are destroyed, or the home database cannot be reached.</exception>
    public ValueTask<TenantCipher> ForReadingAsync(TenantId tenant, CancellationToken cancel)
    {
        return Fresh(tenant) is { } ring ? ValueTask.FromResult(ring.Cipher) : Load();

        async ValueTask<TenantCipher> Load() => await LoadAsync(tenant, make: false, cancel) ?? throw Destroyed(tenant);
    }

    /// <summary>The cipher for writes; makes the hospital's first key where it has none. Null where its keys are destroyed.</summary>
    /// <exception cref="RecordStoreException">The home database cannot be reached.</exception>
    public ValueTask<TenantCipher?> ForWritingAsync(TenantId tenant, CancellationToken cancel) => Fresh(tenant) is { Cipher.CanSeal: true } ring
        ? ValueTask.FromResult<TenantCipher?>(ring.Cipher)
        : new ValueTask<TenantCipher?>(LoadAsync(tenant, make: true, cancel));

    /// <summary>Forgets a hospital's keys; for the host that has just destroyed them.</summary>
    public void Forget(TenantId tenant)
    {
        if (_rings.TryRemove(tenant, out var ring))
        {
            ring.Dispose();
        }
    }

    public async Task<IReadOnlyList<TenantKeySummary>> ListAsync(TenantId tenant, CancellationToken cancel) =>
        [.. (await home.KeysAsync(tenant, cancel)).Select(Summary)];

    public async Task<TenantKeySummary> RotateAsync(TenantId tenant, CancellationToken cancel)
    {
        var keys = await home.KeysAsync(tenant, cancel);
        if (AreDestroyed(keys))
        {
            throw Destroyed(tenant);
        }

        var made = Make(tenant, keys.Count == 0 ? 1 : keys[^1].Id + 1);
        await home.AddKeyAsync(tenant, made, cancel);
        return Summary((await home.KeysAsync(tenant, cancel))[^1]);
    }

    private Ring? Fresh(TenantId tenant) =>
        _rings.TryGetValue(tenant, out var ring) && time.GetElapsedTime(ring.Loaded) < s_remembered ? ring : null;

    private async Task<TenantCipher?> LoadAsync(TenantId tenant, bool make, CancellationToken cancel)
    {
        IReadOnlyList<StoredTenantKey> stored;
        try
        {
            stored = await home.KeysAsync(tenant, cancel);
            if (stored.Count == 0 && make)
            {
                await home.AddKeyAsync(tenant, Make(tenant, 1), cancel);
                stored = await home.KeysAsync(tenant, cancel);
            }
        }
        catch (RecordStoreException e) when (e.IsTransient && _rings.TryGetValue(tenant, out var known) && known.Cipher.CanSeal)
        {
            // The record may be in another database, which need not stand still.
            return known.Cipher;
        }

        if (AreDestroyed(stored))
        {
            Forget(tenant);
            return null;
        }

        _rings.TryGetValue(tenant, out var before);
        var ring = new Ring(time.GetTimestamp(), [.. stored.Select(key => Unwrap(tenant, key, before))], tenant, Sealing(stored), () => _rings.TryRemove(tenant, out _));
        if (stored.Count > 0)
        {
            _rings[tenant] = ring;
        }

        return ring.Cipher;
    }

    private static bool AreDestroyed(IReadOnlyList<StoredTenantKey> keys) => keys.Any(key => key.Wrapped is null);

    private static RecordStoreException Destroyed(TenantId tenant) => new($"The keys of {tenant} are destroyed.", isTransient: false);

    /// <summary>The number of the key that seals: the newest that every host knows of.</summary>
    private int Sealing(IReadOnlyList<StoredTenantKey> keys) =>
        keys.LastOrDefault(key => Summary(key).SealsFrom <= time.GetUtcNow())?.Id ?? (keys.Count > 0 ? keys[0].Id : 0);

    private StoredTenantKey Make(TenantId tenant, int id)
    {
        Span<byte> key = stackalloc byte[MasterKey.Size];
        RandomNumberGenerator.Fill(key);
        var made = new StoredTenantKey(id, Master.Wrap(tenant, id, key), Fingerprint.Of("data", key), time.GetUtcNow(), null);
        CryptographicOperations.ZeroMemory(key);
        return made;
    }

    private BodyKey Unwrap(TenantId tenant, StoredTenantKey key, Ring? before)
    {
        if (before?.Keys.FirstOrDefault(known => known.Id == key.Id) is { } known)
        {
            return known;
        }

        try
        {
            return new BodyKey(key.Id, Master.Unwrap(tenant, key.Id, key.Wrapped));
        }
        catch (CryptographicException)
        {
            throw new RecordStoreException(FormattableString.Invariant($"The key {key.Id} of {tenant} was wrapped by another master key than {Master.Fingerprint}, or is damaged."), isTransient: false);
        }
    }

    private MasterKey Master => _master ?? throw new InvalidOperationException("The master key has not been given.");

    // The first key has nobody who could miss it.
    private static TenantKeySummary Summary(StoredTenantKey key) =>
        new(key.Id, key.Fingerprint, key.Made, key.Id == 1 ? key.Made : key.Made + (2 * s_remembered), key.Destroyed);

    private sealed class Ring(long loaded, IReadOnlyList<BodyKey> keys, TenantId tenant, int sealing, Action stale) : IDisposable
    {
        public long Loaded => loaded;

        public IReadOnlyList<BodyKey> Keys => keys;

        public TenantCipher Cipher { get; } = new(tenant, keys, keys.FirstOrDefault(key => key.Id == sealing), stale);

        public void Dispose()
        {
            foreach (var key in keys)
            {
                key.Dispose();
            }
        }
    }
}
