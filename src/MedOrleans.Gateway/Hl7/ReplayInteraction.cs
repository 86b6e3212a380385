using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Fhir.Operations;
using MedOrleans.Gateway.Hl7.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Hl7;

/// <summary>Task/$replay.</summary>
internal sealed class ReplayInteraction(Hl7Intake intake, Hl7Options hl7, ClusterCalls cluster, IOptions<FhirOptions> options)
{
    /// <summary>Takes a message again.</summary>
    public async ValueTask<FhirResult> RunAsync(FhirCall call)
    {
        var id = call.Route("id");
        var (input, _, refusal) = await OperationInput.ReadAsync(call, ReplayOperation.Instance, id, options.Value.MaxBodyBytes);
        if (refusal is not null)
        {
            return refusal;
        }

        var corrected = input!.Text("message");
        if (input.Issues.Count > 0)
        {
            return FhirResult.Refused(400, input.Issues);
        }

        var key = new ResourceKey(call.Tenant, "Task", id);
        if (MessageTask.Read(await cluster.ReadAsync(key, call.Cancel)) is not { } stored)
        {
            return FhirResult.Refused(404, "not-found", "There is no such message.");
        }

        if (stored.IsDone)
        {
            return FhirResult.Refused(422, "business-rule", "The message has been taken; a correction of what it became is a message of its own.", "Task.status");
        }

        var text = corrected ?? stored.Text;
        var answer = await intake.ReplayAsync(stored, text, SenderOf(call.Tenant, text), call.Caller, call.Cancel);
        return answer.TaskId is null && answer.Faults is [{ } fault]
            ? FhirResult.Refused(422, "structure", fault.ToString(), "message")
            : new FhirResult(200) { Stored = await cluster.ReadAsync(key, call.Cancel), IsWrite = true };
    }

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var operation = ReplayOperation.Instance;
        fhir.MapPost($"/{operation.Type}/{{id}}/${operation.Name}", pipeline.Handle(services.GetRequiredService<ReplayInteraction>().RunAsync))
            .WithMetadata(new OperationMetadata(operation.Name, operation.Url, operation.Type));
    }

    // The time zone and the authorities are the sender's, where this gateway knows it.
    private Hl7Sender SenderOf(TenantId tenant, string text)
    {
        var senders = hl7.Listeners.SelectMany(listener => listener.Senders).Where(sender => sender.Tenant == tenant.Value).Select(sender => new Hl7Sender(sender)).ToList();
        try
        {
            var message = Hl7Message.Parse(text);
            return senders.FirstOrDefault(sender => sender.Fits(message)) ?? Unknown();
        }
        catch (Hl7Exception)
        {
            return senders.FirstOrDefault() ?? Unknown();
        }

        Hl7Sender Unknown() => new(new Hl7SenderOptions { Name = "replay", Tenant = tenant.Value });
    }
}
