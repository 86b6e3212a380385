using MedOrleans.Cluster;
using MedOrleans.Grains.Committing;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Security;
using MedOrleans.Grains.Wards;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Records;

/// <summary>
/// Takes in creates and transactions on the silo that the call reaches. Reentrant, as it has no state that two calls could disturb:
/// otherwise each worker would stand still until its commit is durable.
/// </summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class IntakeGrain(RecordWriter writer) : Grain, IIntakeGrain, IMeteredGrain
{
    private static readonly TimeSpan s_holdLimit = TimeSpan.FromSeconds(30);

    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Tenant);

    private TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    public async Task<WriteReply> CreateAsync(WriteCommand command)
    {
        var tenant = Tenant;
        if (await writer.RefusalAsync(tenant, adds: true) is { } refusal)
        {
            return refusal;
        }

        var resource = command.Resource!;
        if (await PlainWrites.RefuseAsync(writer, new ResourceKey(tenant, resource.Type, resource.Id), null, WriteKind.Create, resource) is { } forbidden)
        {
            return forbidden;
        }

        var (item, stored) = WriteRules.Make(resource.Type, resource.Id, null, WriteKind.Create, resource, writer.Time.GetUtcNow(), command.CommandId);
        var outcome = await writer.CommitAsync(tenant, [item], RecordChange.Of(null, stored), command.Caller, command.CommandId, command.BytesIn);
        if (outcome.Committed)
        {
            return new WriteReply { Status = WriteStatus.Created, Stored = stored };
        }

        // There is one of this id: this command's own, if it was sent before.
        var key = new ResourceKey(tenant, resource.Type, resource.Id);
        if (await writer.RepliedAsync(key, WriteKind.Create, command.CommandId) is { } earlier)
        {
            return earlier;
        }

        var current = await writer.ReadAsync(key);
        return WriteRules.Decide(current, WriteKind.Create, null, command.CommandId)
            ?? WriteRules.Refused(WriteStatus.VersionConflict, current, "conflict", "The resource was there once: update it to make it again.");
    }

    public async Task<TransactionReply> TransactAsync(TransactionCommand command)
    {
        var tenant = Tenant;
        if (await writer.RefusalAsync(tenant, adds: command.Items.Any(item => item.Kind != WriteKind.Delete)) is { } refusal)
        {
            return new TransactionReply { Committed = false, Items = [.. command.Items.Select(_ => refusal)] };
        }

        if (command.IsRepeat && await RepeatedAsync(tenant, command) is { } earlier)
        {
            return earlier;
        }

        for (var attempt = 1; ; attempt++)
        {
            var reply = await TryAsync(tenant, command);
            if (reply is not null || attempt == WriteRules.Tries)
            {
                var conflict = WriteRules.Refused(WriteStatus.VersionConflict, null, "conflict", "A resource of the transaction changes too often: try again.");
                return reply ?? new TransactionReply { Committed = false, Items = [.. command.Items.Select(_ => conflict)] };
            }
        }
    }

    /// <summary>Holds the owners of what may exist, in the order of their keys, and commits; null where another write was faster.</summary>
    private async Task<TransactionReply?> TryAsync(TenantId tenant, TransactionCommand command)
    {
        var held = new List<IResourceOwnerGrain>();
        var hold = Guid.NewGuid();
        try
        {
            var current = new StoredVersion?[command.Items.Count];
            foreach (var position in Enumerable.Range(0, current.Length).Where(i => command.Items[i].Kind != WriteKind.Create)
                .OrderBy(i => command.Items[i].Type, StringComparer.Ordinal).ThenBy(i => command.Items[i].Id, StringComparer.Ordinal))
            {
                var owner = GrainFactory.GetOwner(new ResourceKey(tenant, command.Items[position].Type, command.Items[position].Id));
                held.Add(owner);
                current[position] = await owner.HoldAsync(hold, s_holdLimit);
            }

            return await CommitAsync(tenant, command, current);
        }
        finally
        {
            foreach (var owner in held)
            {
                owner.ReleaseAsync(hold).Ignore();
            }
        }
    }

    private async Task<TransactionReply?> CommitAsync(TenantId tenant, TransactionCommand command, StoredVersion?[] current)
    {
        if (current.Any(version => version is not null && WriteRules.MayHide(version, command.CommandId)) && await RepeatedAsync(tenant, command) is { } earlier)
        {
            return earlier;
        }

        var now = WriteRules.Next(current, writer.Time.GetUtcNow());
        var replies = new WriteReply[command.Items.Count];
        var items = new List<CommitItem>(command.Items.Count);
        var change = default(RecordChange);
        var refused = false;
        for (var i = 0; i < replies.Length; i++)
        {
            var wanted = command.Items[i];
            if (WriteRules.Decide(current[i], wanted.Kind, wanted.IfMatch, command.CommandId) is { } reply)
            {
                replies[i] = reply;
                refused |= !reply.IsCommitted && reply.Status != WriteStatus.Unchanged;
                continue;
            }

            if (await PlainWrites.RefuseAsync(writer, new ResourceKey(tenant, wanted.Type, wanted.Id), current[i], wanted.Kind, wanted.Resource, command.Items) is { } forbidden)
            {
                replies[i] = forbidden;
                refused = true;
                continue;
            }

            var (item, stored) = WriteRules.Make(wanted.Type, wanted.Id, current[i], wanted.Kind, wanted.Resource, now, command.CommandId);
            items.Add(item);
            change += RecordChange.Of(current[i], stored);
            replies[i] = new WriteReply { Status = WriteRules.Done(wanted.Kind, item.Kind == WriteKind.Create), Stored = stored };
        }

        if (refused)
        {
            return new TransactionReply { Committed = false, Items = replies };
        }

        if (items.Count == 0)
        {
            return new TransactionReply { Committed = true, Items = replies };
        }

        var outcome = await writer.CommitAsync(tenant, items, change, command.Caller, command.CommandId, command.BytesIn);
        return outcome.Committed
            ? new TransactionReply { Committed = true, Items = replies }
            : await RepeatedAsync(tenant, command);
    }

    /// <summary>The reply to a transaction that was committed already; null where it was not. It was committed whole, so that the first version that it made tells.</summary>
    private async Task<TransactionReply?> RepeatedAsync(TenantId tenant, TransactionCommand command)
    {
        var replies = new List<WriteReply>(command.Items.Count);
        var isCommitted = false;
        foreach (var item in command.Items)
        {
            var key = new ResourceKey(tenant, item.Type, item.Id);
            if (await writer.RepliedAsync(key, item.Kind, command.CommandId) is { } earlier)
            {
                isCommitted = true;
                replies.Add(earlier);
            }
            else if (!isCommitted && item.Kind != WriteKind.Delete)
            {
                return null;
            }
            else
            {
                // A deletion of what was not there makes no version.
                replies.Add(new WriteReply { Status = WriteStatus.Unchanged, Stored = await writer.ReadAsync(key) });
            }
        }

        return isCommitted ? new TransactionReply { Committed = true, Items = replies } : null;
    }
}
