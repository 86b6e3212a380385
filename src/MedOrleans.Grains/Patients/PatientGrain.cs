using MedOrleans.Cluster;
using MedOrleans.Grains.Records;
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
}
