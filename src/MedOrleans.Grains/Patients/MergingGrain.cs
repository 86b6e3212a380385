using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Wards;
using MedOrleans.Patients;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Identity;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Patients;

/// <summary>
/// Merges patients, and parts them again. A merge is one commit over both patients, whatever refers to the one that is given up, the beds of its encounters, and a Provenance
/// that lists each version made: by it the merge can be undone. Stateless, and reentrant for the reason that <see cref="IntakeGrain"/> is.
/// </summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class MergingGrain(RecordWriter writer, ResourceReader reader) : StepGrain(writer, reader), IMergingGrain
{
    /// <summary>The most resources that a merge moves.</summary>
    public const int Most = 5000;

    private const string Patient = "Patient";
    private const string Provenance = "Provenance";
    private const string Bed = "Location";

    // What was written to the old id while the merge was decided is found by a look after it; this many times at the most, as those who go on with it never end.
    private const int Looks = 4;

    // How many past versions are read at a time.
    private const int Reads = 16;

    public async Task<WriteReply> StepAsync(string patientId, PatientStep step, Caller caller, int bytesIn)
    {
        if (step is not MergePatient merge)
        {
            return await AgainAsync(held => TryUnmergeAsync(held, patientId, (UnmergePatient)step, caller, bytesIn));
        }

        if (MergeRules.RefuseSelf(merge.SourceId, patientId) is { } self)
        {
            return Refused(null, self);
        }

        var reply = await AgainAsync(held => TryMergeAsync(held, patientId, merge, caller, bytesIn));
        if (merge.IsPreview || !(reply.IsCommitted || reply.Status == WriteStatus.Unchanged))
        {
            return reply;
        }

        // What was written while the merge was decided still refers to the one that was given up.
        for (var look = 0; look < Looks; look++)
        {
            var swept = await AgainAsync(held => TrySweepAsync(held, merge.SourceId, patientId, caller));
            if (!swept.IsCommitted)
            {
                return swept.Status == WriteStatus.Unchanged ? reply : swept;
            }
        }

        return reply;
    }

    /// <summary>Merges; null where another write was faster. Where it has been done already nothing is changed.</summary>
    private async Task<WriteReply?> TryMergeAsync(HeldResources held, string targetId, MergePatient step, Caller caller, int bytesIn)
    {
        var (sourceId, record) = (step.SourceId, $"merge-{step.CommandId:N}");
        var referrers = await ReferrersAsync(sourceId);
        if (referrers.Count > Most)
        {
            return Refused(null, new Issue("too-costly", $"More than {Most} resources refer to Patient/{sourceId}.", "source-patient"));
        }

        await HoldAsync(held, [.. referrers, new(Patient, sourceId), new(Patient, targetId), new(Provenance, record)]);
        var current = held.Version(Patient, targetId);
        if (await DoneBeforeAsync(held, Patient, targetId, step.CommandId) is { } done)
        {
            return done;
        }

        if (held.Json(Patient, targetId) is not { } target || held.Json(Patient, sourceId) is not { } source)
        {
            return WriteRules.Refused(WriteStatus.NotFound, null, "not-found", $"There is no Patient/{(held.Json(Patient, targetId) is null ? targetId : sourceId)}.");
        }

        if (MergeRules.RefuseMerge(source, sourceId, target, targetId) is { } refused)
        {
            return Refused(current, refused);
        }

        var moved = Redirect(held, referrers, sourceId, targetId);
        if (step.IsPreview)
        {
            return new WriteReply
            {
                Status = WriteStatus.Unchanged,
                Stored = current,
                Issues = moved.Count == 0 ? [new Issue("informational", $"Nothing refers to Patient/{sourceId}.", Severity: "information")]
                    : [.. moved.CountBy(resource => resource.Type).OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => new Issue("informational", $"{count.Value} {count.Key} would be moved.", Severity: "information"))],
            };
        }

        if (MergeRules.RecordOf(source) is not null)
        {
            return new WriteReply { Status = WriteStatus.Unchanged, Stored = current };
        }

        if (held.Version(Provenance, record) is not null)
        {
            return Refused(current, new Issue("business-rule", "The command's id is that of another merge.", "commandId"));
        }

        MergeRules.Join(source, sourceId, target, targetId, record);
        List<ChangedResource> changed = [new(Patient, targetId, target), new(Patient, sourceId, source), .. moved];
        var provenance = MergeRules.Provenance(record, "merge", sourceId, caller.Agent, Now);
        Record(held, provenance, changed);
        return await CommitAsync(held, [.. changed, new(Provenance, record, provenance)], step.CommandId, caller, bytesIn);
    }

    /// <summary>Moves what refers to a patient who has been merged; null where another write was faster.</summary>
    private async Task<WriteReply?> TrySweepAsync(HeldResources held, string sourceId, string targetId, Caller caller)
    {
        var referrers = await ReferrersAsync(sourceId);
        if (referrers.Count == 0)
        {
            return new WriteReply { Status = WriteStatus.Unchanged };
        }

        var seen = await GrainFactory.GetOwner(new ResourceKey(Tenant, Patient, sourceId)).ReadCurrentAsync();
        var record = seen is { Deleted: false } ? MergeRules.RecordOf(EncounterJson.Parse(seen.Body)) : null;
        await HoldAsync(held, [.. referrers.Take(Most), new(Patient, sourceId), .. record is null ? Array.Empty<ResourceId>() : [new(Provenance, record)]]);
        if (held.Json(Patient, sourceId) is not { } source || MergeRules.RecordOf(source) is not { } now || PatientLinks.ReplacementOf(source) != targetId)
        {
            // They have been parted meanwhile.
            return new WriteReply { Status = WriteStatus.Unchanged };
        }

        if (now != record)
        {
            return null;
        }

        var moved = Redirect(held, referrers.Take(Most), sourceId, targetId);
        if (moved.Count == 0)
        {
            return new WriteReply { Status = WriteStatus.Unchanged };
        }

        var provenance = held.Json(Provenance, record) ?? MergeRules.Provenance(record, "merge", sourceId, caller.Agent, Now);
        Record(held, provenance, moved);
        return await CommitAsync(held, [.. moved, new(Provenance, record, provenance)], Guid.CreateVersion7(), caller, bytesIn: 0);
    }

    /// <summary>Parts; null where another write was faster.</summary>
    private async Task<WriteReply?> TryUnmergeAsync(HeldResources held, string sourceId, UnmergePatient step, Caller caller, int bytesIn)
    {
        // What was moved is known before it is held, as it is held in order; it is looked at again after.
        var (seen, record, moved) = await RecordedAsync(sourceId);
        var targetId = seen is null ? null : PatientLinks.ReplacementOf(seen);
        var undo = $"unmerge-{step.CommandId:N}";
        await HoldAsync(held, [
            .. moved.Where(made => MergeRules.IsMoved(made.Id.Type) && made.Id.Type != Bed).Select(made => made.Id), new(Patient, sourceId), new(Provenance, undo),
            .. targetId is null ? Array.Empty<ResourceId>() : [new(Patient, targetId)], .. record is null ? Array.Empty<ResourceId>() : [new(Provenance, record)]]);
        var current = held.Version(Patient, sourceId);
        if (await DoneBeforeAsync(held, Patient, sourceId, step.CommandId) is { } done)
        {
            return done;
        }

        if (held.Json(Patient, sourceId) is not { } source)
        {
            return WriteRules.Refused(WriteStatus.NotFound, null, "not-found", "There is no such patient.");
        }

        if (MergeRules.RecordOf(source) != record || PatientLinks.ReplacementOf(source) != targetId)
        {
            return null;
        }

        var target = targetId is null ? null : held.Json(Patient, targetId);
        if (MergeRules.RefuseUnmerge(source, sourceId, target) is { } refused)
        {
            return Refused(current, refused);
        }

        if (held.Json(Provenance, record!) is not { } provenance)
        {
            return Refused(current, new Issue("business-rule", $"Provenance/{record}, which says what was moved, is not there any more.", "Patient.link"));
        }

        if (MergeRules.Recorded(provenance).Count != moved.Count)
        {
            return null;
        }

        if (held.Version(Provenance, undo) is not null)
        {
            return Refused(current, new Issue("business-rule", "The command's id is that of another step.", "commandId"));
        }

        var before = await BeforeAsync(moved);
        var changed = TurnBack(held, moved, before, sourceId, targetId!);
        var made = moved.FirstOrDefault(version => version.Id == new ResourceId(Patient, targetId!));
        var after = made.Version == 0 ? null : await VersionAsync(made.Id, made.Version);
        MergeRules.Part(source, sourceId, before.GetValueOrDefault(moved.FirstOrDefault(version => version.Id == new ResourceId(Patient, sourceId))), target!, before.GetValueOrDefault(made), after);
        changed = [new(Patient, sourceId, source), new(Patient, targetId!, target!), .. changed];
        var undone = MergeRules.Provenance(undo, "unmerge", sourceId, caller.Agent, Now);
        Record(held, undone, changed);
        return await CommitAsync(held, [.. changed, new(Provenance, undo, undone)], step.CommandId, caller, bytesIn);
    }

    private async Task<IReadOnlyList<ResourceId>> ReferrersAsync(string patientId)
    {
        var store = await Writer.StoreAsync(Tenant);
        var referrers = await RecordWriter.GuardAsync(() => new ValueTask<IReadOnlyList<ResourceId>>(store.PatientReferrersAsync(Tenant, patientId, Most * 2, CancellationToken.None)));
        return [.. referrers.Where(referrer => MergeRules.IsMoved(referrer.Type))];
    }

    /// <summary>Holds resources by type and id, as all who hold several, and on the way the beds of the encounters among them.</summary>
    private static async Task HoldAsync(HeldResources held, IEnumerable<ResourceId> ids)
    {
        var all = ids.ToList();
        var first = all.Where(id => string.CompareOrdinal(id.Type, Bed) < 0).ToList();
        await held.HoldAsync(first);
        foreach (var place in first.Where(id => id.Type == "Encounter").SelectMany(id => held.Json(id.Type, id.Id) is { } encounter ? EncounterJson.Places(encounter) : []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await held.HoldPlaceAsync(place);
        }

        await held.HoldAsync(all.Except(first));
    }

    private static List<ChangedResource> Redirect(HeldResources held, IEnumerable<ResourceId> referrers, string fromId, string toId)
    {
        var changed = new List<ChangedResource>();
        foreach (var (type, id) in referrers)
        {
            if (held.Json(type, id) is { } json && MergeRules.Redirect(json, fromId, toId))
            {
                changed.Add(new(type, id, json));
            }
        }

        changed.AddRange(Beds(held, changed, fromId, toId));
        return changed;
    }

    /// <summary>The beds in which changed encounters lie.</summary>
    private static List<ChangedResource> Beds(HeldResources held, IEnumerable<ChangedResource> changed, string fromId, string toId)
    {
        var beds = new List<ChangedResource>();
        foreach (var encounter in changed.Where(resource => resource.Type == "Encounter"))
        {
            foreach (var place in EncounterJson.Places(encounter.Json))
            {
                if (held.Json(Bed, place) is { } bed && BedJson.IsBed(bed) && BedRules.IsIn(bed, encounter.Id) && MergeRules.Redirect(BedJson.Find(bed, BedJson.Occupancy), fromId, toId))
                {
                    beds.Add(new(Bed, place, bed));
                }
            }
        }

        return beds;
    }

    private static List<ChangedResource> TurnBack(
        HeldResources held, IEnumerable<(ResourceId Id, long Version)> moved, Dictionary<(ResourceId Id, long Version), JsonObject> before, string sourceId, string targetId)
    {
        var changed = new Dictionary<ResourceId, ChangedResource>();

        // A resource that was moved more than once is turned back from the last time to the first.
        foreach (var version in moved.Reverse())
        {
            if (MergeRules.IsMoved(version.Id.Type) && version.Id.Type != Bed && held.Json(version.Id.Type, version.Id.Id) is { } json
                && before.TryGetValue(version, out var was) && MergeRules.TurnBack(json, was, sourceId, targetId))
            {
                changed[version.Id] = new(version.Id.Type, version.Id.Id, json);
            }
        }

        return [.. changed.Values, .. Beds(held, changed.Values, targetId, sourceId)];
    }

    /// <summary>A patient who was merged, the record of it, and the versions that it made.</summary>
    private async Task<(JsonObject? Patient, string? Record, IReadOnlyList<(ResourceId Id, long Version)> Moved)> RecordedAsync(string patientId)
    {
        var seen = await GrainFactory.GetOwner(new ResourceKey(Tenant, Patient, patientId)).ReadCurrentAsync();
        var patient = seen is { Deleted: false } ? EncounterJson.Parse(seen.Body) : null;
        if (patient is null || MergeRules.RecordOf(patient) is not { } record)
        {
            return (patient, null, []);
        }

        var stored = await GrainFactory.GetOwner(new ResourceKey(Tenant, Provenance, record)).ReadCurrentAsync();
        return (patient, record, stored is { Deleted: false } ? MergeRules.Recorded(EncounterJson.Parse(stored.Body)) : []);
    }

    /// <summary>What was there before each of these versions.</summary>
    private async Task<Dictionary<(ResourceId Id, long Version), JsonObject>> BeforeAsync(IEnumerable<(ResourceId Id, long Version)> versions)
    {
        var before = new Dictionary<(ResourceId, long), JsonObject>();
        foreach (var some in versions.Where(version => version.Id.Type != Bed).Chunk(Reads))
        {
            foreach (var (version, json) in await Task.WhenAll(some.Select(async version => (version, Json: await VersionAsync(version.Id, version.Version - 1)))))
            {
                if (json is not null)
                {
                    before[version] = json;
                }
            }
        }

        return before;
    }

    private async Task<JsonObject?> VersionAsync(ResourceId id, long version)
    {
        var store = await Writer.StoreAsync(Tenant);
        var stored = await RecordWriter.GuardAsync(() => new ValueTask<StoredVersion?>(store.ReadVersionAsync(new ResourceKey(Tenant, id.Type, id.Id), version, CancellationToken.None)));
        return stored is { Deleted: false } ? EncounterJson.Parse(stored.Body) : null;
    }

    private static void Record(HeldResources held, JsonObject provenance, IEnumerable<ChangedResource> changed)
    {
        foreach (var (type, id, _) in changed)
        {
            MergeRules.Record(provenance, new ResourceId(type, id), (held.Version(type, id)?.Version ?? 0) + 1);
        }
    }
}
