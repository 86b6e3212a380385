using MedOrleans.Cluster;
using MedOrleans.Grains.Committing;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Security;
using MedOrleans.Grains.Wards;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Fhir;
using MedOrleans.Records;

namespace MedOrleans.Grains.Records;

/// <summary>
/// Owns one resource: the only place where it changes once it is there. Keeps the current version in memory, so that a warm read
/// touches no store; that a resource does not exist is never kept, as creates do not pass here. It moves between silos with what it keeps.
/// </summary>
[HospitalPool, AnyWayIn]
internal abstract class ResourceOwnerGrain(RecordWriter writer, ResourceReader reader) : Grain, IResourceOwnerGrain, IRecordGrain, IMeteredGrain, IGrainMigrationParticipant
{
    private const string Moved = "current";

    private ResourceKey? _key;
    private StoredVersion? _current;
    private ResourceHold? _hold;
    private TenantCounters? _usage;
    private TenantPools? _pools;

    /// <inheritdoc/>
    public TenantCounters Usage => _usage ??= writer.Usage.For(Key.Tenant);

    /// <inheritdoc/>
    public TenantPools Pools => _pools ??= writer.Pools.For(Key.Tenant);

    /// <summary>Whether a transaction that changes the resource is being decided.</summary>
    public bool IsHeld => _hold is not null;

    /// <summary>What is owned.</summary>
    protected ResourceKey Key => _key ??= CallAgent.OwnedBy(this);

    /// <summary>The time now.</summary>
    protected DateTimeOffset Now => writer.Time.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Pools.Activated();
        if (Pools.IsMemoryFull)
        {
            // Beyond the hospital's share of memory it works, and is not kept.
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Pools.Deactivated();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        if (_hold is null && _current is { } current)
        {
            dehydrationContext.TryAddValue(Moved, current);
        }
    }

    /// <inheritdoc/>
    public void OnRehydrate(IRehydrationContext rehydrationContext) => rehydrationContext.TryGetValue(Moved, out _current);

    public ValueTask<StoredVersion?> ReadCurrentAsync() =>
        _hold is null && _current is { } current ? ValueTask.FromResult<StoredVersion?>(current) : LoadAsync();

    public async Task<StoredVersion?> ReadAsync() => await ReadCurrentAsync();

    public async Task<StoredVersion?> ReadVersionAsync(long version)
    {
        var store = await writer.StoreAsync(Key.Tenant);
        return await RecordWriter.GuardAsync(() => new ValueTask<StoredVersion?>(store.ReadVersionAsync(Key, version, CancellationToken.None)));
    }

    public async Task<WriteReply> WriteAsync(WriteCommand command)
    {
        if (await writer.RefusalAsync(Key.Tenant, adds: command.Kind != WriteKind.Delete && !command.IsRestore, command.IsRestore) is { } refusal)
        {
            return refusal;
        }

        for (var attempt = 0; attempt < WriteRules.Tries; attempt++)
        {
            var current = await LoadAsync();

            // Another's write may have come after this one's first effect, and hide it. A restore is alone, and its commands stand for what is to be there in the end.
            if (!command.IsRestore && current is not null && (command.IsRepeat || attempt > 0 || WriteRules.MayHide(current, command.CommandId)) && await writer.RepliedAsync(Key, command.Kind, command.CommandId) is { } earlier)
            {
                return earlier;
            }

            if (WriteRules.Decide(current, command.Kind, command.IfMatch, command.CommandId) is { } reply)
            {
                return reply;
            }

            if (!command.IsRestore && await PlainWrites.RefuseAsync(writer, Key, current, command.Kind, command.Resource) is { } forbidden)
            {
                return forbidden;
            }

            var (item, stored) = WriteRules.Make(Key.Type, Key.Id, current, command.Kind, command.Resource, writer.Time.GetUtcNow(), command.CommandId);
            var made = item.Kind == WriteKind.Create;

            // Until the outcome is known memory holds nothing: it never runs ahead of the store.
            _current = null;
            var outcome = await writer.CommitAsync(Key.Tenant, [item], RecordChange.Of(current, stored), command.Caller, command.CommandId, command.BytesIn);
            if (outcome.Committed)
            {
                _current = stored;
                return new WriteReply { Status = WriteRules.Done(command.Kind, made), Stored = stored };
            }
        }

        return WriteRules.Refused(WriteStatus.VersionConflict, await LoadAsync(), "conflict", "The resource changes too often: read it and try again.");
    }

    public async Task<StoredVersion?> HoldAsync(Guid transaction, TimeSpan limit)
    {
        var current = await LoadAsync();
        _current = null;
        _hold = new ResourceHold(transaction, limit, writer.Time);
        return current;
    }

    public Task ReleaseAsync(Guid transaction)
    {
        if (_hold?.Transaction == transaction)
        {
            _hold.End();
            _hold = null;
        }

        return Task.CompletedTask;
    }

    public Task<WriteReply> UpdateAsync(byte[] json, long? ifMatch = null) => StoreAsync(json, WriteKind.Update, ifMatch, Guid.CreateVersion7(), idMustMatch: true);

    public Task<WriteReply> DeleteAsync(long? ifMatch = null) => WriteAsync(new WriteCommand
    {
        Kind = WriteKind.Delete,
        IfMatch = ifMatch,
        Caller = CallAgent.Caller(),
        CommandId = Guid.CreateVersion7(),
    });

    /// <summary>Reads JSON that came from outside and writes it.</summary>
    protected async Task<WriteReply> StoreAsync(byte[] json, WriteKind kind, long? ifMatch, Guid commandId, bool idMustMatch)
    {
        var read = reader.Read(json, new ReadOptions { Type = Key.Type, Id = Key.Id, IdMustMatch = idMustMatch });
        return read.Resource is null
            ? new WriteReply { Status = WriteStatus.Invalid, Issues = read.Issues }
            : await WriteAsync(new WriteCommand
            {
                Kind = kind,
                Resource = read.Resource,
                IfMatch = ifMatch,
                Caller = CallAgent.Caller(),
                CommandId = commandId,
                BytesIn = json.Length,
            });
    }

    private async ValueTask<StoredVersion?> LoadAsync()
    {
        while (_hold is { } hold)
        {
            // Released by an interleaving call, or over by its limit; either way the store is read anew.
            await hold.EndedAsync();
            if (ReferenceEquals(_hold, hold))
            {
                _hold = null;
            }
        }

        return _current ??= await writer.ReadAsync(Key);
    }
}
