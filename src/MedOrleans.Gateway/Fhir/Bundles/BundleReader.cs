using System.Text.Json;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>A batch or transaction, read from its JSON.</summary>
/// <param name="Type"><c>batch</c> or <c>transaction</c>.</param>
/// <param name="Entries">The requests.</param>
internal sealed record RequestBundle(string Type, IReadOnlyList<BundleEntry> Entries);

/// <summary>
/// Reads a Bundle in one pass that looks at its own members alone: each resource stays the bytes that it is, for the
/// resource reader to read once.
/// </summary>
internal static class BundleReader
{
    /// <summary>Reads a Bundle, or says why it is none.</summary>
    public static (RequestBundle? Bundle, FhirResult? Refusal) Read(ReadOnlyMemory<byte> json, int maxEntries)
    {
        try
        {
            return Parse(json, maxEntries);
        }
        catch (JsonException exception)
        {
            return (null, Refuse($"The body is not valid JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.", null));
        }
    }

    private static (RequestBundle? Bundle, FhirResult? Refusal) Parse(ReadOnlyMemory<byte> json, int maxEntries)
    {
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = 1000 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return (null, Refuse("The body has to be a Bundle.", null));
        }

        string? resourceType = null;
        string? type = null;
        var entries = new List<BundleEntry>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("resourceType"u8))
            {
                resourceType = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                type = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("entry"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    return (null, Refuse("entry is an array.", "Bundle.entry"));
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (entries.Count == maxEntries)
                    {
                        return (null, FhirResult.Refused(413, "too-costly", $"A Bundle has at most {maxEntries} entries here.", "Bundle.entry"));
                    }

                    if (reader.TokenType != JsonTokenType.StartObject)
                    {
                        return (null, Refuse("An entry is an object.", $"Bundle.entry[{entries.Count}]"));
                    }

                    entries.Add(ReadEntry(ref reader, json, entries.Count));
                }
            }
            else
            {
                reader.Skip();
            }
        }

        // What follows the Bundle's own end would be a fault too.
        reader.Read();
        if (resourceType != "Bundle")
        {
            return (null, Refuse("The body has to be a Bundle.", "Bundle.resourceType"));
        }

        return type is "batch" or "transaction"
            ? (new RequestBundle(type, entries), null)
            : (null, FhirResult.Refused(400, "value", "The Bundle's type has to be batch or transaction.", "Bundle.type"));
    }

    private static BundleEntry ReadEntry(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, int index)
    {
        var entry = new BundleEntry { Index = index };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("fullUrl"u8))
            {
                entry = entry with { FullUrl = ReadText(ref reader) };
            }
            else if (reader.ValueTextEquals("resource"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                entry = entry with { Resource = json[start..(int)reader.BytesConsumed] };
            }
            else if (reader.ValueTextEquals("request"u8))
            {
                reader.Read();
                entry = reader.TokenType == JsonTokenType.StartObject ? ReadRequest(ref reader, entry) : Skipped(ref reader, entry);
            }
            else
            {
                reader.Skip();
            }
        }

        return entry;
    }

    private static BundleEntry ReadRequest(ref Utf8JsonReader reader, BundleEntry entry)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            var value = ReadText(ref reader);
            entry = name switch
            {
                "method" => entry with { Method = value ?? "" },
                "url" => entry with { Url = value ?? "" },
                "ifMatch" => entry with { IfMatch = value },
                "ifNoneMatch" => entry with { IfNoneMatch = value },
                "ifModifiedSince" => entry with { IfModifiedSince = value },
                "ifNoneExist" => entry with { IfNoneExist = value },
                _ => entry,
            };
        }

        return entry;
    }

    private static BundleEntry Skipped(ref Utf8JsonReader reader, BundleEntry entry)
    {
        reader.Skip();
        return entry;
    }

    // The text that follows a name; null, and skipped, where it is none.
    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }

    private static FhirResult Refuse(string details, string? expression) => FhirResult.Refused(400, "structure", details, expression);
}
