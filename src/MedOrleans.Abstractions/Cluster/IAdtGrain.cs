using MedOrleans.Encounters;
using MedOrleans.Records;
using MedOrleans.Wards;

namespace MedOrleans.Cluster;

/// <summary>
/// Admissions, discharges, transfers and what is done with beds, for the cluster's own gateways and grains: each step is one commit over the encounters and beds
/// that it touches. The key is the tenant.
/// </summary>
[Alias("MedOrleans.IAdtGrain")]
public interface IAdtGrain : IGrainWithStringKey
{
    /// <summary>Takes a step of an encounter's.</summary>
    /// <param name="encounterId">The encounter's id.</param>
    /// <param name="step">The step.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <returns>The encounter's version that the step made, also where the step had been taken already.</returns>
    [Alias("Encounter")]
    Task<WriteReply> StepAsync(string encounterId, EncounterStep step, Caller caller, int bytesIn);

    /// <summary>Takes a step of an encounter's together with other writes, all of it as one commit.</summary>
    /// <param name="encounterId">The encounter's id.</param>
    /// <param name="step">The step. An admission with a proposed encounter is taken for one that is not there.</param>
    /// <param name="along">The other writes: creates, and updates that name the version that must be current; none of the encounter or of a Location.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <returns>
    /// The encounter's version that the step made; <see cref="WriteStatus.Unchanged"/> where it had been taken already, and nothing was done now; <see cref="WriteStatus.VersionConflict"/>
    /// where one of the other writes came too late.
    /// </returns>
    [Alias("EncounterAlong")]
    Task<WriteReply> StepAlongAsync(string encounterId, EncounterStep step, IReadOnlyList<TransactionItem> along, Caller caller, int bytesIn);

    /// <summary>Takes a step of a bed's.</summary>
    /// <param name="bedId">The id of the bed's Location.</param>
    /// <param name="step">The step.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <returns>The Location's version that the step made, also where the step had been taken already.</returns>
    [Alias("Bed")]
    Task<WriteReply> BedAsync(string bedId, BedStep step, Caller caller, int bytesIn);
}
