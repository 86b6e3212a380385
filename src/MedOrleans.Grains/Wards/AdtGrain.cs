using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Grains.Committing;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Wards;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Wards;

/// <summary>
/// Takes steps of encounters and beds: holds what is touched, asks the rules, commits all of it as one. The holds keep the waiting short and the owners' memory
/// true; that no bed has two patients rests on the store, which refuses a commit if the version of any bed in it has moved. Stateless, and reentrant for the
/// reason that <see cref="IntakeGrain"/> is.
/// </summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class AdtGrain(RecordWriter writer, ResourceReader reader) : Grain, IAdtGrain, IMeteredGrain
{
    // A resource's own past, looked through for the command: no encounter has more versions than a page or two.
    private const int Page = 200;

    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Tenant);

    private TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    public Task<WriteReply> StepAsync(string encounterId, EncounterStep step, Caller caller, int bytesIn) =>
        AgainAsync(() => TryStepAsync(encounterId, step, caller, bytesIn));

    public Task<WriteReply> BedAsync(string bedId, BedStep step, Caller caller, int bytesIn) =>
        AgainAsync(() => step is SwapBeds swap ? TrySwapAsync(bedId, swap, caller, bytesIn) : TryBedAsync(bedId, step, caller, bytesIn));

    private async Task<WriteReply> AgainAsync(Func<Task<WriteReply?>> attempt)
    {
        if (await writer.RefusalAsync(Tenant, adds: true) is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < WriteRules.Tries; i++)
        {
            if (await attempt() is { } reply)
            {
                return reply;
            }
        }

        return WriteRules.Refused(WriteStatus.VersionConflict, null, "conflict", "What the step touches changes too often: try again.");
    }

    /// <summary>Takes the step; null where another write was faster.</summary>
    private async Task<WriteReply?> TryStepAsync(string id, EncounterStep step, Caller caller, int bytesIn)
    {
        using var held = new HeldResources(GrainFactory, Tenant);
        await held.HoldAsync("Encounter", id);
        var current = held.Version("Encounter", id);
        if (await DoneBeforeAsync(current, step.CommandId) is { } done)
        {
            return done;
        }

        var encounter = held.Json("Encounter", id);
        if (encounter is null && step is not AdmitEncounter)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such encounter.");
        }

        if (EncounterRules.RefuseStep(encounter, step) is { } forbidden)
        {
            return Refused(current, forbidden);
        }

        if (encounter is null && await RefusePatientAsync(held, ((AdmitEncounter)step).PatientId) is { } nobody)
        {
            return nobody;
        }

        var left = encounter is null ? [] : EncounterRules.Places(encounter);
        var destination = EncounterRules.Destination(encounter, step);
        foreach (var place in left.Append(destination).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await held.HoldPlaceAsync(place);
        }

        if (destination is not null && held.Json("Location", destination) is null)
        {
            return Refused(current, new Issue("not-found", $"There is no Location/{destination}.", "location"));
        }

        var now = writer.Time.GetUtcNow();
        var (after, refused) = EncounterRules.Apply(encounter, id, step, destination is null ? null : held.Json("Location", destination), now);
        return refused is null && (refused = BedSteps.Follow(held, id, after!, left, step, now)) is null
            ? await CommitAsync(held, [("Encounter", id, after!), .. BedSteps.Changed(held, left.Append(destination))], step.CommandId, caller, bytesIn)
            : Refused(current, refused);
    }

    private async Task<WriteReply?> TryBedAsync(string id, BedStep step, Caller caller, int bytesIn)
    {
        using var held = new HeldResources(GrainFactory, Tenant);
        if (step is ReserveBed reserve && await RefuseHolderAsync(held, reserve) is { } nobody)
        {
            return nobody;
        }

        await held.HoldAsync("Location", id);
        var current = held.Version("Location", id);
        if (await DoneBeforeAsync(current, step.CommandId) is { } done)
        {
            return done;
        }

        if (held.Json("Location", id) is not { } bed)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such location.");
        }

        return BedRules.Apply(bed, id, step, writer.Time.GetUtcNow()) is { } refused
            ? Refused(current, refused)
            : await CommitAsync(held, [("Location", id, bed)], step.CommandId, caller, bytesIn);
    }

    private async Task<WriteReply?> TrySwapAsync(string id, SwapBeds swap, Caller caller, int bytesIn)
    {
        using var held = new HeldResources(GrainFactory, Tenant);
        string[] beds = [id, swap.WithId];

        // Who lies in them is known before they are held, as encounters are held before beds; it is looked at again after.
        var encounters = new List<string>();
        foreach (var bed in beds)
        {
            if (await GrainFactory.GetOwner(new ResourceKey(Tenant, "Location", bed)).ReadCurrentAsync() is { Deleted: false } seen
                && BedSteps.OccupantOf(EncounterRules.Parse(seen.Body)) is { } who)
            {
                encounters.Add(who);
            }
        }

        foreach (var encounter in encounters.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await held.HoldAsync("Encounter", encounter);
        }

        foreach (var bed in beds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await held.HoldAsync("Location", bed);
        }

        var current = held.Version("Location", id);
        if (await DoneBeforeAsync(current, swap.CommandId) is { } done)
        {
            return done;
        }

        foreach (var bed in beds)
        {
            if (held.Json("Location", bed) is null)
            {
                return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", $"There is no Location/{bed}.");
            }
        }

        if (BedSteps.Swap(held, beds, writer.Time.GetUtcNow(), out var moved) is { } refused)
        {
            return refused.Code == BedSteps.Moved ? null : Refused(current, refused);
        }

        var committed = await CommitAsync(held, [("Location", id, held.Json("Location", id)!), ("Location", swap.WithId, held.Json("Location", swap.WithId)!), .. moved], swap.CommandId, caller, bytesIn);
        return committed;
    }

    private static async Task<WriteReply?> RefusePatientAsync(HeldResources held, string? patient) =>
        patient is null ? Refused(null, new Issue("required", "An encounter that is not there yet needs its patient.", "patient"))
        : await held.ExistsAsync("Patient", patient) ? null
        : Refused(null, new Issue("not-found", "There is no such patient.", "patient"));

    private static async Task<WriteReply?> RefuseHolderAsync(HeldResources held, ReserveBed reserve) => (reserve.PatientId, reserve.EncounterId) switch
    {
        ({ } patient, null) => await held.ExistsAsync("Patient", patient) ? null : Refused(null, new Issue("not-found", "There is no such patient.", "patient")),
        (null, { } encounter) => await held.ExistsAsync("Encounter", encounter) ? null : Refused(null, new Issue("not-found", "There is no such encounter.", "encounter")),
        _ => Refused(null, new Issue("required", "A bed is reserved for a patient or for an encounter.", "patient")),
    };

    /// <summary>The reply to a command that has had its effect already, whatever came after it; null for a new one.</summary>
    private async Task<WriteReply?> DoneBeforeAsync(StoredVersion? current, Guid command)
    {
        if (current is null)
        {
            return null;
        }

        if (current.CommandId == command)
        {
            return new WriteReply { Status = WriteRules.Done(WriteKind.Update, current.Version == 1), Stored = current };
        }

        var store = await writer.StoreAsync(Tenant);
        for (long? before = null, left = current.Version - 1; left > 0; left -= Page)
        {
            var page = await RecordWriter.GuardAsync(() => new ValueTask<AuditPage>(store.AuditAsync(
                new AuditQuery { Tenant = Tenant, Type = current.Type, Id = current.Id, Count = Page, Before = before }, CancellationToken.None)));
            if (page.Rows.FirstOrDefault(row => row.CommandId == command) is { } row)
            {
                var made = await RecordWriter.GuardAsync(() => new ValueTask<StoredVersion?>(store.ReadVersionAsync(new ResourceKey(Tenant, current.Type, current.Id), row.Version, CancellationToken.None)));
                return new WriteReply { Status = WriteRules.Done(WriteKind.Update, row.Version == 1), Stored = made };
            }

            before = page.Next;
            if (before is null)
            {
                break;
            }
        }

        return null;
    }

    /// <summary>Commits the changed resources as one, and gives the first's new version; null where another write was faster.</summary>
    private async Task<WriteReply?> CommitAsync(HeldResources held, IReadOnlyList<(string Type, string Id, JsonObject Json)> changed, Guid command, Caller caller, int bytesIn)
    {
        var now = WriteRules.Next(changed.Select(resource => held.Version(resource.Type, resource.Id)), writer.Time.GetUtcNow());
        var items = new List<CommitItem>(changed.Count);
        var change = default(RecordChange);
        WriteReply? reply = null;
        foreach (var (type, id, json) in changed)
        {
            var read = reader.Read(EncounterRules.Print(json), new ReadOptions { Type = type, Id = id, IdMustMatch = true });
            if (read.Resource is null)
            {
                return new WriteReply { Status = WriteStatus.Invalid, Issues = read.Issues };
            }

            var current = held.Version(type, id);
            var (item, stored) = WriteRules.Make(type, id, current, WriteKind.Update, read.Resource, now, command);
            items.Add(item);
            change += RecordChange.Of(current, stored);
            reply ??= new WriteReply { Status = WriteRules.Done(WriteKind.Update, item.Kind == WriteKind.Create), Stored = stored };
        }

        var outcome = await writer.CommitAsync(Tenant, items, change, caller, command, bytesIn);
        return outcome.Committed ? reply : null;
    }

    private static WriteReply Refused(StoredVersion? current, Issue issue) => new() { Status = WriteStatus.RuleViolated, Stored = current, Issues = [issue] };
}
