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

    /// <summary>Takes a step of a bed's.</summary>
    /// <param name="bedId">The id of the bed's Location.</param>
    /// <param name="step">The step.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <returns>The Location's version that the step made, also where the step had been taken already.</returns>
    [Alias("Bed")]
    Task<WriteReply> BedAsync(string bedId, BedStep step, Caller caller, int bytesIn);
}
