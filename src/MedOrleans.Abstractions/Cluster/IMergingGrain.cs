using MedOrleans.Patients;
using MedOrleans.Records;

namespace MedOrleans.Cluster;

/// <summary>Merges of patients, for the cluster's own gateways and grains: each is one commit over everything that refers to them. The key is the tenant.</summary>
[Alias("MedOrleans.IMergingGrain")]
public interface IMergingGrain : IGrainWithStringKey
{
    /// <summary>Takes a step.</summary>
    /// <param name="patientId">The patient that stays, or the one that comes back.</param>
    /// <param name="step">The step.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <returns>The version of that patient that the step made, also where it had been taken already; of a preview what would be moved, as issues of severity information.</returns>
    [Alias("Step")]
    Task<WriteReply> StepAsync(string patientId, PatientStep step, Caller caller, int bytesIn);
}
