using System.Text.Json.Nodes;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Grains.Schedules;

/// <summary>
/// What can be done with a slot, as pure functions over its JSON. An extension that only the steps of appointments write says which appointment a slot is taken by: so a slot
/// has one at most, whatever its <c>status</c> says.
/// </summary>
internal static class SlotRules
{
    /// <summary>The extension that names a slot's appointment.</summary>
    public const string Booking = "urn:medorleans:slot-booking";

    /// <summary>The id of the appointment that has taken the slot; null where none has.</summary>
    public static string? TakenBy(JsonObject slot) => BedJson.IdOf(BedJson.Find(slot, Booking)?["valueReference"], "Appointment");

    /// <summary>Whether it names more than one appointment.</summary>
    public static bool IsTakenTwice(JsonObject slot) => (slot["extension"] as JsonArray)?.OfType<JsonObject>().Count(extension => BedJson.Text(extension["url"]) == Booking) > 1;

    /// <summary>When the slot begins; null where it does not say.</summary>
    public static DateTimeOffset? Start(JsonObject slot) => BedJson.Time(slot["start"]);

    /// <summary>When the slot ends; null where it does not say.</summary>
    public static DateTimeOffset? End(JsonObject slot) => BedJson.Time(slot["end"]);

    /// <summary>Takes the slot for an appointment, or says why not.</summary>
    public static Issue? Take(JsonObject slot, string id, string appointment)
    {
        if (TakenBy(slot) is { } taker)
        {
            return taker == appointment ? null : new Issue("conflict", $"Slot/{id} is taken by another appointment.", "slot");
        }

        if (BedJson.Text(slot["status"]) is var status && status != "free")
        {
            return new Issue("business-rule", $"Slot/{id} is {status}: only a free slot can be booked.", "slot");
        }

        slot["status"] = "busy";
        if (slot["extension"] is not JsonArray extensions)
        {
            slot["extension"] = extensions = [];
        }

        extensions.Add(new JsonObject { ["url"] = Booking, ["valueReference"] = new JsonObject { ["reference"] = $"Appointment/{appointment}" } });
        return null;
    }

    /// <summary>Gives the slot back; false where the appointment has not taken it.</summary>
    public static bool Free(JsonObject slot, string appointment)
    {
        if (TakenBy(slot) != appointment)
        {
            return false;
        }

        slot["status"] = "free";
        var extensions = (JsonArray)slot["extension"]!;
        extensions.Remove(BedJson.Find(slot, Booking));
        if (extensions.Count == 0)
        {
            slot.Remove("extension");
        }

        return true;
    }

    /// <summary>Why slots do not make one time together: each begins where another ends, or before; null where they do.</summary>
    /// <param name="slots">The slots.</param>
    /// <param name="now">The time now: what is over cannot be booked.</param>
    /// <param name="start">When they begin.</param>
    /// <param name="end">When they end.</param>
    public static Issue? Join(IEnumerable<JsonObject> slots, DateTimeOffset now, out DateTimeOffset start, out DateTimeOffset end)
    {
        (start, end) = (default, default);
        var isFirst = true;
        foreach (var (from, to) in slots.Select(slot => (Start(slot), End(slot))).OrderBy(time => time.Item1))
        {
            if (from is null || to is null || to <= from)
            {
                return new Issue("business-rule", "A slot without a beginning and an end after it cannot be booked.", "slot");
            }

            if (!isFirst && from > end)
            {
                return new Issue("business-rule", "The slots do not follow one another: there is a gap between them.", "slot");
            }

            start = isFirst ? from.Value : start;
            end = isFirst || to > end ? to.Value : end;
            isFirst = false;
        }

        return end <= now ? new Issue("business-rule", "The slots are over already.", "slot") : null;
    }

    /// <summary>Why a plain write of a slot is refused; null where it may be.</summary>
    /// <param name="id">The slot's id.</param>
    /// <param name="before">What is stored; null where nothing is.</param>
    /// <param name="after">What is to be; null for a deletion.</param>
    public static Issue? RefusePlain(string id, JsonObject? before, JsonObject? after)
    {
        var taker = before is null ? null : TakenBy(before);
        if (taker is null)
        {
            // Content that is new may come from another record, with its appointment.
            return before is not null && after is not null && BedJson.Find(after, Booking) is not null
                ? new Issue("business-rule", $"Only $book and $reschedule take Slot/{id} for an appointment.", "Slot.extension")
                : null;
        }

        if (after is null || TakenBy(after) != taker || BedJson.Text(after["status"]) != BedJson.Text(before!["status"])
            || Start(after) != Start(before) || End(after) != End(before) || BedJson.Text(after["schedule"]?["reference"]) != BedJson.Text(before["schedule"]?["reference"]))
        {
            return new Issue("business-rule", $"Slot/{id} is taken by Appointment/{taker}: $cancel, $reschedule or $no-show gives it back.", "Slot.status");
        }

        return null;
    }
}
