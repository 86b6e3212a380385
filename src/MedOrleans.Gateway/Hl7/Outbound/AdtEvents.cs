using System.Text.Json.Nodes;
using MedOrleans.Record.Identity;

namespace MedOrleans.Gateway.Hl7.Outbound;

/// <summary>
/// Which ADT event a committed change is (HL7 v2.8, chapter 3): it follows from what was there before and what is there now, whoever changed it and by whichever way.
/// </summary>
internal static class AdtEvents
{
    /// <summary>The events that are told of.</summary>
    public static IReadOnlyList<string> All { get; } = ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13", "A21", "A22", "A28", "A31", "A40"];

    private static readonly string[] s_inpatient = ["IMP", "ACUTE", "NONAC", "OBSENC", "SS"];
    private static readonly string[] s_present = ["arrived", "triaged", "in-progress", "onleave"];

    /// <summary>The event of a change; null where nobody needs to be told.</summary>
    /// <param name="type">Patient or Encounter.</param>
    /// <param name="before">The version before; null where the resource is new.</param>
    /// <param name="after">The new version; null where it was deleted.</param>
    public static string? Of(string type, JsonObject? before, JsonObject? after) =>
        after is null || (before is not null && IsSame(before, after)) ? null : type == "Patient" ? OfPatient(before, after) : OfEncounter(before, after);

    /// <summary>Whether an encounter is one of inpatients.</summary>
    public static bool IsInpatient(JsonObject encounter) => s_inpatient.Contains(encounter["class"]?["code"]?.ToString());

    private static string? OfPatient(JsonObject? before, JsonObject after) =>
        PatientLinks.ReplacementOf(after) is null ? before is null ? "A28" : "A31"
        : PatientLinks.ReplacementOf(before) is null ? "A40" : null;

    private static string? OfEncounter(JsonObject? before, JsonObject after)
    {
        var (was, now) = (before?["status"]?.ToString(), after["status"]?.ToString());
        var isPresent = s_present.Contains(now);
        switch (was, now)
        {
            case (null, "planned"):
                return "A05";
            case (null or "planned", _) when isPresent:
                return IsInpatient(after) ? "A01" : "A04";
            case ("finished", _) when isPresent:
                return "A13";
            case (not null, "cancelled" or "entered-in-error") when was is not ("cancelled" or "entered-in-error"):
                return "A11";
            case (not null, "finished") when s_present.Contains(was):
                return "A03";
            case ("onleave", _) when now != "onleave" && isPresent:
                return "A22";
            case (not null, "onleave") when was != "onleave":
                return "A21";
        }

        // A visit that was over when the record was told of it is nobody's news.
        if (before is null || !(isPresent || now == "planned"))
        {
            return null;
        }

        if (isPresent && IsInpatient(before) != IsInpatient(after))
        {
            return IsInpatient(after) ? "A06" : "A07";
        }

        var (places, left) = (Places(after), Places(before));
        return !isPresent || places.LastOrDefault() == left.LastOrDefault() ? "A08" : places.Count < left.Count ? "A12" : "A02";
    }

    private static List<string> Places(JsonObject encounter) => [.. (encounter["location"] as JsonArray ?? []).OfType<JsonObject>().Select(place => place["location"]?["reference"]?.ToString() ?? "")];

    private static bool IsSame(JsonObject before, JsonObject after)
    {
        return JsonNode.DeepEquals(Bare(before), Bare(after));

        static JsonObject Bare(JsonObject resource)
        {
            var bare = resource.DeepClone().AsObject();
            bare.Remove("meta");
            bare.Remove("text");
            return bare;
        }
    }
}
