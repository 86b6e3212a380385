using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Wards;

namespace MedOrleans.Record.Wards;

/// <summary>
/// A bed as a Location (R4): <c>physicalType</c> bd, the state in <c>operationalStatus</c> (v2-0116), and two extensions that only the operations on encounters and
/// beds write: who lies in it, and whom it is kept for.
/// </summary>
public static class BedJson
{
    /// <summary>The extension that says who lies in a bed: <c>encounter</c>, <c>patient</c>, <c>since</c>, and the encounter's <c>status</c>.</summary>
    public const string Occupancy = "urn:medorleans:bed-occupancy";

    /// <summary>The extension that says whom a bed is kept for: <c>encounter</c> or <c>patient</c>, and <c>until</c>.</summary>
    public const string Reservation = "urn:medorleans:bed-reservation";

    /// <summary>The system of a bed's states.</summary>
    public const string States = "http://terminology.hl7.org/CodeSystem/v2-0116";

    /// <summary>The system of kinds of place.</summary>
    public const string PlaceTypes = "http://terminology.hl7.org/CodeSystem/location-physical-type";

    /// <summary>Whether the Location is a bed.</summary>
    public static bool IsBed(JsonObject location) => IsBedType(location["physicalType"]);

    /// <summary>Whether a CodeableConcept is a bed's <c>physicalType</c>.</summary>
    public static bool IsBedType(JsonNode? type) => type?["coding"] is JsonArray codings
        && codings.Any(coding => Text(coding?["code"]) == "bd" && Text(coding?["system"]) is null or PlaceTypes);

    /// <summary>The bed's state; one that says nothing is unoccupied.</summary>
    public static string State(JsonObject bed) => Text(bed["operationalStatus"]?["code"]) ?? "U";

    /// <summary>An extension of the Location; null where it has none of that url.</summary>
    public static JsonObject? Find(JsonObject location, string url) =>
        (location["extension"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(extension => Text(extension["url"]) == url);

    /// <summary>A part of an extension: its <c>value…</c>.</summary>
    public static JsonNode? Part(JsonObject? extension, string name, string value) =>
        (extension?["extension"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(part => Text(part["url"]) == name)?[value];

    /// <summary>The id that a part refers to; null where it is not a reference to that type.</summary>
    public static string? PartId(JsonObject? extension, string name, string type) => IdOf(Part(extension, name, "valueReference"), type);

    /// <summary>The id in a Reference to that type; null where it is another.</summary>
    public static string? IdOf(JsonNode? reference, string type)
    {
        var text = Text(reference?["reference"]);
        if (text is null || text.Length <= type.Length + 1 || !text.StartsWith(type, StringComparison.Ordinal) || text[type.Length] != '/')
        {
            return null;
        }

        var id = text[(type.Length + 1)..].Split('/')[0];
        return ResourceKey.IsId(id) ? id : null;
    }

    /// <summary>The text of a JSON string; null where it is something else.</summary>
    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A FHIR dateTime as a moment: the beginning of what it says; null where it is none.</summary>
    public static DateTimeOffset? Time(JsonNode? node)
    {
        var text = Text(node);
        string[] formats = ["yyyy", "yyyy-MM", "yyyy-MM-dd"];
        return text is null ? null
            : DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    /// <summary>A moment as a FHIR dateTime.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>The bed as the census says it.</summary>
    public static BedStatus StatusOf(string id, long version, JsonObject bed)
    {
        var occupancy = Find(bed, Occupancy);
        var reservation = Find(bed, Reservation);
        return new BedStatus
        {
            Id = id,
            Name = Text(bed["name"]),
            PartOfId = IdOf(bed["partOf"], "Location"),
            State = State(bed),
            EncounterId = PartId(occupancy, "encounter", "Encounter"),
            PatientId = PartId(occupancy, "patient", "Patient"),
            Since = Time(Part(occupancy, "since", "valueDateTime")),
            IsOnLeave = Text(Part(occupancy, "status", "valueCode")) == "onleave",
            ReservedFor = Text(Part(reservation, "encounter", "valueReference")?["reference"]) ?? Text(Part(reservation, "patient", "valueReference")?["reference"]),
            Version = version,
        };
    }
}
