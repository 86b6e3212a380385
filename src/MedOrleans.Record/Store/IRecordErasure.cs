using MedOrleans.Metering;

namespace MedOrleans.Record.Store;

/// <summary>
/// Takes a hospital out of a database. Which tables hold rows of it is asked of the database itself, so that none is forgotten: whatever has a
/// column <c>tenant</c> or <c>slug</c>, but for <see cref="ErasedTables.Kept"/>.
/// </summary>
public interface IRecordErasure
{
    /// <summary>How many rows of the hospital each table holds, those without any left out.</summary>
    Task<IReadOnlyDictionary<string, long>> CountRowsAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Deletes up to <paramref name="most"/> rows of the hospital, as one transaction.</summary>
    /// <returns>How many; 0 where none is left.</returns>
    Task<long> EraseRowsAsync(TenantId tenant, int most, CancellationToken cancel);

    /// <summary>Brings the meters that are levels (stored bytes, resources, patients, encounters) to zero: what is gone is billed no longer.</summary>
    Task SettleLevelsAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Takes what was deleted out of the database's files as far as they are its own; false where that has to be tried again.</summary>
    Task<bool> CleanAsync(CancellationToken cancel);
}

/// <summary>What a deletion leaves in a database, and why.</summary>
public static class ErasedTables
{
    /// <summary>The tables that keep rows of a deleted hospital, and what for.</summary>
    public static IReadOnlyDictionary<string, string> Kept { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["tenant"] = "the number that the usage sums stand under",
        ["usage"] = "sums by meter and time, which statements are computed from",
        ["tenant_key"] = "fingerprints of the destroyed keys, without the keys",
        ["tenant_deletion"] = "the tombstone with this certificate, so that the slug is not given out again",
    };
}

/// <summary>The meters whose quantities are changes of a level.</summary>
internal static class LevelMeters
{
    /// <summary>Their names.</summary>
    public static string[] Names { get; } = [MeterNames.StorageBytes, MeterNames.RecordResources, MeterNames.PatientsActive, MeterNames.EncountersActive];
}

/// <summary>A table that holds rows of hospitals.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Column">The column that says whose a row is.</param>
/// <param name="BySlug">Whether that is the slug, and not the number.</param>
internal sealed record TenantTable(string Name, string Column, bool BySlug);
