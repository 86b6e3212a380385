using MedOrleans.Cluster;
using Microsoft.Extensions.Options;
using Orleans;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations on appointments and schedules (R4, operations.html).</summary>
internal sealed class BookingInteractions(IGrainFactory grains, ClusterRetry retry, IOptions<FhirOptions> options)
{
    /// <summary>Runs an operation.</summary>
    /// <param name="call">The call.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="id">The appointment or schedule; null where it is called on the type.</param>
    public async ValueTask<FhirResult> RunAsync(FhirCall call, BookingOperation operation, string? id)
    {
        var (input, bytes, refusal) = await OperationInput.ReadAsync(call, operation, id, options.Value.MaxBodyBytes);
        if (refusal is not null)
        {
            return refusal;
        }

        var booking = grains.GetGrain<IBookingGrain>(call.Tenant.Value);
        if (operation.Pattern is { } pattern)
        {
            var slots = pattern(input!);
            return input!.Issues.Count > 0 ? FhirResult.Refused(400, input.Issues)
                : OperationOutcomes.Of(await retry.RunAsync(() => booking.GenerateAsync(id!, slots, call.Caller, bytes), call.Cancel), hadCondition: false);
        }

        // A new appointment has the command's id, so that sent again it is found again.
        var step = operation.Step!(input!);
        return input!.Issues.Count > 0 ? FhirResult.Refused(400, input.Issues)
            : OperationOutcomes.Of(await retry.RunAsync(() => booking.StepAsync(id ?? step.CommandId.ToString("D"), step, call.Caller, bytes), call.Cancel), hadCondition: false);
    }
}
