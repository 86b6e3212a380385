using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Record.Wards;

namespace MedOrleans.Grains.Encounters;

/// <summary>An encounter's JSON (R4, <c>Encounter</c>): what it says of its state, its places and its times, and how each is written.</summary>
internal static class EncounterJson
{
    private const int MaxDepth = 256;
    private const string Classes = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

    /// <summary>The encounter's status; empty where it has none.</summary>
    public static string Status(JsonObject encounter) => BedJson.Text(encounter["status"]) ?? "";

    /// <summary>The ids of the places where the encounter is: entries that are active, or say nothing and have not ended.</summary>
    public static IReadOnlyList<string> Places(JsonObject encounter) =>
        [.. Entries(encounter).Where(IsOpen).Select(entry => BedJson.IdOf(entry["location"], "Location")).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>Since when the encounter is at a place; null where it is not.</summary>
    public static DateTimeOffset? At(JsonObject encounter, string place) =>
        BedJson.Time(Entries(encounter).LastOrDefault(entry => IsOpen(entry) && BedJson.IdOf(entry["location"], "Location") == place)?["period"]?["start"]);

    /// <summary>A stored resource's JSON.</summary>
    public static JsonObject Parse(ReadOnlySpan<byte> body) => JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth })!.AsObject();

    /// <summary>The resource as UTF-8 JSON.</summary>
    public static byte[] Print(JsonObject resource)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = MaxDepth });
        resource.WriteTo(json);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A new encounter.</summary>
    public static JsonObject New(string id, string patientId, CodedText encounterClass, DateTimeOffset at, string status = "in-progress") => new()
    {
        ["resourceType"] = "Encounter",
        ["id"] = id,
        ["status"] = status,
        ["class"] = Coding(encounterClass),
        ["subject"] = new JsonObject { ["reference"] = $"Patient/{patientId}" },
        ["period"] = new JsonObject { ["start"] = BedJson.Time(at) },
    };

    /// <summary>Goes over to another status; the one that was moves to the history.</summary>
    public static void Move(JsonObject encounter, string status, DateTimeOffset at)
    {
        var was = Status(encounter);
        encounter["status"] = status;
        var history = ArrayOf(encounter, "statusHistory");

        // The state that ends now began where the last one of the history ended.
        var start = BedJson.Text(history.LastOrDefault()?["period"]?["end"]) ?? (was is "planned" ? null : BedJson.Text(encounter["period"]?["start"]));
        history.Add(new JsonObject { ["status"] = was, ["period"] = Period(start, at) });
    }

    public static void Reclass(JsonObject encounter, CodedText? wanted, DateTimeOffset at)
    {
        if (wanted is null || BedJson.Text(encounter["class"]?["code"]) == wanted.Code)
        {
            return;
        }

        var history = ArrayOf(encounter, "classHistory");
        var start = BedJson.Text(history.LastOrDefault()?["period"]?["end"]) ?? BedJson.Text(encounter["period"]?["start"]);
        history.Add(new JsonObject { ["class"] = encounter["class"]!.DeepClone(), ["period"] = Period(start, at) });
        encounter["class"] = Coding(wanted);
    }

    public static void Enter(JsonObject encounter, string id, JsonObject? place, DateTimeOffset at)
    {
        var reference = new JsonObject { ["reference"] = $"Location/{id}" };
        if (BedJson.Text(place?["name"]) is { } name)
        {
            reference["display"] = name;
        }

        var entry = new JsonObject { ["location"] = reference, ["status"] = "active" };
        if (place?["physicalType"] is { } type)
        {
            entry["physicalType"] = type.DeepClone();
        }

        entry["period"] = new JsonObject { ["start"] = BedJson.Time(at) };
        ArrayOf(encounter, "location").Add(entry);
    }

    public static void Leave(JsonObject encounter, DateTimeOffset at)
    {
        foreach (var entry in Entries(encounter).Where(IsOpen))
        {
            entry["status"] = "completed";
            if (entry["period"] is not JsonObject period)
            {
                entry["period"] = period = [];
            }

            period["end"] = BedJson.Time(at);
        }
    }

    public static void Reopen(JsonObject entry)
    {
        entry["status"] = "active";
        (entry["period"] as JsonObject)?.Remove("end");
    }

    /// <summary>The ids of the beds that the encounter lies in.</summary>
    public static List<string> Beds(JsonObject encounter) => [.. Entries(encounter)
        .Where(entry => IsOpen(entry) && BedJson.IsBedType(entry["physicalType"])).Select(entry => BedJson.IdOf(entry["location"], "Location")).OfType<string>()];

    public static IEnumerable<JsonObject> Entries(JsonObject encounter) => (encounter["location"] as JsonArray ?? []).OfType<JsonObject>();

    public static bool IsOpen(JsonObject entry) => BedJson.Text(entry["status"]) is var status && (status == "active" || (status is null && entry["period"]?["end"] is null));

    public static JsonObject Hospitalization(JsonObject encounter)
    {
        if (encounter["hospitalization"] is not JsonObject hospitalization)
        {
            encounter["hospitalization"] = hospitalization = [];
        }

        return hospitalization;
    }

    public static void SetConcept(JsonObject hospitalization, string name, CodedText? concept)
    {
        if (concept is not null)
        {
            hospitalization[name] = Concept(concept);
        }
        else if (hospitalization.Count == 0)
        {
            hospitalization.Parent!.AsObject().Remove("hospitalization");
        }
    }

    public static void SetEnd(JsonObject encounter, DateTimeOffset at)
    {
        if (encounter["period"] is not JsonObject period)
        {
            encounter["period"] = period = [];
        }

        period["end"] = BedJson.Time(at);
    }

    public static JsonArray ArrayOf(JsonObject encounter, string name)
    {
        if (encounter[name] is not JsonArray array)
        {
            encounter[name] = array = [];
        }

        return array;
    }

    private static JsonObject Period(string? start, DateTimeOffset end) =>
        start is null ? new JsonObject { ["end"] = BedJson.Time(end) } : new JsonObject { ["start"] = start, ["end"] = BedJson.Time(end) };

    private static JsonObject Coding(CodedText code) => Given([("system", code.System ?? Classes), ("code", code.Code), ("display", code.Display)]);

    /// <summary>A CodeableConcept.</summary>
    public static JsonObject Concept(CodedText concept)
    {
        var json = new JsonObject();
        if (concept.Code is not null)
        {
            json["coding"] = new JsonArray(Given([("system", concept.System), ("code", concept.Code), ("display", concept.Display)]));
        }

        if (concept.Text is not null)
        {
            json["text"] = concept.Text;
        }

        return json;
    }

    private static JsonObject Given(IEnumerable<(string Name, string? Value)> members)
    {
        var json = new JsonObject();
        foreach (var (name, value) in members.Where(member => member.Value is not null))
        {
            json[name] = value;
        }

        return json;
    }
}
