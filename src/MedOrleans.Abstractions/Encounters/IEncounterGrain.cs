using MedOrleans.Records;
using MedOrleans.Security;
using Orleans.Concurrency;

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
    /// <returns><see cref="WriteStatus.RuleViolated"/> where its state forbids it, or it holds a bed: discharge it then; <see cref="WriteStatus.NotFound"/> where it was never started.</returns>
    [Alias("Finish"), Requires(Interaction.Update)]
    Task<WriteReply> FinishAsync(FinishEncounter command);

    /// <summary>Admits the patient, into a bed where one is named; an encounter that is not there yet is made.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("Admit"), Requires(Interaction.Create), AlwaysInterleave]
    Task<WriteReply> AdmitAsync(AdmitEncounter command);

    /// <summary>Moves the patient to another place, or the encounter to another class.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("Transfer"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> TransferAsync(TransferEncounter command);

    /// <summary>Discharges the patient; the bed is left to housekeeping.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("Discharge"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> DischargeAsync(DischargeEncounter command);

    /// <summary>The patient goes on leave; the bed stays theirs.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("Leave"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> LeaveAsync(LeaveEncounter command);

    /// <summary>The patient returns from leave.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("Return"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> ReturnAsync(ReturnEncounter command);

    /// <summary>Takes the admission back.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("CancelAdmit"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> CancelAdmitAsync(CancelAdmit command);

    /// <summary>Takes the last transfer back.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("CancelTransfer"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> CancelTransferAsync(CancelTransfer command);

    /// <summary>Takes the discharge back.</summary>
    /// <returns><see cref="WriteStatus.RuleViolated"/> where the encounter's state or the bed's forbids it.</returns>
    [Alias("CancelDischarge"), Requires(Interaction.Update), AlwaysInterleave]
    Task<WriteReply> CancelDischargeAsync(CancelDischarge command);
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
