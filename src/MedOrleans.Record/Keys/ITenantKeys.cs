namespace MedOrleans.Record.Keys;

/// <summary>A data key of a hospital, without the key.</summary>
/// <param name="Id">Its number, counted from 1; sealed bodies name it.</param>
/// <param name="Fingerprint">Tells keys apart and gives nothing of them away.</param>
/// <param name="Made">When it was made, UTC.</param>
/// <param name="SealsFrom">From when new bodies are sealed with it, UTC; every host knows it by then.</param>
/// <param name="Destroyed">When it was destroyed, UTC; null while it can be used.</param>
public sealed record TenantKeySummary(int Id, string Fingerprint, DateTimeOffset Made, DateTimeOffset SealsFrom, DateTimeOffset? Destroyed);

/// <summary>The data keys of the hospitals: one is made with a hospital, further ones by rotation, and all are destroyed with its deletion.</summary>
public interface ITenantKeys
{
    /// <summary>The hospital's keys in order of number; none where nothing of it has been sealed yet.</summary>
    Task<IReadOnlyList<TenantKeySummary>> ListAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Makes a key for new bodies; what is sealed with former ones stays as it is, and readable.</summary>
    /// <returns>The new key.</returns>
    Task<TenantKeySummary> RotateAsync(TenantId tenant, CancellationToken cancel);
}
