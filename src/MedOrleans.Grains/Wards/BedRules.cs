using System.Text.Json.Nodes;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Wards;

namespace MedOrleans.Grains.Wards;

/// <summary>What can be done with a bed, as pure functions over its Location. Each changes the object that it is given, or says why not and changes nothing.</summary>
internal static class BedRules
{
    /// <summary>Lays a patient in the bed.</summary>
    /// <param name="bed">The bed.</param>
    /// <param name="id">Its id.</param>
    /// <param name="who">Who, and since when.</param>
    /// <param name="now">The time now, by which reservations end.</param>
    /// <param name="uncleaned">Whether a bed that waits for housekeeping will do: the patient's own, to which a cancelled step takes them back.</param>
    public static Issue? Occupy(JsonObject bed, string id, Occupant who, DateTimeOffset now, bool uncleaned = false)
    {
        if (BedJson.Find(bed, BedJson.Occupancy) is not null)
        {
            return new Issue("conflict", $"Location/{id} is occupied.", "Location.operationalStatus");
        }

        if (BedJson.Text(bed["status"]) is var status && status is "suspended" or "inactive")
        {
            return Forbidden($"Location/{id} is {status}: nobody can be laid in it.", "Location.status");
        }

        var state = BedJson.State(bed);
        if (state != "U" && !(uncleaned && state == "H"))
        {
            return Forbidden($"Location/{id} is {NameOf(state)}: it has to be released first.");
        }

        if (BedJson.Find(bed, BedJson.Reservation) is { } reservation)
        {
            var isTheirs = BedJson.PartId(reservation, "encounter", "Encounter") is { } encounter
                ? encounter == who.EncounterId
                : BedJson.Text(BedJson.Part(reservation, "patient", "valueReference")?["reference"]) == who.Patient;
            if (!isTheirs && !(BedJson.Time(BedJson.Part(reservation, "until", "valueDateTime")) < now))
            {
                return Forbidden($"Location/{id} is reserved for somebody else.");
            }
        }

        Remove(bed, BedJson.Reservation);
        Add(bed, BedJson.Occupancy, [
            Reference("encounter", $"Encounter/{who.EncounterId}"),
            .. who.Patient is null ? Array.Empty<JsonObject>() : [Reference("patient", who.Patient)],
            new JsonObject { ["url"] = "since", ["valueDateTime"] = BedJson.Time(who.Since) },
            new JsonObject { ["url"] = "status", ["valueCode"] = who.Status }]);
        SetState(bed, "O");
        return null;
    }

    /// <summary>Empties the bed; false where the encounter does not lie in it.</summary>
    public static bool Vacate(JsonObject bed, string encounterId, string state)
    {
        if (!IsIn(bed, encounterId))
        {
            return false;
        }

        Remove(bed, BedJson.Occupancy);
        SetState(bed, state);
        return true;
    }

    /// <summary>Shows the encounter's status at its bed; false where it does not lie in it.</summary>
    public static bool Mark(JsonObject bed, string encounterId, string status)
    {
        if (!IsIn(bed, encounterId))
        {
            return false;
        }

        var part = (BedJson.Find(bed, BedJson.Occupancy)!["extension"] as JsonArray)!.OfType<JsonObject>().First(part => BedJson.Text(part["url"]) == "status");
        part["valueCode"] = status;
        return true;
    }

    /// <summary>Whether the encounter lies in the bed.</summary>
    public static bool IsIn(JsonObject bed, string encounterId) => BedJson.PartId(BedJson.Find(bed, BedJson.Occupancy), "encounter", "Encounter") == encounterId;

    /// <summary>Does what a command of the bed's own wants; swaps are the encounters' matter too and not here.</summary>
    public static Issue? Apply(JsonObject bed, string id, BedStep step, DateTimeOffset now)
    {
        if (!BedJson.IsBed(bed))
        {
            return NoBed(id);
        }

        if (BedJson.Find(bed, BedJson.Occupancy) is not null)
        {
            return new Issue("conflict", $"Location/{id} is occupied: the encounter's transfer or discharge empties it.", "Location.operationalStatus");
        }

        var state = BedJson.State(bed);
        switch (step)
        {
            case ReserveBed reserve:
                if (state != "U" || BedJson.Text(bed["status"]) is "suspended" or "inactive")
                {
                    return Forbidden($"Location/{id} is {(state == "U" ? BedJson.Text(bed["status"]) : NameOf(state))}: only a free bed can be reserved.");
                }

                if (reserve.Until <= now)
                {
                    return new Issue("value", "The reservation would be over already.", "until");
                }

                var holder = reserve.EncounterId is { } encounter ? Reference("encounter", $"Encounter/{encounter}") : Reference("patient", $"Patient/{reserve.PatientId}");
                if (BedJson.Find(bed, BedJson.Reservation) is { } other && !(BedJson.Time(BedJson.Part(other, "until", "valueDateTime")) < now)
                    && !JsonNode.DeepEquals(BedJson.Part(other, BedJson.Text(holder["url"])!, "valueReference"), holder["valueReference"]))
                {
                    return new Issue("conflict", $"Location/{id} is reserved already.", "Location.extension");
                }

                Remove(bed, BedJson.Reservation);
                Add(bed, BedJson.Reservation, reserve.Until is { } until ? [holder, new JsonObject { ["url"] = "until", ["valueDateTime"] = BedJson.Time(until) }] : [holder]);
                return null;
            case BlockBed block:
                if (block.State is not ("C" or "H" or "I" or "K"))
                {
                    return new Issue("value", "A bed is blocked as C (closed), H (housekeeping), I (isolated) or K (contaminated).", "state");
                }

                if (BedJson.Find(bed, BedJson.Reservation) is not null)
                {
                    return Forbidden($"Location/{id} is reserved: release it first.");
                }

                SetState(bed, block.State);
                return null;
            default:
                Remove(bed, BedJson.Reservation);
                SetState(bed, "U");
                return null;
        }
    }

    /// <summary>Why a plain write of a Location is refused: it may not touch who lies in a bed, nor whom it is kept for.</summary>
    /// <param name="id">The Location's id.</param>
    /// <param name="before">What is stored; null where nothing is.</param>
    /// <param name="after">What is to be; null for a deletion.</param>
    public static Issue? RefusePlain(string id, JsonObject? before, JsonObject? after)
    {
        var occupancy = before is null ? null : BedJson.Find(before, BedJson.Occupancy);
        if (after is null)
        {
            return occupancy is null ? null : Forbidden($"Location/{id} is occupied: a transfer or discharge empties it, then it can be deleted.");
        }

        var wanted = BedJson.Find(after, BedJson.Occupancy);
        if (before is not null && (!JsonNode.DeepEquals(occupancy, wanted) || !JsonNode.DeepEquals(BedJson.Find(before, BedJson.Reservation), BedJson.Find(after, BedJson.Reservation))))
        {
            return Forbidden("Who lies in a bed and whom it is kept for is changed by $admit, $transfer, $discharge, $reserve and $release: leave these extensions as they are.", "Location.extension");
        }

        if (wanted is not null)
        {
            return BedJson.IsBed(after) && BedJson.State(after) == "O" && BedJson.Text(after["status"]) is not ("suspended" or "inactive") ? null
                : Forbidden($"Location/{id} is occupied: it stays a bed, active, with operationalStatus O, until a transfer or discharge empties it.");
        }

        return BedJson.IsBed(after) && BedJson.State(after) == "O"
            ? Forbidden("A bed becomes occupied by $admit or $transfer.")
            : null;
    }

    /// <summary>That the Location is none.</summary>
    public static Issue NoBed(string id) => Forbidden($"Location/{id} is no bed: its physicalType is not bd.", "Location.physicalType");

    private static void SetState(JsonObject bed, string state) => bed["operationalStatus"] = new JsonObject { ["system"] = BedJson.States, ["code"] = state, ["display"] = Display(state) };

    private static Issue Forbidden(string details, string expression = "Location.operationalStatus") => new("business-rule", details, expression);

    private static string NameOf(string state) => state switch
    {
        "O" => "occupied",
        "U" => "unoccupied",
        "H" => "waiting for housekeeping",
        "C" => "closed",
        "I" => "isolated",
        "K" => "contaminated",
        _ => $"in the state {state}",
    };

    private static string Display(string state) => state switch
    {
        "O" => "Occupied",
        "U" => "Unoccupied",
        "H" => "Housekeeping",
        "C" => "Closed",
        "I" => "Isolated",
        _ => "Contaminated",
    };

    private static JsonObject Reference(string url, string target) => new() { ["url"] = url, ["valueReference"] = new JsonObject { ["reference"] = target } };

    private static void Add(JsonObject bed, string url, IEnumerable<JsonObject> parts)
    {
        if (bed["extension"] is not JsonArray extensions)
        {
            bed["extension"] = extensions = [];
        }

        extensions.Add(new JsonObject { ["url"] = url, ["extension"] = new JsonArray([.. parts]) });
    }

    private static void Remove(JsonObject bed, string url)
    {
        if (BedJson.Find(bed, url) is not { } extension)
        {
            return;
        }

        var extensions = (JsonArray)bed["extension"]!;
        extensions.Remove(extension);
        if (extensions.Count == 0)
        {
            bed.Remove("extension");
        }
    }
}

/// <summary>Who lies in a bed.</summary>
/// <param name="EncounterId">The encounter.</param>
/// <param name="Patient">The patient's reference; null where the encounter has none.</param>
/// <param name="Since">Since when.</param>
/// <param name="Status">The encounter's status.</param>
internal sealed record Occupant(string EncounterId, string? Patient, DateTimeOffset Since, string Status);
