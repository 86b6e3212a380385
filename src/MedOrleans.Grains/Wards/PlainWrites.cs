using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Orders;
using MedOrleans.Grains.Patients;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Schedules;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Grains.Wards;

/// <summary>
/// Holds creates, updates and deletions, from wherever they come, to the rules of encounters, beds, appointments, slots, orders, results and merges: what their verbs keep true no other write may break.
/// A restore is let through, as it takes the record back to a moment at which they held.
/// </summary>
internal static class PlainWrites
{
    private static readonly byte[] s_merge = Encoding.UTF8.GetBytes(MergeRules.Merge);
    private static readonly byte[] s_result = Encoding.UTF8.GetBytes(ResultRules.Order);

    /// <summary>Why the write is refused; null where it may go on.</summary>
    /// <param name="writer">Reads the Locations that are named.</param>
    /// <param name="key">What is written.</param>
    /// <param name="current">The current version; null where there is none.</param>
    /// <param name="kind">What the write does.</param>
    /// <param name="resource">What it stores; null for a deletion.</param>
    /// <param name="together">The items of its transaction.</param>
    public static ValueTask<WriteReply?> RefuseAsync(
        RecordWriter writer, ResourceKey key, StoredVersion? current, WriteKind kind, PreparedResource? resource, IReadOnlyList<TransactionItem>? together = null)
    {
        var before = current is { Deleted: false } ? current : null;
        var after = kind == WriteKind.Delete ? null : resource;
        return key.Type switch
        {
            // Nearly all encounters begin without a place, and need not be looked at.
            "Encounter" when before is null && !(after?.Body.AsSpan().IndexOf("\"location\""u8) >= 0) => default,
            "Encounter" => RefuseEncounterAsync(writer, key, before, after, together),
            "Location" => RefuseLocationAsync(writer, key, before, after, together),
            "Appointment" => RefuseAppointmentAsync(writer, key, before, after, together),
            "Slot" => RefuseSlotAsync(writer, key, before, after, together),
            "Patient" when before is not null && before.Body.AsSpan().IndexOf(s_merge) >= 0 => new(Refused(before, MergeRules.RefusePlain(key.Id, Json(before), Json(after)))),
            "ServiceRequest" when before is not null => new(Refused(before, OrderRules.RefusePlain(Json(before), Json(after)))),
            "DiagnosticReport" or "Observation" when IsResult(before) || (before is not null && after?.Body.AsSpan().IndexOf(s_result) >= 0) =>
                new(Refused(before, ResultRules.RefusePlain($"{key.Type}/{key.Id}", Json(before), Json(after)))),
            _ => default,
        };
    }

    private static async ValueTask<WriteReply?> RefuseEncounterAsync(
        RecordWriter writer, ResourceKey key, StoredVersion? before, PreparedResource? after, IReadOnlyList<TransactionItem>? together)
    {
        if (EncounterRules.RefusePlain(Json(before), Json(after), out var entered) is { } issue)
        {
            return Refused(before, issue);
        }

        foreach (var id in entered)
        {
            // A bed that is occupied by this very encounter came before it, as in an import.
            if (await ReadAsync(writer, new ResourceKey(key.Tenant, "Location", id), together) is { } place && BedJson.IsBed(place) && !BedRules.IsIn(place, key.Id))
            {
                return Refused(before, new Issue("business-rule", $"Location/{id} is a bed: an encounter comes to it by $admit or $transfer.", "Encounter.location"));
            }
        }

        return null;
    }

    private static async ValueTask<WriteReply?> RefuseLocationAsync(
        RecordWriter writer, ResourceKey key, StoredVersion? before, PreparedResource? after, IReadOnlyList<TransactionItem>? together)
    {
        if (before is null && !(after?.Body.AsSpan().IndexOf("operationalStatus"u8) >= 0 || after?.Body.AsSpan().IndexOf("\"extension\""u8) >= 0))
        {
            return null;
        }

        var bed = Json(after);
        if (BedRules.RefusePlain(key.Id, Json(before), bed) is { } issue)
        {
            return Refused(before, issue);
        }

        if (before is null && bed is not null && BedJson.Find(bed, BedJson.Occupancy) is { } occupancy)
        {
            // An occupied bed that is new comes from another record: its encounter lies in it, or comes after it.
            var encounter = BedJson.PartId(occupancy, "encounter", "Encounter");
            if (encounter is null || (await ReadAsync(writer, new ResourceKey(key.Tenant, "Encounter", encounter), together) is { } who && !EncounterJson.Places(who).Contains(key.Id)))
            {
                return Refused(before, new Issue("business-rule", $"The encounter that Location/{key.Id} names as its occupant does not lie in it.", "Location.extension"));
            }
        }

        return null;
    }

    private static async ValueTask<WriteReply?> RefuseAppointmentAsync(
        RecordWriter writer, ResourceKey key, StoredVersion? before, PreparedResource? after, IReadOnlyList<TransactionItem>? together)
    {
        if (AppointmentRules.RefusePlain(Json(before), Json(after), out var entered) is { } issue)
        {
            return Refused(before, issue);
        }

        foreach (var id in entered)
        {
            // A slot that is taken by this very appointment came before it, as in an import.
            if (await ReadAsync(writer, new ResourceKey(key.Tenant, "Slot", id), together) is not { } slot || SlotRules.TakenBy(slot) != key.Id)
            {
                return Refused(before, new Issue("business-rule", $"An appointment comes to Slot/{id} by $book or $reschedule.", "Appointment.slot"));
            }
        }

        return null;
    }

    private static async ValueTask<WriteReply?> RefuseSlotAsync(
        RecordWriter writer, ResourceKey key, StoredVersion? before, PreparedResource? after, IReadOnlyList<TransactionItem>? together)
    {
        var slot = Json(after);
        if (SlotRules.RefusePlain(key.Id, Json(before), slot) is { } issue)
        {
            return Refused(before, issue);
        }

        if (before is null && slot is not null && BedJson.Find(slot, SlotRules.Booking) is not null)
        {
            // A slot that is new and taken comes from another record: its appointment has it, or comes after it.
            var appointment = SlotRules.TakenBy(slot);
            if (appointment is null || SlotRules.IsTakenTwice(slot)
                || (await ReadAsync(writer, new ResourceKey(key.Tenant, "Appointment", appointment), together) is { } who && !AppointmentRules.Held(who).Contains(key.Id)))
            {
                return Refused(before, new Issue("business-rule", $"The appointment that Slot/{key.Id} says it is taken by does not have it.", "Slot.extension"));
            }
        }

        return null;
    }

    private static async ValueTask<JsonObject?> ReadAsync(RecordWriter writer, ResourceKey key, IReadOnlyList<TransactionItem>? together)
    {
        if (together?.FirstOrDefault(item => item.Type == key.Type && item.Id == key.Id) is { } item)
        {
            return Json(item.Resource);
        }

        return Json(await writer.ReadAsync(key) is { Deleted: false } stored ? stored : null);
    }

    private static JsonObject? Json(StoredVersion? stored) => stored is null ? null : EncounterJson.Parse(stored.Body);

    private static JsonObject? Json(PreparedResource? resource) => resource is null ? null : EncounterJson.Parse(resource.Body);

    // Most reports and observations are no order's, and need not be parsed for that to be seen.
    private static bool IsResult(StoredVersion? stored) => stored?.Body.AsSpan().IndexOf(s_result) >= 0;

    [return: NotNullIfNotNull(nameof(issue))]
    private static WriteReply? Refused(StoredVersion? current, Issue? issue) => issue is null ? null : new() { Status = WriteStatus.RuleViolated, Stored = current, Issues = [issue] };
}
