using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Record.Wards;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>
/// PL as Locations: ward, room, bed, each part of the one before. A place of the hospital's own is the one whose identifier of <see cref="System"/> says point of care, room and
/// bed, <c>CCU|2000|1</c>; a place that nobody has made yet is made.
/// </summary>
internal static class PlaceMap
{
    /// <summary>The system of places by their names in HL7.</summary>
    public const string System = "urn:medorleans:hl7v2:location";

    /// <summary>Finds the place of a field, or plans it.</summary>
    /// <param name="mapping">The message.</param>
    /// <param name="pl">The field.</param>
    /// <returns>The Location's id and whether it is a bed; null where the field names no place.</returns>
    public static async Task<(string Id, bool IsBed)?> PlaceAsync(Hl7Mapping mapping, Hl7Value pl)
    {
        string[] names = [pl.TextOf(1), pl.TextOf(2), pl.TextOf(3)];
        var levels = Levels(names).ToList();
        if (levels.Count == 0)
        {
            return null;
        }

        var keys = levels.ConvertAll(level => (System, level.Key));
        var ids = levels.ConvertAll(level => mapping.IdOf("Location", System, level.Key));
        var known = new Dictionary<string, KnownResource>(StringComparer.Ordinal);
        foreach (var (_, place) in await mapping.ReadAsync(ids.ConvertAll(id => ("Location", id))))
        {
            known[levels[ids.IndexOf(place.Id)].Key] = place;
        }

        // Only where the hospital may have made the place itself is it searched for.
        if (!known.ContainsKey(levels[^1].Key))
        {
            for (var i = 0; i < levels.Count; i++)
            {
                if (!known.ContainsKey(levels[i].Key) && await mapping.FindAsync("Location", [keys[i]], new Hl7Location("PV1", Field: 3)) is { } own)
                {
                    known[levels[i].Key] = own;
                }
            }
        }

        string? parent = null;
        for (var i = 0; i < levels.Count; i++)
        {
            if (known.TryGetValue(levels[i].Key, out var there))
            {
                parent = there.Id;
                mapping.Became("Location", parent);
                continue;
            }

            var place = new JsonObject
            {
                ["identifier"] = new JsonArray(new JsonObject { ["system"] = System, ["value"] = levels[i].Key }),
                ["status"] = "active",
                ["name"] = levels[i].Name,
                ["mode"] = "instance",
                ["physicalType"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = BedJson.PlaceTypes, ["code"] = levels[i].Type }) },
            };
            if (parent is not null)
            {
                place["partOf"] = Hl7Mapping.Reference("Location", parent);
            }

            mapping.Put("Location", ids[i], null, place);
            parent = ids[i];
        }

        return (parent!, known.TryGetValue(levels[^1].Key, out var last) ? BedJson.IsBed(last.Json) : levels[^1].Type == "bd");
    }

    private static IEnumerable<(string Key, string Name, string Type)> Levels(string[] names)
    {
        if (names[0].Length > 0)
        {
            yield return (names[0], names[0], "wa");
        }

        if (names[1].Length > 0)
        {
            yield return ($"{names[0]}|{names[1]}", names[1], "ro");
        }

        if (names[2].Length > 0)
        {
            yield return ($"{names[0]}|{names[1]}|{names[2]}", string.Join(' ', new[] { names[1], names[2] }.Where(static name => name.Length > 0)), "bd");
        }
    }
}
