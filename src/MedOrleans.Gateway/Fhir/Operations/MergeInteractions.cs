using MedOrleans.Cluster;
using MedOrleans.Patients;
using MedOrleans.Records;
using Microsoft.Extensions.Options;
using Orleans;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>Patient/$merge and Patient/$unmerge.</summary>
internal sealed class MergeInteractions(IGrainFactory grains, ClusterRetry retry, IOptions<FhirOptions> options)
{
    /// <summary>Runs an operation.</summary>
    /// <param name="call">The call.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="id">The patient; null where it is called on the type.</param>
    public async ValueTask<FhirResult> RunAsync(FhirCall call, MergeOperation operation, string? id)
    {
        var (input, bytes, refusal) = await OperationInput.ReadAsync(call, operation, id, options.Value.MaxBodyBytes);
        if (refusal is not null)
        {
            return refusal;
        }

        var (patient, step) = operation.Step(input!, id);
        if (input!.Issues.Count > 0)
        {
            return FhirResult.Refused(400, input.Issues);
        }

        var reply = await retry.RunAsync(() => grains.GetGrain<IMergingGrain>(call.Tenant.Value).StepAsync(patient, step, call.Caller, bytes), call.Cancel);
        return step is MergePatient { IsPreview: true } && reply.Status == WriteStatus.Unchanged ? new FhirResult(200) { Content = new BytesContent(OperationOutcomes.ToJson(reply.Issues)) } : OperationOutcomes.Of(reply, hadCondition: false);
    }
}
