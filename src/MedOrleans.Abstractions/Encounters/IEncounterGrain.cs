using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Encounters;

/// <summary>An encounter of a patient with the hospital. The key is a <see cref="ResourceKey"/> of type <c>Encounter</c>.</summary>
[TenantFacing]
[Alias("MedOrleans.IEncounterGrain")]
public interface IEncounterGrain : IRecordGrain
{
    /// <summary>Starts the encounter: status <c>in-progress</c>, the period's start now.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where it has been started already.</returns>
    [Alias("Start"), Requires(Interaction.Create)]
    Task<WriteReply> StartAsync(StartEncounter command);

    /// <summary>Finishes the encounter: status <c>finished</c>, the period's end now.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where its state forbids it; <see cref="WriteStatus.NotFound"/> where it was never started.</returns>
    [Alias("Finish"), Requires(Interaction.Update)]
    Task<WriteReply> FinishAsync(FinishEncounter command);
}

/// <summary>Starts an encounter.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.StartEncounter")]
public sealed record StartEncounter
{
    /// <summary>The id of the patient, in the same hospital.</summary>
    [Id(0)]
    public required string PatientId { get; init; }

    /// <summary>A code of <c>v3-ActCode</c>: AMB, EMER, IMP, …</summary>
    [Id(1)]
    public string Class { get; init; } = "AMB";

    /// <summary>Names this command: a retry with the same id has no second effect.</summary>
    [Id(2)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();
}

/// <summary>Finishes an encounter.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.FinishEncounter")]
public sealed record FinishEncounter
{
    /// <summary>Names this command: a retry with the same id has no second effect.</summary>
    [Id(0)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();
}
