using MedOrleans.Cluster;
using MedOrleans.Grains.Committing;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;

namespace MedOrleans.Grains.Records;

/// <summary>What the grains that write the record share: the hospital's standing, its store, the silo's committer.</summary>
internal sealed class RecordWriter(ITenantDirectory directory, IRecordStores stores, RecordCommitter committer, UsageCounters usage, PoolRegistry pools, MeteringInstruments instruments, TimeProvider time)
{
    /// <summary>The counters of this process.</summary>
    public UsageCounters Usage => usage;

    /// <summary>The pools of this process.</summary>
    public PoolRegistry Pools => pools;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Why a hospital may not be written to; null where it may.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="adds">Whether the write adds to what is stored: everything but a deletion.</param>
    /// <param name="isRestore">Whether the write is part of the hospital's restore.</param>
    public async ValueTask<WriteReply?> RefusalAsync(TenantId tenant, bool adds, bool isRestore = false)
    {
        var found = await GuardAsync(() => directory.FindAsync(tenant, CancellationToken.None));
        return found?.Status switch
        {
            TenantStatus.Active when adds && pools.For(tenant, found.Plan) is { IsStorageFull: true } full => StorageExhausted(full),
            TenantStatus.Active => null,

            // The directory may be a moment behind the restore.
            { } when isRestore => null,
            { } status when found.IsReadable(time.GetUtcNow()) =>
                WriteRules.Refused(WriteStatus.TenantUnavailable, null, "suppressed", $"The hospital is {status.ToString().ToLowerInvariant()}: it can be read, not written."),
            _ => WriteRules.Refused(WriteStatus.TenantUnavailable, null, "not-found", "There is no such hospital."),
        };
    }

    private static WriteReply StorageExhausted(TenantPools pools)
    {
        pools.RefuseStorage();
        return WriteRules.Refused(WriteStatus.StorageExhausted, null, "too-costly", "The hospital has stored as much as its plan gives; reads and deletions go on.");
    }

    /// <summary>The store that keeps a hospital's record.</summary>
    /// <exception cref="RecordUnavailableException">There is no such hospital, or the directory cannot be reached.</exception>
    public async ValueTask<IRecordStore> StoreAsync(TenantId tenant) =>
        await GuardAsync(() => stores.ForAsync(tenant, CancellationToken.None))
        ?? throw new RecordUnavailableException("There is no such hospital.", isTransient: false);

    /// <summary>Reads through the store's port; its exceptions come out in a form that travels.</summary>
    public async ValueTask<StoredVersion?> ReadAsync(ResourceKey key)
    {
        var store = await StoreAsync(key.Tenant);
        return await GuardAsync(() => new ValueTask<StoredVersion?>(store.ReadAsync(key, CancellationToken.None)));
    }

    /// <summary>The reply to a command that made a version of a resource already; null where it did not.</summary>
    public async ValueTask<WriteReply?> RepliedAsync(ResourceKey key, WriteKind kind, Guid commandId)
    {
        var store = await StoreAsync(key.Tenant);
        var made = await GuardAsync(() => new ValueTask<StoredVersion?>(store.FindCommandAsync(key, commandId, CancellationToken.None)));
        return made is null ? null : new WriteReply { Status = WriteRules.Done(made.Deleted ? WriteKind.Delete : kind, made.Version == 1), Stored = made };
    }

    /// <summary>Commits items as one.</summary>
    public async ValueTask<CommitOutcome> CommitAsync(
        TenantId tenant, IReadOnlyList<CommitItem> items, RecordChange change, Caller caller, Guid commandId, int bytesIn)
    {
        var used = usage.IsCounting ? WriteUsage.Of(items, change, bytesIn) : [];
        var outcome = await committer.CommitAsync(await StoreAsync(tenant), new RecordCommit
        {
            Tenant = tenant,
            Items = items,
            Caller = caller,
            CommandId = commandId,
            Usage = used,
        });
        if (outcome.Committed)
        {
            instruments.Counted(tenant, used);
            long stored = 0;
            foreach (var item in items)
            {
                stored += item.Body.Length;
            }

            pools.For(tenant).AddStored(stored);
        }

        return outcome;
    }

    /// <summary>Runs a call of the store's port.</summary>
    public static async ValueTask<T> GuardAsync<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RecordStoreException e)
        {
            throw new RecordUnavailableException(e.Message, e.IsTransient);
        }
    }
}
