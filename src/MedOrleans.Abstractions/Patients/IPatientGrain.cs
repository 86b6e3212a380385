using MedOrleans.Records;
using MedOrleans.Security;
using Orleans.Concurrency;

namespace MedOrleans.Patients;

/// <summary>A patient. The key is a <see cref="ResourceKey"/> of type <c>Patient</c>.</summary>
[TenantFacing]
[Alias("MedOrleans.IPatientGrain")]
public interface IPatientGrain : IRecordGrain
{
    /// <summary>Registers the patient under this key.</summary>
    /// <returns><see cref="WriteStatus.VersionConflict"/> where the patient is registered already.</returns>
    [Alias("Register"), Requires(Interaction.Create)]
    Task<WriteReply> RegisterAsync(RegisterPatient command);

    /// <summary>Merges another patient into this one.</summary>
    /// <returns>This patient; <see cref="WriteStatus.RuleViolated"/> where one of them has been replaced by somebody else.</returns>
    [Alias("Merge"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> MergeAsync(MergePatient command);

    /// <summary>Takes back that this patient was merged into another.</summary>
    /// <returns>This patient; <see cref="WriteStatus.RuleViolated"/> where they were not merged here, or the other was merged itself since.</returns>
    [Alias("Unmerge"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> UnmergeAsync(UnmergePatient command);
}

/// <summary>The demographics that a registration desk takes down.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.RegisterPatient")]
public sealed record RegisterPatient
{
    /// <summary>The family name.</summary>
    [Id(0)]
    public required string Family { get; init; }

    /// <summary>The given names in order.</summary>
    [Id(1)]
    public IReadOnlyList<string> Given { get; init; } = [];

    /// <summary>The date of birth; null where unknown.</summary>
    [Id(2)]
    public DateOnly? BirthDate { get; init; }

    /// <summary>An <c>administrative-gender</c> code: male, female, other, unknown; null where not asked.</summary>
    [Id(3)]
    public string? Gender { get; init; }

    /// <summary>The system of <see cref="Identifier"/>: the authority that gave it out.</summary>
    [Id(4)]
    public string? IdentifierSystem { get; init; }

    /// <summary>The medical record number or another identifier; null for none.</summary>
    [Id(5)]
    public string? Identifier { get; init; }

    /// <summary>Names this command: a retry with the same id finds the first one's effect and has no second.</summary>
    [Id(6)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();
}
