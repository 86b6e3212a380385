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
internal sealed class AdtGrain(RecordWriter writer, ResourceReader reader) : StepGrain(writer, reader), IAdtGrain
{
    public Task<WriteReply> StepAsync(string encounterId, EncounterStep step, Caller caller, int bytesIn) =>
        AgainAsync(held => TryStepAsync(held, encounterId, step, [], isNew: false, caller, bytesIn));

    public Task<WriteReply> StepAlongAsync(string encounterId, EncounterStep step, IReadOnlyList<TransactionItem> along, Caller caller, int bytesIn)
    {
        // What is not there has no owner to be held; the store refuses the commit where it is.
        var isNew = step is AdmitEncounter { Proposed: not null };
        return AgainAsync(held =>
        {
            var attempt = TryStepAsync(held, encounterId, step, along, isNew, caller, bytesIn);
            isNew = false;
            return attempt;
        });
    }

    public Task<WriteReply> BedAsync(string bedId, BedStep step, Caller caller, int bytesIn) =>
        AgainAsync(held => step is SwapBeds swap ? TrySwapAsync(held, bedId, swap, caller, bytesIn) : TryBedAsync(held, bedId, step, caller, bytesIn));

    /// <summary>Takes the step; null where another write was faster.</summary>
    private async Task<WriteReply?> TryStepAsync(HeldResources held, string id, EncounterStep step, IReadOnlyList<TransactionItem> along, bool isNew, Caller caller, int bytesIn)
    {
        if (!isNew)
        {
            await held.HoldAsync("Encounter", id);
        }

        var current = held.Version("Encounter", id);
        if (await DoneBeforeAsync(held, "Encounter", id, step.CommandId) is { } done)
        {
            return along.Count == 0 ? done : done with { Status = WriteStatus.Unchanged };
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

        if (encounter is null && await RefusePatientAsync(held, ((AdmitEncounter)step).PatientId, along) is { } nobody)
        {
            return nobody;
        }

        var left = encounter is null ? [] : EncounterJson.Places(encounter);
        var destination = EncounterRules.Destination(encounter, step);
        foreach (var place in left.Append(destination).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            await held.HoldPlaceAsync(place);
        }

        if (destination is not null && held.Json("Location", destination) is null)
        {
            return Refused(current, new Issue("not-found", $"There is no Location/{destination}.", "location"));
        }

        await held.HoldAsync(along.Where(item => item.Kind != WriteKind.Create).Select(item => new ResourceId(item.Type, item.Id)));
        var now = Now;
        var (after, refused) = EncounterRules.Apply(encounter, id, step, destination is null ? null : held.Json("Location", destination), now);
        return refused is null && (refused = BedSteps.Follow(held, id, after!, left, step, now)) is null
            ? await CommitAsync(held, [new("Encounter", id, after!), .. BedSteps.Changed(held, left.Append(destination))], step.CommandId, caller, bytesIn, along)
            : Refused(current, refused);
    }

    private async Task<WriteReply?> TryBedAsync(HeldResources held, string id, BedStep step, Caller caller, int bytesIn)
    {
        if (step is ReserveBed reserve && await RefuseHolderAsync(held, reserve) is { } nobody)
        {
            return nobody;
        }

        await held.HoldAsync("Location", id);
        var current = held.Version("Location", id);
        if (await DoneBeforeAsync(held, "Location", id, step.CommandId) is { } done)
        {
            return done;
        }

        if (held.Json("Location", id) is not { } bed)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such location.");
        }

        return BedRules.Apply(bed, id, step, Now) is { } refused
            ? Refused(current, refused)
            : await CommitAsync(held, [new("Location", id, bed)], step.CommandId, caller, bytesIn);
    }

    private async Task<WriteReply?> TrySwapAsync(HeldResources held, string id, SwapBeds swap, Caller caller, int bytesIn)
    {
        string[] beds = [id, swap.WithId];

        // Who lies in them is known before they are held, as encounters are held before beds; it is looked at again after.
        var encounters = new List<string>();
        foreach (var bed in beds)
        {
            if (await GrainFactory.GetOwner(new ResourceKey(Tenant, "Location", bed)).ReadCurrentAsync() is { Deleted: false } seen
                && BedSteps.OccupantOf(EncounterJson.Parse(seen.Body)) is { } who)
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
        if (await DoneBeforeAsync(held, "Location", id, swap.CommandId) is { } done)
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

        if (BedSteps.Swap(held, beds, Now, out var moved) is { } refused)
        {
            return refused.Code == BedSteps.Moved ? null : Refused(current, refused);
        }

        return await CommitAsync(held, [new("Location", id, held.Json("Location", id)!), new("Location", swap.WithId, held.Json("Location", swap.WithId)!), .. moved], swap.CommandId, caller, bytesIn);
    }

    private static async Task<WriteReply?> RefusePatientAsync(HeldResources held, string? patient, IReadOnlyList<TransactionItem> along) =>
        patient is null ? Refused(null, new Issue("required", "An encounter that is not there yet needs its patient.", "patient"))
        : along.Any(item => item.Type == "Patient" && item.Id == patient) || await held.ExistsAsync("Patient", patient) ? null
        : Refused(null, new Issue("not-found", "There is no such patient.", "patient"));

    private static async Task<WriteReply?> RefuseHolderAsync(HeldResources held, ReserveBed reserve) => (reserve.PatientId, reserve.EncounterId) switch
    {
        ({ } patient, null) => await held.ExistsAsync("Patient", patient) ? null : Refused(null, new Issue("not-found", "There is no such patient.", "patient")),
        (null, { } encounter) => await held.ExistsAsync("Encounter", encounter) ? null : Refused(null, new Issue("not-found", "There is no such encounter.", "encounter")),
        _ => Refused(null, new Issue("required", "A bed is reserved for a patient or for an encounter.", "patient")),
    };
}
