using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Security;
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

    public Task<WriteReply> AdmitAsync(AdmitEncounter command) => StepAsync(command);

    public Task<WriteReply> TransferAsync(TransferEncounter command) => StepAsync(command);

    public Task<WriteReply> DischargeAsync(DischargeEncounter command) => StepAsync(command);

    public Task<WriteReply> LeaveAsync(LeaveEncounter command) => StepAsync(command);

    public Task<WriteReply> ReturnAsync(ReturnEncounter command) => StepAsync(command);

    public Task<WriteReply> CancelAdmitAsync(CancelAdmit command) => StepAsync(command);

    public Task<WriteReply> CancelTransferAsync(CancelTransfer command) => StepAsync(command);

    public Task<WriteReply> CancelDischargeAsync(CancelDischarge command) => StepAsync(command);

    // These interleave, as the step holds this grain while it is decided.
    private Task<WriteReply> StepAsync(EncounterStep step) =>
        GrainFactory.GetGrain<IAdtGrain>(Key.Tenant.Value).StepAsync(Key.Id, step, CallAgent.Caller(), bytesIn: 0);
}
