using System.Text.Json;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Looks at single members of a JSON object without reading the rest.</summary>
internal static class JsonMembers
{
    /// <summary>The text of the object's own member of that name; null where it has none, or the JSON is malformed before it.</summary>
    public static string? Find(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1000 });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isIt = reader.ValueTextEquals(name);
                if (!reader.Read())
                {
                    return null;
                }

                if (isIt)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // The resource reader reports the fault with its place.
        }

        return null;
    }
}
