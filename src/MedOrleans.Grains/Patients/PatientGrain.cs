using MedOrleans.Cluster;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Security;
using MedOrleans.Patients;
using MedOrleans.Record.Fhir;
using MedOrleans.Records;

namespace MedOrleans.Grains.Patients;

/// <summary>Owns a patient.</summary>
[GrainType("patient")]
internal sealed class PatientGrain(RecordWriter writer, ResourceReader reader) : ResourceOwnerGrain(writer, reader), IPatientGrain
{
    public Task<WriteReply> RegisterAsync(RegisterPatient command) =>
        StoreAsync(PatientRules.Register(Key.Id, command), WriteKind.Create, null, command.CommandId, idMustMatch: true);

    public Task<WriteReply> MergeAsync(MergePatient command) => StepAsync(command);

    public Task<WriteReply> UnmergeAsync(UnmergePatient command) => StepAsync(command);

    // These interleave, as the step holds this grain while it is decided.
    private Task<WriteReply> StepAsync(PatientStep step) =>
        GrainFactory.GetGrain<IMergingGrain>(Key.Tenant.Value).StepAsync(Key.Id, step, CallAgent.Caller(), bytesIn: 0);
}
