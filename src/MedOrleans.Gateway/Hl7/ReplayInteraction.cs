using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Fhir.Operations;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Gateway.Hl7.Outbound;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Hl7;

/// <summary>Task/$replay.</summary>
internal sealed class ReplayInteraction(Hl7Intake intake, Hl7Feeds feeds, MessageWriter writer, Hl7Options hl7, ClusterCalls cluster, TimeProvider time, IOptions<FhirOptions> options)
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
        var current = await cluster.ReadAsync(key, call.Cancel);
        if (UndeliveredTask.Read(current) is { } undelivered)
        {
            return corrected is null ? await SendAgainAsync(call, key, undelivered)
                : FhirResult.Refused(400, "not-supported", "A message to a subscriber says what the record says: correct that, and it is told of the change.", "message");
        }

        if (MessageTask.Read(current) is not { } stored)
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

    /// <summary>Sends a message again that a subscriber would not take.</summary>
    private async ValueTask<FhirResult> SendAgainAsync(FhirCall call, ResourceKey key, UndeliveredTask undelivered)
    {
        if (undelivered.IsDone)
        {
            return FhirResult.Refused(422, "business-rule", "The message has been taken.", "Task.status");
        }

        if (await feeds.SendAgainAsync(call.Tenant, undelivered, call.Cancel) is not { } delivery)
        {
            return FhirResult.Refused(422, "not-supported", "The subscriber is not configured any more.", "Task.owner");
        }

        if (delivery.Code is null)
        {
            return FhirResult.Refused(503, "transient", "The subscriber does not answer.") with { RetryAfter = 30 };
        }

        var message = Hl7Message.Parse(undelivered.Text);
        var task = UndeliveredTask.Make(undelivered.Id, undelivered.Subscriber, (message.Event, message.ControlId, undelivered.Patient), undelivered.Text, delivery.Answer, delivery.Reason, time.GetUtcNow());
        var kept = await writer.KeepAsync(call.Tenant, null, task, undelivered.Version, call.Caller, call.BytesRead, call.Cancel);
        return kept switch
        {
            null => new FhirResult(200) { Stored = await cluster.ReadAsync(key, call.Cancel), IsWrite = true },
            { Again: true } => FhirResult.Refused(409, "conflict", "Somebody else replays the message."),
            _ => FhirResult.Refused(403, "forbidden", "The hospital takes no writes: it is suspended or closed."),
        };
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
