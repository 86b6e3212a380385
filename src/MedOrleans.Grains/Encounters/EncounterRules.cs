using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MedOrleans.Grains.Encounters;

/// <summary>The steps of an encounter's status (R4, <c>encounter-status</c>) as pure functions over its JSON.</summary>
internal static class EncounterRules
{
    private const string Classes = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

    /// <summary>A started encounter.</summary>
    public static byte[] Start(string id, string patientId, string encounterClass, DateTimeOffset now) => Print(new JsonObject
    {
        ["resourceType"] = "Encounter",
        ["id"] = id,
        ["status"] = "in-progress",
        ["class"] = new JsonObject { ["system"] = Classes, ["code"] = encounterClass },
        ["subject"] = new JsonObject { ["reference"] = $"Patient/{patientId}" },
        ["period"] = new JsonObject { ["start"] = Time(now) },
    });

    /// <summary>The encounter finished: the status that was moves to the history, the period ends. Null where its state forbids it.</summary>
    /// <param name="current">The stored encounter.</param>
    /// <param name="now">When it is finished.</param>
    /// <param name="status">The state that it was in.</param>
    public static byte[]? Finish(ReadOnlySpan<byte> current, DateTimeOffset now, out string status)
    {
        var encounter = JsonNode.Parse(current)!.AsObject();
        status = (string?)encounter["status"] ?? "";
        if (status is not ("arrived" or "triaged" or "in-progress" or "onleave"))
        {
            return null;
        }

        var period = encounter["period"] as JsonObject ?? [];
        var since = (string?)period["start"];
        var past = new JsonObject { ["end"] = Time(now) };
        if (since is not null)
        {
            past.Insert(0, "start", since);
        }

        if (encounter["statusHistory"] is not JsonArray history)
        {
            encounter["statusHistory"] = history = [];
        }

        // The state that ends now began where the last one of the history ended.
        if (history is [.., JsonObject last] && (string?)last["period"]?["end"] is { } lastEnd)
        {
            past["start"] = lastEnd;
        }

        history.Add(new JsonObject { ["status"] = status, ["period"] = past });
        encounter["status"] = "finished";
        period["end"] = Time(now);
        encounter["period"] = period.Parent is null ? period : period.DeepClone();
        return Print(encounter);
    }

    private static string Time(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static byte[] Print(JsonObject resource) => JsonSerializer.SerializeToUtf8Bytes(resource);
}
