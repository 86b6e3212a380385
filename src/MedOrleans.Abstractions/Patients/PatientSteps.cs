namespace MedOrleans.Patients;

/// <summary>A step that settles who is one patient.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.PatientStep")]
public abstract record PatientStep
{
    /// <summary>Names this command: however often it is sent, it has one effect, and the first reply is given again.</summary>
    [Id(0)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();
}

/// <summary>
/// Another Patient resource is the same person as this one: everything that refers to it refers to this one from now on. The other stays readable, is inactive and says who
/// replaced it (<c>Patient.link</c>).
/// </summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.MergePatient")]
public sealed record MergePatient : PatientStep
{
    /// <summary>The id of the patient that is given up.</summary>
    [Id(0)]
    public required string SourceId { get; init; }

    /// <summary>Whether only to say what would be moved.</summary>
    [Id(1)]
    public bool IsPreview { get; init; }
}

/// <summary>This patient had been merged into another by mistake: what the merge moved comes back.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.UnmergePatient")]
public sealed record UnmergePatient : PatientStep;
