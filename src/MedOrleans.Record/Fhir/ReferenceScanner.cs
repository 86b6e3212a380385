using System.Text.Json;

namespace MedOrleans.Record.Fhir;

/// <summary>Finds the references that have to be resolved before a resource can be stored.</summary>
public static class ReferenceScanner
{
    /// <summary>
    /// The values of <c>reference</c> members that are conditional (<c>Practitioner?identifier=…</c>) or name a bundle
    /// entry (<c>urn:…</c>), each once. Malformed JSON gives what was found before the fault. The entries of a Bundle
    /// that is stored as such are left out: their references resolve within it.
    /// </summary>
    public static IReadOnlyList<string> Scan(ReadOnlySpan<byte> json)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json.StartsWith("\uFEFF"u8) ? json[3..] : json, new JsonReaderOptions { MaxDepth = 128 });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (reader.ValueTextEquals("resource"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        reader.Skip();
                    }
                }
                else if (reader.ValueTextEquals("reference"u8) && reader.Read() && reader.TokenType == JsonTokenType.String
                    && (reader.ValueSpan.StartsWith("urn:"u8) || reader.ValueSpan.Contains((byte)'?')))
                {
                    found.Add(reader.GetString()!);
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The resource reader reports the fault with its place.
        }

        return [.. found];
    }
}
