using System.Text.Json.Nodes;
using MedOrleans.Record.Wards;

namespace MedOrleans.Record.Identity;

/// <summary>What a Patient says of other records of the same person (R4, <c>Patient.link</c>).</summary>
public static class PatientLinks
{
    /// <summary>The type of the link to who took the patient's place.</summary>
    public const string ReplacedBy = "replaced-by";

    /// <summary>The link to who took the patient's place; null where nobody did.</summary>
    public static JsonObject? Replacement(JsonObject? patient) =>
        (patient?["link"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(static link => BedJson.Text(link["type"]) == ReplacedBy);

    /// <summary>The id of the patient who took one's place; null where nobody did.</summary>
    public static string? ReplacementOf(JsonObject? patient) => BedJson.IdOf(Replacement(patient)?["other"], "Patient");
}
