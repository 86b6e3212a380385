using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Records;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Grains.Wards;

/// <summary>Takes beds along with the steps of encounters, over what a step holds.</summary>
internal static class BedSteps
{
    /// <summary>The code of a refusal that means: what was read first has changed, look again.</summary>
    public const string Moved = "moved";

    /// <summary>Empties the beds that the encounter has left and fills the one that it has come to.</summary>
    /// <param name="held">What the step holds; its beds are changed.</param>
    /// <param name="id">The encounter's id.</param>
    /// <param name="after">The encounter after the step.</param>
    /// <param name="left">Where it was before.</param>
    /// <param name="step">The step.</param>
    /// <param name="now">The time now.</param>
    public static Issue? Follow(HeldResources held, string id, JsonObject after, IReadOnlyList<string> left, EncounterStep step, DateTimeOffset now)
    {
        var places = EncounterJson.Status(after) is "finished" or "cancelled" ? [] : EncounterJson.Places(after);
        foreach (var place in left.Except(places, StringComparer.Ordinal))
        {
            // Where a patient has not really been there is nothing to clean.
            if (held.Json("Location", place) is { } bed)
            {
                BedRules.Vacate(bed, id, step is CancelAdmit or CancelTransfer ? "U" : "H");
            }
        }

        foreach (var place in places)
        {
            if (held.Json("Location", place) is not { } bed || !BedJson.IsBed(bed) || BedRules.Mark(bed, id, EncounterJson.Status(after)))
            {
                continue;
            }

            var who = new Occupant(id, BedJson.Text(after["subject"]?["reference"]), EncounterJson.At(after, place) ?? now, EncounterJson.Status(after));
            if (BedRules.Occupy(bed, place, who, now, uncleaned: step is CancelTransfer or CancelDischarge { LocationId: null }) is { } refused)
            {
                return refused;
            }
        }

        return null;
    }

    /// <summary>The beds of a step that differ from what is stored.</summary>
    public static IEnumerable<ChangedResource> Changed(HeldResources held, IEnumerable<string?> places) => places
        .OfType<string>().Distinct(StringComparer.Ordinal)
        .Where(place => held.Json("Location", place) is { } json && !JsonNode.DeepEquals(json, EncounterJson.Parse(held.Version("Location", place)!.Body)))
        .Select(place => new ChangedResource("Location", place, held.Json("Location", place)!));

    /// <summary>The encounter that lies in a bed; null where none does.</summary>
    public static string? OccupantOf(JsonObject bed) => BedJson.PartId(BedJson.Find(bed, BedJson.Occupancy), "encounter", "Encounter");

    /// <summary>Exchanges the patients of two beds.</summary>
    /// <param name="held">What the step holds: the beds, and the encounters that lay in them before that.</param>
    /// <param name="ids">The two beds.</param>
    /// <param name="now">The time now.</param>
    /// <param name="moved">The two encounters, changed.</param>
    public static Issue? Swap(HeldResources held, string[] ids, DateTimeOffset now, out IReadOnlyList<ChangedResource> moved)
    {
        moved = [];
        if (ids[0] == ids[1])
        {
            return new Issue("business-rule", "A bed cannot be swapped with itself.", "with");
        }

        var encounters = new string[2];
        for (var i = 0; i < 2; i++)
        {
            var bed = held.Json("Location", ids[i])!;
            if (!BedJson.IsBed(bed))
            {
                return BedRules.NoBed(ids[i]);
            }

            if (OccupantOf(bed) is not { } who)
            {
                return new Issue("business-rule", $"Location/{ids[i]} is empty: $transfer moves one patient.", "Location.operationalStatus");
            }

            encounters[i] = who;
        }

        var json = encounters.Select(encounter => held.Json("Encounter", encounter)).OfType<JsonObject>().ToArray();
        if (json.Length < 2)
        {
            return new Issue(Moved, "Another patient has come to a bed.");
        }

        // Both take the step of a transfer. One that is on leave has no such step; their bed can still be another one when they return.
        for (var i = 0; i < 2; i++)
        {
            var (_, refused) = EncounterRules.Apply(json[i], encounters[i], new TransferEncounter { LocationId = ids[1 - i] }, held.Json("Location", ids[1 - i]), now);
            if (refused is not null)
            {
                return refused;
            }
        }

        for (var i = 0; i < 2; i++)
        {
            BedRules.Vacate(held.Json("Location", ids[i])!, encounters[i], "U");
        }

        for (var i = 0; i < 2; i++)
        {
            var who = new Occupant(encounters[i], BedJson.Text(json[i]["subject"]?["reference"]), EncounterJson.At(json[i], ids[1 - i]) ?? now, EncounterJson.Status(json[i]));
            if (BedRules.Occupy(held.Json("Location", ids[1 - i])!, ids[1 - i], who, now) is { } refused)
            {
                return refused;
            }
        }

        moved = [new("Encounter", encounters[0], json[0]), new("Encounter", encounters[1], json[1])];
        return null;
    }
}
