using System.Reflection;
using MedOrleans.Cluster;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.AspNetCore.WebUtilities;

namespace MedOrleans.Tests.Gateway.Fhir;

/// <summary>
/// Grains as the gateway sees them that go straight to the store, so that the edge is tested without a cluster. What
/// the real ones are for (one writer, memory, groups) is tested with them.
/// </summary>
#pragma warning disable CA1852 // DispatchProxy derives from it.
internal class StraightCluster : DispatchProxy
#pragma warning restore CA1852
{
    private IRecordStore? _store;
    private SearchQueryParser? _parser;

    public static IGrainFactory Of(IRecordStores stores, SearchQueryParser parser)
    {
        var factory = Create<IGrainFactory, StraightCluster>();
        var cluster = (StraightCluster)(object)factory;
        cluster._store = stores.Named("main");
        cluster._parser = parser;
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var grain = targetMethod!.ReturnType;
        return args![0] switch
        {
            GrainId id => new Owner(this, ResourceKey.Parse(id.Key.ToString()!)),
            string key when grain == typeof(IIntakeGrain) => new Intake(this, TenantId.Parse(key)),
            string key when grain == typeof(IConditionalCreateGrain) => new ConditionalCreate(this, TenantId.Parse(key.Split('/')[0])),
            _ => throw new NotSupportedException(targetMethod.Name),
        };
    }

    private Task<StoredVersion?> ReadAsync(ResourceKey key) => _store!.ReadAsync(key, CancellationToken.None);

    private async Task<TransactionReply> CommitAsync(TenantId tenant, TransactionCommand command)
    {
        var items = new List<CommitItem>();
        var replies = new List<WriteReply>();
        foreach (var item in command.Items)
        {
            var current = await ReadAsync(new ResourceKey(tenant, item.Type, item.Id));
            var version = current?.Version ?? 0;
            if (item.IfMatch is { } wanted && wanted != version)
            {
                replies.Add(new WriteReply { Status = WriteStatus.VersionConflict, Stored = current });
                continue;
            }

            if (item.Kind == WriteKind.Delete && current is null or { Deleted: true })
            {
                replies.Add(new WriteReply { Status = WriteStatus.Unchanged, Stored = current });
                continue;
            }

            var at = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(version);
            var body = item.Resource?.Stamp(version + 1, at) ?? [];
            items.Add(new CommitItem
            {
                Type = item.Type,
                Id = item.Id,
                ExpectedVersion = version,
                Kind = item.Kind,
                LastUpdated = at,
                Body = body,
                Text = item.Resource?.Text ?? [],
                Range = item.Resource?.Range ?? [],
            });
            replies.Add(new WriteReply
            {
                Status = item.Kind == WriteKind.Delete ? WriteStatus.Deleted : current is null or { Deleted: true } ? WriteStatus.Created : WriteStatus.Updated,
                Stored = new StoredVersion
                {
                    Type = item.Type,
                    Id = item.Id,
                    Version = version + 1,
                    LastUpdated = at,
                    Deleted = item.Kind == WriteKind.Delete,
                    Body = body,
                    CommandId = command.CommandId,
                },
            });
        }

        if (replies.Exists(reply => reply.Status == WriteStatus.VersionConflict))
        {
            return new TransactionReply { Committed = false, Items = replies };
        }

        if (items.Count > 0)
        {
            var commit = new RecordCommit { Tenant = tenant, Items = items, Caller = command.Caller, CommandId = command.CommandId, Usage = [] };
            var outcomes = await _store!.CommitAsync([commit], CancellationToken.None);
            Assert.True(outcomes[0].Committed);
        }

        return new TransactionReply { Committed = true, Items = replies };
    }

    private async Task<WriteReply> WriteAsync(TenantId tenant, string type, string id, WriteCommand command) => (await CommitAsync(tenant, new TransactionCommand
    {
        Items = [new TransactionItem(command.Kind, type, id, command.Resource, command.IfMatch)],
        Caller = command.Caller,
        CommandId = command.CommandId,
    })).Items[0];

    private sealed class Owner(StraightCluster cluster, ResourceKey key) : IResourceOwnerGrain
    {
        public ValueTask<StoredVersion?> ReadCurrentAsync() => new(cluster.ReadAsync(key));

        public Task<WriteReply> WriteAsync(WriteCommand command) => cluster.WriteAsync(key.Tenant, key.Type, key.Id, command);

        public Task<StoredVersion?> HoldAsync(Guid transaction, TimeSpan limit) => throw new NotSupportedException();

        public Task ReleaseAsync(Guid transaction) => throw new NotSupportedException();
    }

    private sealed class Intake(StraightCluster cluster, TenantId tenant) : IIntakeGrain
    {
        public Task<WriteReply> CreateAsync(WriteCommand command) =>
            cluster.WriteAsync(tenant, command.Resource!.Type, command.Resource.Id, command);

        public Task<TransactionReply> TransactAsync(TransactionCommand command) => cluster.CommitAsync(tenant, command);
    }

    private sealed class ConditionalCreate(StraightCluster cluster, TenantId tenant) : IConditionalCreateGrain
    {
        public async Task<WriteReply> CreateIfNoneAsync(string query, WriteCommand command)
        {
            var parameters = QueryHelpers.ParseQuery(query).SelectMany(pair => pair.Value.Select(value => new KeyValuePair<string, string>(pair.Key, value!)));
            var search = cluster._parser!.Parse(tenant, command.Resource!.Type, parameters).Query!;
            var matches = (await cluster._store!.SearchAsync(search with { Count = 2 }, CancellationToken.None)).Matches;
            return matches.Count switch
            {
                0 => await cluster.WriteAsync(tenant, command.Resource.Type, command.Resource.Id, command),
                1 => new WriteReply { Status = WriteStatus.Unchanged, Stored = matches[0] },
                _ => new WriteReply { Status = WriteStatus.MultipleMatches },
            };
        }
    }
}
