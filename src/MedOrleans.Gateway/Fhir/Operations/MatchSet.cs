using System.Text.Json;
using MedOrleans.Record.Identity;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>What <c>$match</c> found: each patient with its score and grade (R4, patient-operation-match.html).</summary>
internal sealed class MatchSet(string baseUrl, IReadOnlyList<(StoredVersion Patient, MatchScore Score)> matches) : BundleContent("searchset")
{
    /// <inheritdoc/>
    public override long EstimatedLength => matches.Sum(match => EntryOverhead + match.Patient.Body.Length);

    /// <inheritdoc/>
    protected override bool HasEntries => matches.Count > 0;

    /// <inheritdoc/>
    protected override void WriteEntries(Utf8JsonWriter json)
    {
        foreach (var (patient, score) in matches)
        {
            json.WriteStartObject();
            json.WriteString("fullUrl"u8, $"{baseUrl}/Patient/{patient.Id}");
            WriteResource(json, patient);
            json.WriteStartObject("search"u8);
            json.WriteStartArray("extension"u8);
            json.WriteStartObject();
            json.WriteString("url"u8, "http://hl7.org/fhir/StructureDefinition/match-grade"u8);
            json.WriteString("valueCode"u8, score.Grade switch { MatchGrade.Certain => "certain", MatchGrade.Probable => "probable", MatchGrade.Possible => "possible", _ => "certainly-not" });
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteString("mode"u8, "match"u8);
            json.WriteNumber("score"u8, score.Probability);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
