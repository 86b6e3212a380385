using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Grains.Records;
using MedOrleans.Record.Fhir;
using MedOrleans.Records;

namespace MedOrleans.Grains.Encounters;

/// <summary>Owns an encounter.</summary>
[GrainType("encounter")]
internal sealed class EncounterGrain(RecordWriter writer, ResourceReader reader) : ResourceOwnerGrain(writer, reader), IEncounterGrain
{
    public async Task<WriteReply> StartAsync(StartEncounter command)
    {
        var reply = await StoreAsync(
            EncounterRules.Start(Key.Id, command.PatientId, command.Class, Now), WriteKind.Create, null, command.CommandId, idMustMatch: true);
        return reply.Status == WriteStatus.VersionConflict
            ? WriteRules.Refused(WriteStatus.RuleViolated, reply.Stored, "business-rule", "The encounter has been started already.", "Encounter.status")
            : reply;
    }

    public async Task<WriteReply> FinishAsync(FinishEncounter command)
    {
        var current = await ReadCurrentAsync();
        if (current is not { Deleted: false })
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such encounter.");
        }

        if (current.CommandId == command.CommandId)
        {
            return new WriteReply { Status = WriteStatus.Updated, Stored = current };
        }

        return EncounterRules.Finish(current.Body, Now, out var status) is { } finished
            ? await StoreAsync(finished, WriteKind.Update, current.Version, command.CommandId, idMustMatch: true)
            : WriteRules.Refused(WriteStatus.RuleViolated, current, "business-rule", $"An encounter that is {status} cannot be finished.", "Encounter.status");
    }
}
