using MedOrleans.Record.Fhir;

namespace MedOrleans.Grains.Records;

/// <summary>Owns a resource of any type that has no verbs of its own.</summary>
[GrainType("record")]
internal sealed class RecordGrain(RecordWriter writer, ResourceReader reader) : ResourceOwnerGrain(writer, reader);
