using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text;
using MedOrleans.Cluster;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Gateway.Fhir;

/// <summary>
/// The cluster and the store as the gateway sees them, in memory: one hospital, <c>north</c>, whose owners delete and read
/// and whose store keeps versions. What a test does not need is not supported.
/// </summary>
internal sealed class MemoryRecord : IRecordStores, IRecordStore, ITenantDirectory
{
    private ImmutableList<HistoryEntry> _versions = [];

    public TenantSummary North { get; set; } = new()
    {
        Tenant = TenantId.Parse("north"),
        Name = "North Hospital",
        Status = TenantStatus.Active,
        Pool = "community",
        Database = "main",
        Created = DateTimeOffset.UnixEpoch,
    };

    /// <summary>Thrown by the next calls, as many as are here.</summary>
    public Queue<Exception> Faults { get; } = new();

    /// <summary>Held until set, where there is one.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>The last search that was asked for.</summary>
    public SearchQuery? Searched { get; private set; }

    public SearchPage SearchResult { get; set; } = new([], [], null, null);

    public IGrainFactory Grains => Factory.Of(this);

    public string Name => "main";

    public IReadOnlyList<RecordDatabase> Databases => [new("main", "community")];

    public StoredVersion Put(string type, string id, string content = "")
    {
        var version = _versions.Count(entry => entry.Stored.Type == type && entry.Stored.Id == id) + 1;
        var at = DateTimeOffset.UnixEpoch.AddDays(20_000 + _versions.Count);
        var stored = new StoredVersion
        {
            Type = type,
            Id = id,
            Version = version,
            LastUpdated = at,
            Body = Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"resourceType":"{{type}}","id":"{{id}}","meta":{"versionId":"{{version}}"}{{(content.Length > 0 ? "," : "")}}{{content}}}""")),
        };
        Append(new HistoryEntry(stored, version == 1 ? WriteKind.Create : WriteKind.Update));
        return stored;
    }

    public StoredVersion? Current(string type, string id) =>
        _versions.LastOrDefault(entry => entry.Stored.Type == type && entry.Stored.Id == id)?.Stored;

    public async ValueTask<StoredVersion?> ReadCurrentAsync(ResourceKey key)
    {
        if (Gate is { } gate)
        {
            await gate.Task;
        }

        return Faults.TryDequeue(out var fault) ? throw fault : Current(key.Type, key.Id);
    }

    public WriteReply Delete(ResourceKey key, WriteCommand command)
    {
        if (Faults.TryDequeue(out var fault))
        {
            throw fault;
        }

        var current = Current(key.Type, key.Id);
        if (command.IfMatch is { } version && version != (current?.Version ?? 0))
        {
            return new WriteReply { Status = WriteStatus.VersionConflict, Stored = current };
        }

        if (current is null or { Deleted: true })
        {
            return new WriteReply { Status = WriteStatus.Unchanged, Stored = current };
        }

        var deletion = current with { Version = current.Version + 1, Deleted = true, Body = [], CommandId = command.CommandId };
        Append(new HistoryEntry(deletion, WriteKind.Delete));
        return new WriteReply { Status = WriteStatus.Deleted, Stored = deletion };
    }

    public ValueTask<IRecordStore?> ForAsync(TenantId tenant, CancellationToken cancel) => new(tenant == North.Tenant ? this : null);

    public ValueTask<TenantSummary?> FindAsync(TenantId tenant, CancellationToken cancel) => new(tenant == North.Tenant ? North : null);

    public Task<StoredVersion?> ReadAsync(ResourceKey key, CancellationToken cancel) => Task.FromResult(Current(key.Type, key.Id));

    public Task<StoredVersion?> ReadVersionAsync(ResourceKey key, long version, CancellationToken cancel) => Task.FromResult(
        _versions.Find(entry => entry.Stored.Type == key.Type && entry.Stored.Id == key.Id && entry.Stored.Version == version)?.Stored);

    public Task<StoredVersion?> FindCommandAsync(ResourceKey key, Guid command, CancellationToken cancel) => Task.FromResult(
        _versions.FindLast(entry => entry.Stored.Type == key.Type && entry.Stored.Id == key.Id && entry.Stored.CommandId == command)?.Stored);

    public Task<HistoryPage> HistoryAsync(HistoryQuery query, CancellationToken cancel)
    {
        var all = _versions.Index()
            .Where(item => (query.Type is null || item.Item.Stored.Type == query.Type) && (query.Id is null || item.Item.Stored.Id == query.Id))
            .Where(item => query.Since is null || item.Item.Stored.LastUpdated >= query.Since)
            .Reverse()
            .ToList();
        var page = all.Where(item => query.Before is null || item.Index < query.Before).Take(query.Count).ToList();
        var next = page.Count > 0 && page[^1] != all[^1] ? page[^1].Index : (long?)null;
        return Task.FromResult(new HistoryPage([.. page.Select(item => item.Item)], next, query.Id is null ? null : all.Count));
    }

    public Task<SearchPage> SearchAsync(SearchQuery query, CancellationToken cancel)
    {
        Searched = query;
        return Faults.TryDequeue(out var fault) ? throw fault : Task.FromResult(SearchResult);
    }

    public Task<AuditPage> AuditAsync(AuditQuery query, CancellationToken cancel)
    {
        var rows = _versions.Index()
            .Select(item => new AuditRow(
                item.Index + 1, item.Item.Stored.Type, item.Item.Stored.Id, item.Item.Stored.Version, item.Item.Kind,
                item.Item.Stored.LastUpdated, new Caller("ward"), Guid.Empty))
            .Where(row => query.Sequence is null || row.Sequence == query.Sequence)
            .Where(row => query.Before is null || row.Sequence < query.Before)
            .Where(row => query.Kind is null || row.Kind == query.Kind)
            .Reverse()
            .ToList();
        var page = rows.Take(query.Count).ToList();
        return Task.FromResult(new AuditPage(page, page.Count < rows.Count ? page[^1].Sequence : null));
    }

    public IRecordStore Named(string database) => this;

    public Task<IReadOnlyList<TenantSummary>> ListAsync(TenantId? after, int count, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyDictionary<TenantId, string>> PrivateAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyDictionary<TenantId, string>>(new Dictionary<TenantId, string>());

    public Task<IReadOnlyDictionary<string, long>> LoadsAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task SaveAsync(TenantSummary tenant, CancellationToken cancel) => throw new NotSupportedException();

    public Task MigrateAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task<long> FeedEndAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task<ChangePage> ChangesAsync(TenantId tenant, IReadOnlyList<string> types, long after, int count, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<ResourceId>> PatientReferrersAsync(TenantId tenant, string patientId, int most, CancellationToken cancel) => throw new NotSupportedException();

    public Task RegisterTenantAsync(TenantId tenant, CancellationToken cancel) => throw new NotSupportedException();

    public Task<CommitOutcome[]> CommitAsync(IReadOnlyList<RecordCommit> group, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredVersion>> ReadManyAsync(TenantId tenant, IReadOnlyList<ResourceId> ids, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<long> CountAsync(SearchQuery query, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<UsageBucket>> UsageAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<IReadOnlyDictionary<string, long>> UsageBeforeAsync(TenantId tenant, DateTimeOffset before, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<UsageBatchOutcome[]> ApplyUsageAsync(IReadOnlyList<UsageBatch> batches, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<UsageEvidence> UsageEvidenceAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<long?> CompactUsageAsync(DateTimeOffset before, CancellationToken cancel) => throw new NotSupportedException();

    public Task<DateTimeOffset> TimeAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task<TenantCounts> CountsAsync(TenantId tenant, CancellationToken cancel) => throw new NotSupportedException();

    public Task AddExportAsync(TenantId tenant, Guid id, ExportRequest request, DateTimeOffset expires, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<ExportJob>> ExportsAsync(TenantId tenant, CancellationToken cancel) => throw new NotSupportedException();

    public Task TakeExportAsync(TenantId tenant, Guid id, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredVersion>> ExportRowsAsync(TenantId tenant, Guid id, string part, long after, int count, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<bool> DropExportAsync(TenantId tenant, Guid id, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<TenantId>> OpenExportsAsync(DateTimeOffset now, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyDictionary<string, long>> CountRowsAsync(TenantId tenant, CancellationToken cancel) => throw new NotSupportedException();

    public Task<long> EraseRowsAsync(TenantId tenant, int most, CancellationToken cancel) => throw new NotSupportedException();

    public Task SettleLevelsAsync(TenantId tenant, CancellationToken cancel) => throw new NotSupportedException();

    public Task<bool> CleanAsync(CancellationToken cancel) => throw new NotSupportedException();

    public Task<(IReadOnlyList<RestoreCount> Counts, IReadOnlyList<RestoreItem> First)> DifferencesAsync(TenantId tenant, DateTimeOffset to, int most, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<long> PlanRestoreAsync(TenantId tenant, DateTimeOffset to, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<RestoreItem>> PlannedAsync(TenantId tenant, long after, int count, CancellationToken cancel) => throw new NotSupportedException();

    public Task DropPlanAsync(TenantId tenant, CancellationToken cancel) => throw new NotSupportedException();

    public TimeSpan Staleness => TimeSpan.Zero;

    public Task<IReadOnlyList<TenantId>> WithStatusAsync(TenantStatus status, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Append(HistoryEntry entry) => ImmutableInterlocked.Update(ref _versions, versions => versions.Add(entry));

    /// <summary>Gives out owners, and nothing else.</summary>
#pragma warning disable CA1852 // DispatchProxy derives from it.
    internal class Factory : DispatchProxy
    {
        private MemoryRecord? _record;

        public static IGrainFactory Of(MemoryRecord record)
        {
            var factory = Create<IGrainFactory, Factory>();
            ((Factory)(object)factory)._record = record;
            return factory;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            args is [GrainId id, ..] && ResourceKey.TryParse(id.Key.ToString(), out var key)
                ? new Owner(_record!, key)
                : throw new NotSupportedException(targetMethod?.Name);
    }
#pragma warning restore CA1852

    private sealed class Owner(MemoryRecord record, ResourceKey key) : IResourceOwnerGrain
    {
        public ValueTask<StoredVersion?> ReadCurrentAsync() => record.ReadCurrentAsync(key);

        public Task<WriteReply> WriteAsync(WriteCommand command) => Task.FromResult(record.Delete(key, command));

        public Task<StoredVersion?> HoldAsync(Guid transaction, TimeSpan limit) => throw new NotSupportedException();

        public Task ReleaseAsync(Guid transaction) => throw new NotSupportedException();
    }
}
