using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Grains.Committing;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Security;
using MedOrleans.Grains.Wards;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Grains.Records;

/// <summary>
/// Takes steps over several resources: holds them, asks the rules, commits all of it as one. The holds keep the waiting short and the owners' memory true; what must never
/// happen rests on the store, which refuses a commit if the version of anything in it has moved. The key is the tenant.
/// </summary>
internal abstract class StepGrain(RecordWriter writer, ResourceReader reader) : Grain, IMeteredGrain
{
    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Tenant);

    /// <summary>The hospital.</summary>
    protected TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    /// <summary>The time now.</summary>
    protected DateTimeOffset Now => writer.Time.GetUtcNow();

    /// <summary>Reads and writes the record.</summary>
    protected RecordWriter Writer => writer;

    /// <summary>Takes a step anew until it is decided.</summary>
    /// <param name="attempt">Takes the step over what it holds; null where another write was faster.</param>
    protected async Task<WriteReply> AgainAsync(Func<HeldResources, Task<WriteReply?>> attempt)
    {
        if (await writer.RefusalAsync(Tenant, adds: true) is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < WriteRules.Tries; i++)
        {
            using var held = new HeldResources(GrainFactory, Tenant);
            if (await attempt(held) is { } reply)
            {
                return reply;
            }
        }

        return WriteRules.Refused(WriteStatus.VersionConflict, null, "conflict", "What the step touches changes too often: try again.");
    }

    /// <summary>The reply to a command that has had its effect on a resource already, whatever came after it; null for a new one.</summary>
    protected async ValueTask<WriteReply?> DoneBeforeAsync(HeldResources held, string type, string id, Guid command) =>
        held.Version(type, id) is null ? null : await writer.RepliedAsync(new ResourceKey(Tenant, type, id), WriteKind.Update, command);

    /// <summary>
    /// Commits changed resources as one, and gives the first's new version; null where another write was faster. What a step changes beside its own resource is held
    /// against the caller's scopes too: a step is no way around them.
    /// </summary>
    /// <param name="held">What the step holds.</param>
    /// <param name="changed">What it changes.</param>
    /// <param name="command">The command.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <param name="along">Plain writes that are part of the same commit; what they update is held.</param>
    protected async Task<WriteReply?> CommitAsync(HeldResources held, IReadOnlyList<ChangedResource> changed, Guid command, Caller caller, int bytesIn, IReadOnlyList<TransactionItem>? along = null)
    {
        along ??= [];
        var now = WriteRules.Next(changed.Select(resource => held.Version(resource.Type, resource.Id)).Concat(along.Select(item => held.Version(item.Type, item.Id))), Now);
        var items = new List<CommitItem>(changed.Count);
        var change = default(RecordChange);
        WriteReply? reply = null;
        var scopes = caller.Scopes is null ? null : ScopeSet.TryParse(caller.Scopes, out _) ?? throw new AccessDeniedException();
        foreach (var (type, id, json) in changed)
        {
            var read = reader.Read(EncounterJson.Print(json), new ReadOptions { Type = type, Id = id, IdMustMatch = true });
            if (read.Resource is null)
            {
                return new WriteReply { Status = WriteStatus.Invalid, Issues = read.Issues };
            }

            var current = held.Version(type, id);
            var needed = current is null or { Deleted: true } ? Interaction.Create : Interaction.Update;
            if (scopes?.Allows(type, needed) == false)
            {
                return new WriteReply
                {
                    Status = WriteStatus.Forbidden,
                    Issues = [new Issue("forbidden", $"The step changes a {type}, and the token's scopes do not grant {needed.ToString().ToLowerInvariant()} on it.")],
                };
            }

            var (item, stored) = WriteRules.Make(type, id, current, WriteKind.Update, read.Resource, now, command);
            items.Add(item);
            change += RecordChange.Of(current, stored);
            reply ??= new WriteReply { Status = WriteRules.Done(WriteKind.Update, item.Kind == WriteKind.Create), Stored = stored };
        }

        foreach (var wanted in along)
        {
            var current = held.Version(wanted.Type, wanted.Id);
            if (WriteRules.Decide(current, wanted.Kind, wanted.IfMatch, command) is { } late)
            {
                return late;
            }

            if (await PlainWrites.RefuseAsync(writer, new ResourceKey(Tenant, wanted.Type, wanted.Id), current, wanted.Kind, wanted.Resource, along) is { } forbidden)
            {
                return forbidden;
            }

            var (item, stored) = WriteRules.Make(wanted.Type, wanted.Id, current, wanted.Kind, wanted.Resource, now, command);
            items.Add(item);
            change += RecordChange.Of(current, stored);
        }

        var outcome = await writer.CommitAsync(Tenant, items, change, caller, command, bytesIn);
        if (outcome.Committed)
        {
            return reply;
        }

        // What was to be made is there: to try again does not help.
        return along.FirstOrDefault(item => item.Kind == WriteKind.Create && outcome.Conflicts.Contains(new ResourceId(item.Type, item.Id))) is { } there
            ? WriteRules.Refused(WriteStatus.VersionConflict, null, "conflict", $"There is a {there.Type} of this id already.") : null;
    }

    /// <summary>A refusal by a rule.</summary>
    protected static WriteReply Refused(StoredVersion? current, Issue issue) => new() { Status = WriteStatus.RuleViolated, Stored = current, Issues = [issue] };
}

/// <summary>A resource as a step leaves it.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Id">Its id.</param>
/// <param name="Json">What it is.</param>
internal readonly record struct ChangedResource(string Type, string Id, JsonObject Json);
