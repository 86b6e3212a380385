using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Record.Store;

/// <summary>
/// The clinical record of many hospitals in one database. Two implementations with the same behaviour: SQLite and
/// PostgreSQL. Every method is bound to a tenant; none can see another's rows. All are safe to call concurrently.
/// </summary>
/// <exception cref="RecordStoreException">Thrown by every method when the database cannot be reached or fails; says whether a retry helps.</exception>
public interface IRecordStore : IRecordExports, IRecordErasure, IRecordRestore, IRecordFeed, IAsyncDisposable
{
    /// <summary>The configured name of the database.</summary>
    string Name { get; }

    /// <summary>Creates and migrates the schema, under a lock that other hosts respect.</summary>
    Task MigrateAsync(CancellationToken cancel);

    /// <summary>Makes room for a hospital; nothing happens where it has been registered before.</summary>
    Task RegisterTenantAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>
    /// Commits a group as one durable transaction, one round trip where nothing conflicts. Each commit is taken whole or
    /// refused whole by compare-and-set on its expected versions; a refused one never fails its neighbours. Within one
    /// group, commits are decided in order. On return everything said to be committed is on stable storage.
    /// </summary>
    /// <returns>One outcome a commit, in order.</returns>
    Task<CommitOutcome[]> CommitAsync(IReadOnlyList<RecordCommit> group, CancellationToken cancel);

    /// <summary>The current version (a deletion too); null where the resource was never made.</summary>
    Task<StoredVersion?> ReadAsync(ResourceKey key, CancellationToken cancel);

    /// <summary>One version; null where there is none.</summary>
    Task<StoredVersion?> ReadVersionAsync(ResourceKey key, long version, CancellationToken cancel);

    /// <summary>The version that a command made of a resource, however many came after it; null where it made none.</summary>
    Task<StoredVersion?> FindCommandAsync(ResourceKey key, Guid command, CancellationToken cancel);

    /// <summary>The current versions of many resources of one tenant, in no order; those never made or deleted are left out.</summary>
    Task<IReadOnlyList<StoredVersion>> ReadManyAsync(TenantId tenant, IReadOnlyList<ResourceId> ids, CancellationToken cancel);

    /// <summary>The resources of one tenant that refer to a patient by a search parameter, in no order.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="patientId">The patient's id.</param>
    /// <param name="most">How many at the most.</param>
    /// <param name="cancel">Ends it.</param>
    Task<IReadOnlyList<ResourceId>> PatientReferrersAsync(TenantId tenant, string patientId, int most, CancellationToken cancel);

    /// <summary>One page of the past, newest first.</summary>
    Task<HistoryPage> HistoryAsync(HistoryQuery query, CancellationToken cancel);

    /// <summary>One page of what matches.</summary>
    Task<SearchPage> SearchAsync(SearchQuery query, CancellationToken cancel);

    /// <summary>How many resources match, paging and order apart.</summary>
    Task<long> CountAsync(SearchQuery query, CancellationToken cancel);

    /// <summary>The audit trail: one row a committed write, newest first.</summary>
    Task<AuditPage> AuditAsync(AuditQuery query, CancellationToken cancel);

    /// <summary>
    /// Metered usage, summed by meter and hour of commit (by the store's clock, UTC), of the whole hours that <paramref name="from"/> and
    /// <paramref name="to"/> are in. Meters that are derived from others are not in it: see <c>UsageReader</c>.
    /// </summary>
    Task<IReadOnlyList<UsageBucket>> UsageAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel);

    /// <summary>Metered usage of all time before the hour that <paramref name="before"/> is in, by meter.</summary>
    Task<IReadOnlyDictionary<string, long>> UsageBeforeAsync(TenantId tenant, DateTimeOffset before, CancellationToken cancel);

    /// <summary>Applies batches, each once, as one durable transaction.</summary>
    /// <returns>One outcome a batch, in order.</returns>
    Task<UsageBatchOutcome[]> ApplyUsageAsync(IReadOnlyList<UsageBatch> batches, CancellationToken cancel);

    /// <summary>What the usage of whole hours is held against.</summary>
    Task<UsageEvidence> UsageEvidenceAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel);

    /// <summary>
    /// Rolls usage and batches up to one row a hospital, meter and hour, for the hours that were over before <paramref name="before"/>. No sum
    /// changes, a crash leaves each hour rolled up or as it was, and commits go on meanwhile.
    /// </summary>
    /// <returns>How many rows went; null where another process is at it.</returns>
    Task<long?> CompactUsageAsync(DateTimeOffset before, CancellationToken cancel);

    /// <summary>The time by the store's clock, which usage is metered by.</summary>
    Task<DateTimeOffset> TimeAsync(CancellationToken cancel);

    /// <summary>What the hospital has now: resources by type, versions, stored bytes.</summary>
    Task<TenantCounts> CountsAsync(TenantId tenant, CancellationToken cancel);
}

/// <summary>A resource within a tenant.</summary>
public readonly record struct ResourceId(string Type, string Id);

/// <summary>The database cannot be reached, or failed.</summary>
/// <param name="message">What failed. Never holds patient data.</param>
/// <param name="isTransient">Whether the same call may succeed a little later.</param>
/// <param name="inner">The provider's exception.</param>
public sealed class RecordStoreException(string message, bool isTransient, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the same call may succeed a little later.</summary>
    public bool IsTransient { get; } = isTransient;
}
