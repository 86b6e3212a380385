using System.Text.Json.Nodes;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Console;

/// <summary>A ward as a board shows it: its beds, and nobody's name.</summary>
/// <param name="Id">The id of its Location; empty for beds that are in none.</param>
/// <param name="Name">Its name.</param>
/// <param name="Beds">Its beds, by name.</param>
internal sealed record WardView(string Id, string Name, IReadOnlyList<BedView> Beds)
{
    /// <summary>How many of its beds are in a state.</summary>
    public int Count(string state) => Beds.Count(bed => bed.State == state);
}

/// <summary>A bed as a board shows it.</summary>
/// <param name="Id">The id of its Location.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Occupied, On leave, Reserved, Free, Housekeeping, Contaminated, Isolated or Closed.</param>
/// <param name="Since">Since when somebody lies in it; null where nobody does.</param>
internal sealed record BedView(string Id, string Name, string State, DateTimeOffset? Since);

/// <summary>Puts a hospital's places together to wards.</summary>
internal static class WardBoard
{
    /// <summary>The state of a bed that can be had.</summary>
    public const string Free = "Free";

    /// <summary>The state of a bed that somebody lies in.</summary>
    public const string Occupied = "Occupied";

    /// <summary>The state of a bed that waits to be cleaned.</summary>
    public const string Housekeeping = "Housekeeping";

    // Ward, wing, corridor, room, bed; whoever nests deeper has drawn a circle.
    private const int Levels = 8;

    /// <summary>The wards that have beds, by name. A bed's ward is the nearest place above it that says it is one, or else the topmost.</summary>
    public static IReadOnlyList<WardView> Of(IEnumerable<StoredVersion> locations)
    {
        var places = locations.ToDictionary(place => place.Id, place => (Json: JsonNode.Parse(place.Body)!.AsObject(), place.Version), StringComparer.Ordinal);
        return [.. places
            .Where(place => BedJson.IsBed(place.Value.Json))
            .GroupBy(bed => WardOf(bed.Key), StringComparer.Ordinal)
            .Select(ward => new WardView(
                ward.Key, ward.Key.Length == 0 ? "Not in a ward" : NameOf(ward.Key),
                [.. ward.Select(bed => View(bed.Key, bed.Value.Version, bed.Value.Json)).OrderBy(bed => bed.Name, WardCensus.Names).ThenBy(bed => bed.Id, StringComparer.Ordinal)]))
            .OrderBy(ward => ward.Name, WardCensus.Names).ThenBy(ward => ward.Id, StringComparer.Ordinal)];

        string WardOf(string bed)
        {
            var top = "";
            var at = ParentOf(bed);
            for (var level = 0; level < Levels && at is not null && places.TryGetValue(at, out var place); level++)
            {
                top = at;
                if (IsWard(place.Json))
                {
                    break;
                }

                at = ParentOf(at);
            }

            return top;
        }

        string? ParentOf(string id) => BedJson.IdOf(places[id].Json["partOf"], "Location");

        string NameOf(string id) => BedJson.Text(places[id].Json["name"]) ?? id;
    }

    private static bool IsWard(JsonObject place) => (place["physicalType"]?["coding"] as JsonArray ?? []).Any(coding => BedJson.Text(coding?["code"]) == "wa");

    private static BedView View(string id, long version, JsonObject json)
    {
        var bed = BedJson.StatusOf(id, version, json);
        return new BedView(id, bed.Name ?? id, StateOf(bed.State, bed.IsOnLeave, bed.ReservedFor is not null), bed.Since);
    }

    private static string StateOf(string code, bool isOnLeave, bool isReserved) => code switch
    {
        "O" => isOnLeave ? "On leave" : Occupied,
        "H" => Housekeeping,
        "K" => "Contaminated",
        "I" => "Isolated",
        "C" => "Closed",
        _ => isReserved ? "Reserved" : Free,
    };
}
