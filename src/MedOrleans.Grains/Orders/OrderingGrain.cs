using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Wards;
using MedOrleans.Orders;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Orders;

/// <summary>Takes steps of orders. Stateless, and reentrant for the reason that <see cref="IntakeGrain"/> is.</summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class OrderingGrain(RecordWriter writer, ResourceReader reader, SearchQueryParser parser) : StepGrain(writer, reader), IOrderingGrain
{
    private const string Order = "ServiceRequest";
    private const string Report = "DiagnosticReport";
    private const string Observation = "Observation";

    public Task<WriteReply> StepAsync(string orderId, OrderStep step, Caller caller, int bytesIn) => AgainAsync(held => step switch
    {
        RecordResult result => TryResultAsync(held, orderId, result, caller, bytesIn),
        RevokeOrder revoke => TryRevokeAsync(held, orderId, revoke, caller, bytesIn),
        _ => TryStepAsync(held, orderId, step, caller, bytesIn),
    });

    private async Task<WriteReply?> TryStepAsync(HeldResources held, string id, OrderStep step, Caller caller, int bytesIn)
    {
        await held.HoldAsync(Order, id);
        var current = held.Version(Order, id);
        if (await DoneBeforeAsync(held, Order, id, step.CommandId) is { } done)
        {
            return done;
        }

        var stored = held.Json(Order, id);
        var (order, unread) = stored is not null ? (stored, null) : step is PlaceOrder { Proposed: { } proposed } ? Parse(proposed, Order) : (step is PlaceOrder ? [] : null, null);
        if (unread is not null)
        {
            return new WriteReply { Status = WriteStatus.Invalid, Issues = [unread] };
        }

        if (order is null)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such order.");
        }

        if (OrderRules.RefuseStep(stored, step) is { } forbidden)
        {
            return Refused(current, forbidden);
        }

        switch (step)
        {
            case PlaceOrder place:
                if (stored is null)
                {
                    order["resourceType"] = Order;
                    order["id"] = id;
                    order.Remove("meta");
                }

                if (await RefusePlaceAsync(held, order, stored, place) is { } refused)
                {
                    return Refused(current, refused);
                }

                break;
            case AccessionOrder accession:
                OrderRules.Accede(order, accession.Number ?? await NumberAsync(step.CommandId), accession.Number is null ? OrderRules.Accessions : accession.System);
                break;
            case HoldOrder hold:
                OrderRules.Move(order, "on-hold", hold.Reason);
                break;
            default:
                OrderRules.Move(order, "active", null);
                break;
        }

        return await CommitAsync(held, [new(Order, id, order)], step.CommandId, caller, bytesIn);
    }

    private async Task<WriteReply?> TryResultAsync(HeldResources held, string id, RecordResult step, Caller caller, int bytesIn)
    {
        var (given, unread) = step.Report is null ? (null, null) : Parse(step.Report, Report);
        var observations = new List<(string Id, JsonObject Json)>();
        foreach (var body in step.Observations)
        {
            var (observation, wrong) = Parse(body, Observation);
            unread ??= wrong;
            if (observation is not null)
            {
                observations.Add((BedJson.Text(observation["id"]) ?? string.Create(CultureInfo.InvariantCulture, $"{step.CommandId:N}-{observations.Count + 1}"), observation));
            }
        }

        var reportId = step.ReportId ?? BedJson.Text(given?["id"]) ?? id;
        if (unread is null && (!ResourceKey.IsId(reportId) || observations.Exists(observation => !ResourceKey.IsId(observation.Id)) || observations.DistinctBy(observation => observation.Id).Count() < observations.Count))
        {
            unread = new Issue("value", "The ids of a report and its observations are FHIR ids, each of its own.", "report");
        }

        if (unread is not null)
        {
            return new WriteReply { Status = WriteStatus.Invalid, Issues = [unread] };
        }

        // By type and id, as all who hold several: the report, its observations, the order.
        await held.HoldAsync(Report, reportId);
        if (await DoneBeforeAsync(held, Report, reportId, step.CommandId) is { } done)
        {
            return done;
        }

        var stored = held.Json(Report, reportId);
        IReadOnlyList<string> all = [.. ResultRules.Observations(stored), .. observations.Select(observation => observation.Id).Except(ResultRules.Observations(stored), StringComparer.Ordinal)];
        if (all.Count > ResultRules.MostObservations)
        {
            return Refused(null, new Issue("too-long", $"A report has {ResultRules.MostObservations} observations at the most.", "observation"));
        }

        foreach (var observation in all.Order(StringComparer.Ordinal))
        {
            await held.HoldAsync(Observation, observation);
        }

        await held.HoldAsync(Order, id);
        var current = held.Version(Order, id);
        if (held.Json(Order, id) is not { } order)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such order.");
        }

        var status = step.Status ?? ResultRules.Status(given);
        if (OrderRules.RefuseStep(order, step) is { } forbidden)
        {
            return Refused(current, forbidden);
        }

        if (stored is not null && ResultRules.OrderOf(stored) != id)
        {
            return Refused(current, new Issue("business-rule", $"DiagnosticReport/{reportId} is not a report of this order.", "report"));
        }

        if (ResultRules.RefuseReport(OrderRules.Status(order), reportId, ResultRules.Status(stored), status) is { } impossible)
        {
            return Refused(current, impossible);
        }

        var changed = new List<ChangedResource>();
        foreach (var (observation, json) in observations)
        {
            if (ResultRules.Observation(order, id, observation, json, held.Json(Observation, observation), status) is { } wrong)
            {
                return Refused(current, wrong);
            }

            changed.Add(new(Observation, observation, json));
        }

        TakeAlong(held, all.Except(observations.Select(observation => observation.Id), StringComparer.Ordinal), status, changed);
        var (report, refused) = ResultRules.Report(order, id, reportId, given, stored, status, all, Now);
        if (refused is not null)
        {
            return Refused(current, refused);
        }

        OrderRules.Reported(order, reportId, status);
        if (!JsonNode.DeepEquals(order, EncounterJson.Parse(current!.Body)))
        {
            changed.Add(new(Order, id, order));
        }

        return await CommitAsync(held, [new(Report, reportId, report!), .. changed], step.CommandId, caller, bytesIn);
    }

    private async Task<WriteReply?> TryRevokeAsync(HeldResources held, string id, RevokeOrder step, Caller caller, int bytesIn)
    {
        // Which reports there are is known before the order is held, as they are held before it; it is looked at again after.
        var seen = await GrainFactory.GetOwner(new ResourceKey(Tenant, Order, id)).ReadCurrentAsync() is { Deleted: false } now ? OrderRules.Reports(EncounterJson.Parse(now.Body)) : [];
        foreach (var (report, _) in seen.OrderBy(report => report.Id, StringComparer.Ordinal))
        {
            await held.HoldAsync(Report, report);
        }

        var observations = seen.SelectMany(report => ResultRules.Observations(held.Json(Report, report.Id))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var observation in observations)
        {
            await held.HoldAsync(Observation, observation);
        }

        await held.HoldAsync(Order, id);
        var current = held.Version(Order, id);
        if (await DoneBeforeAsync(held, Order, id, step.CommandId) is { } done)
        {
            return done;
        }

        if (held.Json(Order, id) is not { } order)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such order.");
        }

        if (OrderRules.RefuseStep(order, step) is { } forbidden)
        {
            return Refused(current, forbidden);
        }

        if (!seen.SequenceEqual(OrderRules.Reports(order)))
        {
            return null;
        }

        var changed = new List<ChangedResource>();
        foreach (var (report, status) in seen.Where(report => report.Status is not ("cancelled" or "entered-in-error")))
        {
            var json = held.Json(Report, report);
            if (json is not null)
            {
                json["status"] = "cancelled";
                changed.Add(new(Report, report, json));
            }

            OrderRules.Reported(order, report, "cancelled");
        }

        TakeAlong(held, observations, "cancelled", changed);
        OrderRules.Move(order, "revoked", step.Reason);
        return await CommitAsync(held, [new(Order, id, order), .. changed], step.CommandId, caller, bytesIn);
    }

    private static void TakeAlong(HeldResources held, IEnumerable<string> observations, string report, List<ChangedResource> changed)
    {
        foreach (var observation in observations)
        {
            if (held.Json(Observation, observation) is { } json && ResultRules.TakeAlong(json, report))
            {
                changed.Add(new(Observation, observation, json));
            }
        }
    }

    private async Task<Issue?> RefusePlaceAsync(HeldResources held, JsonObject order, JsonObject? stored, PlaceOrder place)
    {
        if (stored is not null && place.Proposed is not null)
        {
            return new Issue("business-rule", "The order is there already: it is placed as it is.", "order");
        }

        if (stored is null && OrderRules.Status(order) is { Length: > 0 } status and not ("draft" or "active"))
        {
            return new Issue("business-rule", $"An order that is {status} cannot be placed: it has to be draft.", "ServiceRequest.status");
        }

        if (stored is null && OrderRules.Reports(order).Count > 0)
        {
            return new Issue("business-rule", "Only $result and $revoke say what reports an order has.", "ServiceRequest.extension");
        }

        if (place.Priority is not (null or "routine" or "urgent" or "asap" or "stat"))
        {
            return new Issue("value", "A priority is routine, urgent, asap or stat.", "priority");
        }

        if (place.PatientId is { } patient)
        {
            if (order["subject"] is { } subject && BedJson.IdOf(subject, "Patient") != patient)
            {
                return new Issue("business-rule", "The order is another patient's.", "patient");
            }

            if (!await held.ExistsAsync("Patient", patient))
            {
                return new Issue("not-found", "There is no such patient.", "patient");
            }
        }

        if (place.EncounterId is { } encounter && !await held.ExistsAsync("Encounter", encounter))
        {
            return new Issue("not-found", "There is no such encounter.", "encounter");
        }

        return OrderRules.Place(order, place, Now);
    }

    /// <summary>A number that no order of the hospital has.</summary>
    private async Task<string> NumberAsync(Guid command)
    {
        var store = await Writer.StoreAsync(Tenant);
        for (var attempt = 0; ; attempt++)
        {
            var number = OrderRules.Number(command, attempt, Now);
            var query = parser.Parse(Tenant, Order, [KeyValuePair.Create("identifier", $"{OrderRules.Accessions}|{number}")]).Query!;
            if (await RecordWriter.GuardAsync(() => new ValueTask<long>(store.CountAsync(query, CancellationToken.None))) == 0)
            {
                return number;
            }
        }
    }

    private static (JsonObject? Resource, Issue? Unread) Parse(byte[] json, string type)
    {
        try
        {
            var resource = EncounterJson.Parse(json);
            return BedJson.Text(resource["resourceType"]) == type ? (resource, null) : (null, new Issue("structure", $"The resource given is no {type}.", type));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return (null, new Issue("structure", $"The {type} given is no JSON object.", type));
        }
    }
}
