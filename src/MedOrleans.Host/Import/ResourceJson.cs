using System.Buffers;
using System.Text.Json;

namespace MedOrleans.Host.Import;

/// <summary>What the import needs to do to JSON before it sends it.</summary>
internal static class ResourceJson
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 256 };

    /// <summary>The value of <c>resourceType</c>; empty where there is none, or no JSON.</summary>
    public static string TypeOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    var isType = reader.ValueTextEquals("resourceType"u8);
                    reader.Read();
                    if (isType)
                    {
                        return reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
                    }

                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // The server says what is wrong with it.
        }

        return "";
    }

    /// <summary>The same JSON without line ends.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static byte[] OnOneLine(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, s_options);
        return Rewrite(document.RootElement, null, new Dictionary<string, string>());
    }

    /// <summary>A resource with another id and with every string that is a key of <paramref name="strings"/> replaced by its value.</summary>
    public static byte[] Rewrite(JsonElement resource, string? id, IReadOnlyDictionary<string, string> strings)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 }))
        {
            if (id is null || resource.ValueKind != JsonValueKind.Object)
            {
                Write(writer, resource, strings);
            }
            else
            {
                writer.WriteStartObject();
                writer.WriteString("resourceType"u8, TypeOf(resource));
                writer.WriteString("id"u8, id);
                foreach (var member in resource.EnumerateObject().Where(member => !member.NameEquals("resourceType"u8) && !member.NameEquals("id"u8)))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value, strings);
                }

                writer.WriteEndObject();
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The type of a resource; empty where it has none.</summary>
    public static string TypeOf(JsonElement resource) =>
        resource.ValueKind == JsonValueKind.Object && resource.TryGetProperty("resourceType"u8, out var type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";

    private static void Write(Utf8JsonWriter writer, JsonElement value, IReadOnlyDictionary<string, string> strings)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value, strings);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item, strings);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                var text = value.GetString()!;
                writer.WriteStringValue(strings.GetValueOrDefault(text, text));
                break;
            case JsonValueKind.Number:
                // As it was written: 1.50 is not 1.5.
                writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
