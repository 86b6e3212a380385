using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Wards;
using Orleans;

namespace MedOrleans.Gateway.Hl7;

/// <summary>What came of keeping a message.</summary>
/// <param name="Fault">Why it was refused; null where it has to be looked at again.</param>
/// <param name="IsTenant">Whether the hospital takes no writes at all.</param>
/// <param name="IsTaken">Whether the message's step has been taken already.</param>
internal sealed record NotKept(Hl7Fault? Fault, bool IsTenant = false, bool IsTaken = false)
{
    /// <summary>Whether another write was faster.</summary>
    public bool Again => Fault is null;
}

/// <summary>Carries out what a message comes to.</summary>
internal sealed class MessageWriter(ClusterCalls cluster, ClusterRetry retry, IGrainFactory grains, ResourceReader reader)
{
    /// <summary>Whether a message is one commit: a step of an encounter's, what it builds on, what comes of it, and the message itself.</summary>
    public static bool IsOne(Hl7Plan plan) => plan.Steps is [EncounterAction { EncounterId: var encounter }]
        && plan.Before.Concat(plan.After).All(write => write.Type != "Location" && (write.Type, write.Id) != ("Encounter", encounter) && (write.Version is null || string.CompareOrdinal(write.Type, "Location") > 0));

    /// <summary>Commits a message as one.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="plan">What it comes to.</param>
    /// <param name="task">Its Task.</param>
    /// <param name="version">The version of the Task that is there; null for none.</param>
    /// <param name="isNew">Whether it is known that the message has not been taken: only then a bed is made ready for it.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytes">The message's bytes.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Why it is refused, or that another write was faster or its step has been taken already; null where all of it is done.</returns>
    public async Task<NotKept?> WholeAsync(TenantId tenant, Hl7Plan plan, JsonObject task, long? version, bool isNew, Caller caller, int bytes, CancellationToken cancel)
    {
        var action = (EncounterAction)plan.Steps[0];
        IReadOnlyList<TransactionItem> along;
        try
        {
            along = [.. plan.Before.Concat(plan.After).Select(Item), TaskOf(task, version)];
        }
        catch (Hl7Exception refused)
        {
            return new NotKept(refused.Fault);
        }

        var reply = await AskAsync();
        if (reply.Status == WriteStatus.RuleViolated && action.BedId is { } bed)
        {
            if (!isNew)
            {
                return new NotKept(null);
            }

            if (await TidyAsync(tenant, bed, caller, cancel))
            {
                reply = await AskAsync();
            }
        }

        return reply.IsCommitted ? null
            : reply.Status is WriteStatus.VersionConflict or WriteStatus.Unchanged ? new NotKept(null, IsTaken: reply.Status == WriteStatus.Unchanged)
            : new NotKept(FaultOf(reply, $"{action.Name}: "), reply.Status is WriteStatus.TenantUnavailable or WriteStatus.StorageExhausted);

        Task<WriteReply> AskAsync() => retry.RunAsync(() => grains.GetGrain<IAdtGrain>(tenant.Value).StepAlongAsync(action.EncounterId, action.Step, along, caller, bytes), cancel);
    }

    /// <summary>Writes what the steps build on, and takes the steps. Without steps nothing is done: it is all one commit with the message.</summary>
    /// <returns>Why the message is refused, or that another write was faster; null where all of it is done.</returns>
    /// <exception cref="Hl7Exception">The content is refused.</exception>
    public async Task<NotKept?> StepsAsync(TenantId tenant, Hl7Plan plan, Caller caller, CancellationToken cancel)
    {
        if (plan.Steps.Count == 0)
        {
            return null;
        }

        if (plan.Before.Count > 0 && await CommitAsync(tenant, [.. plan.Before.Select(Item)], caller, 0, cancel) is { } refused)
        {
            return refused;
        }

        foreach (var step in plan.Steps)
        {
            if (await TakeAsync(tenant, step, caller, cancel) is { } fault)
            {
                return new NotKept(fault);
            }
        }

        return null;
    }

    /// <summary>Commits the message's Task, with all that is left of what it comes to.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="plan">What the message comes to; null for nothing.</param>
    /// <param name="task">The Task.</param>
    /// <param name="version">The version of the Task that is there; null for none.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytes">The message's bytes.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<NotKept?> KeepAsync(TenantId tenant, Hl7Plan? plan, JsonObject task, long? version, Caller caller, int bytes, CancellationToken cancel)
    {
        IEnumerable<PlannedWrite> writes = plan is null ? [] : plan.Steps.Count == 0 ? [.. plan.Before, .. plan.After] : plan.After;
        IReadOnlyList<TransactionItem> items;
        try
        {
            items = [.. writes.Select(Item), TaskOf(task, version)];
        }
        catch (Hl7Exception refused)
        {
            return new NotKept(refused.Fault);
        }

        return await CommitAsync(tenant, items, caller, bytes, cancel);
    }

    private async Task<NotKept?> CommitAsync(TenantId tenant, IReadOnlyList<TransactionItem> items, Caller caller, int bytes, CancellationToken cancel)
    {
        var reply = await cluster.TransactAsync(tenant, new TransactionCommand { Items = items, Caller = caller, CommandId = Guid.CreateVersion7(), BytesIn = bytes }, cancel);
        if (reply.Committed)
        {
            return null;
        }

        var (reason, item) = reply.Items.Zip(items).FirstOrDefault(pair => !pair.First.IsCommitted && pair.First.Status is not (WriteStatus.Unchanged or WriteStatus.VersionConflict));
        return reason is null ? new NotKept(null)
            : new NotKept(FaultOf(reason, $"{item.Type}: "), reason.Status is WriteStatus.TenantUnavailable or WriteStatus.StorageExhausted);
    }

    /// <summary>What is planned, ready to be stored.</summary>
    /// <exception cref="Hl7Exception">It is no valid resource.</exception>
    public static PreparedResource Read(ResourceReader reader, PlannedWrite write)
    {
        var read = reader.Read(Encoding.UTF8.GetBytes(write.Json.ToJsonString()), new ReadOptions { Type = write.Type, Id = write.Id });
        return read.Resource ?? throw new Hl7Exception(
            Hl7Condition.DataTypeError,
            $"What it says cannot be kept as a {write.Type}: {string.Join(' ', read.Issues.Where(issue => issue.Severity is "error" or "fatal").Select(issue => $"{issue.Expression}: {issue.Details}").Distinct().Take(3))}");
    }

    private TransactionItem Item(PlannedWrite write) =>
        new(write.Version is null ? WriteKind.Create : WriteKind.Update, write.Type, write.Id, Read(reader, write), write.Version);

    private TransactionItem TaskOf(JsonObject task, long? version) => Item(new PlannedWrite("Task", task["id"]!.ToString(), task, version));

    private async Task<Hl7Fault?> TakeAsync(TenantId tenant, PlannedStep step, Caller caller, CancellationToken cancel)
    {
        var reply = await AskAsync(tenant, step, caller, cancel);
        if (reply.Status == WriteStatus.RuleViolated && step is EncounterAction { BedId: { } bed } && await TidyAsync(tenant, bed, caller, cancel))
        {
            reply = await AskAsync(tenant, step, caller, cancel);
        }

        return reply.IsCommitted || reply.Status == WriteStatus.Unchanged ? null : FaultOf(reply, $"{step.Name}: ");
    }

    private Task<WriteReply> AskAsync(TenantId tenant, PlannedStep step, Caller caller, CancellationToken cancel) => retry.RunAsync(
        () => step switch
        {
            EncounterAction encounter => grains.GetGrain<IAdtGrain>(tenant.Value).StepAsync(encounter.EncounterId, encounter.Step, caller, 0),
            OrderAction order => grains.GetGrain<IOrderingGrain>(tenant.Value).StepAsync(order.OrderId, order.Step, caller, 0),
            MergeAction merge => grains.GetGrain<IMergingGrain>(tenant.Value).StepAsync(merge.PatientId, merge.Step, caller, 0),
            AppointmentAction appointment => grains.GetGrain<IBookingGrain>(tenant.Value).StepAsync(appointment.AppointmentId, appointment.Step, caller, 0),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        },
        cancel);

    /// <summary>A bed that waits for housekeeping is clean where its hospital's own system lays somebody in it.</summary>
    private async Task<bool> TidyAsync(TenantId tenant, string bed, Caller caller, CancellationToken cancel)
    {
        if (await cluster.ReadAsync(new ResourceKey(tenant, "Location", bed), cancel) is not { Deleted: false } stored || BedJson.State(JsonNode.Parse(stored.Body)!.AsObject()) != "H")
        {
            return false;
        }

        var release = new ReleaseBed();
        return (await retry.RunAsync(() => grains.GetGrain<IAdtGrain>(tenant.Value).BedAsync(bed, release, caller, 0), cancel)).IsCommitted;
    }

    private static Hl7Fault FaultOf(WriteReply reply, string what) => new(
        reply.Status switch
        {
            WriteStatus.NotFound => Hl7Condition.UnknownKeyIdentifier,
            WriteStatus.VersionConflict or WriteStatus.TenantUnavailable or WriteStatus.StorageExhausted => Hl7Condition.ApplicationRecordLocked,
            WriteStatus.Invalid => Hl7Condition.DataTypeError,
            WriteStatus.MultipleMatches => Hl7Condition.DuplicateKeyIdentifier,
            _ => Hl7Condition.ApplicationInternalError,
        },
        reply.Issues.Count > 0 ? what + string.Join(' ', reply.Issues.Select(issue => issue.Details))
            : reply.Status == WriteStatus.TenantUnavailable ? "The hospital takes no writes: it is suspended or closed."
            : reply.Status == WriteStatus.StorageExhausted ? "The hospital has stored as much as its plan gives."
            : $"{what}{reply.Status}.");
}
