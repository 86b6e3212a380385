using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir;

/// <summary>A Bundle that holds stored bytes as they are: nothing in it is parsed.</summary>
internal abstract class BundleContent(string type) : FhirContent
{
    /// <summary>About what an entry has beside its resource, in bytes.</summary>
    protected const int EntryOverhead = 150;

    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 256,
        SkipValidation = true,
    };

    /// <summary>How many matches there are in all; null where it is not known.</summary>
    public long? Total { get; init; }

    /// <summary>The links by relation.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Links { get; init; } = [];

    /// <inheritdoc/>
    public sealed override void Write(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, s_options);
        json.WriteStartObject();
        json.WriteString("resourceType"u8, "Bundle"u8);
        json.WriteString("type"u8, type);
        if (Total is { } total)
        {
            json.WriteNumber("total"u8, total);
        }

        if (Links.Count > 0)
        {
            json.WriteStartArray("link"u8);
            foreach (var (relation, url) in Links)
            {
                json.WriteStartObject();
                json.WriteString("relation"u8, relation);
                json.WriteString("url"u8, url);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (HasEntries)
        {
            // R4 forbids empty arrays.
            json.WriteStartArray("entry"u8);
            WriteEntries(json);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Whether there is any entry.</summary>
    protected abstract bool HasEntries { get; }

    /// <summary>Writes the entries.</summary>
    protected abstract void WriteEntries(Utf8JsonWriter json);

    /// <summary>Writes a resource's bytes as a member of an entry.</summary>
    protected static void WriteResource(Utf8JsonWriter json, StoredVersion stored)
    {
        json.WritePropertyName("resource"u8);
        json.WriteRawValue(stored.Body, skipInputValidation: true);
    }

    /// <summary>A time as FHIR writes an instant.</summary>
    protected static string Instant(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>What a search found (R4, bundle.html#searchset).</summary>
internal sealed class SearchSet(string baseUrl, IReadOnlyList<StoredVersion> matches, IReadOnlyList<StoredVersion> included, IReadOnlyList<Issue> warnings)
    : BundleContent("searchset")
{
    /// <inheritdoc/>
    public override long EstimatedLength => matches.Concat(included).Sum(stored => EntryOverhead + stored.Body.Length);

    /// <inheritdoc/>
    protected override bool HasEntries => matches.Count + included.Count + warnings.Count > 0;

    /// <inheritdoc/>
    protected override void WriteEntries(Utf8JsonWriter json)
    {
        foreach (var match in matches)
        {
            WriteEntry(json, match, "match");
        }

        foreach (var resource in included)
        {
            WriteEntry(json, resource, "include");
        }

        if (warnings.Count > 0)
        {
            json.WriteStartObject();
            json.WritePropertyName("resource"u8);
            OperationOutcomes.Write(json, warnings);
            WriteMode(json, "outcome");
            json.WriteEndObject();
        }
    }

    private void WriteEntry(Utf8JsonWriter json, StoredVersion stored, string mode)
    {
        json.WriteStartObject();
        json.WriteString("fullUrl"u8, $"{baseUrl}/{stored.Type}/{stored.Id}");
        WriteResource(json, stored);
        WriteMode(json, mode);
        json.WriteEndObject();
    }

    private static void WriteMode(Utf8JsonWriter json, string mode)
    {
        json.WriteStartObject("search"u8);
        json.WriteString("mode"u8, mode);
        json.WriteEndObject();
    }
}

/// <summary>The past of a resource, a type or the whole record (R4, http.html#history).</summary>
internal sealed class HistorySet(string baseUrl, IReadOnlyList<HistoryEntry> entries) : BundleContent("history")
{
    /// <inheritdoc/>
    public override long EstimatedLength => entries.Sum(entry => EntryOverhead + entry.Stored.Body.Length);

    /// <inheritdoc/>
    protected override bool HasEntries => entries.Count > 0;

    /// <inheritdoc/>
    protected override void WriteEntries(Utf8JsonWriter json)
    {
        foreach (var (stored, kind) in entries)
        {
            json.WriteStartObject();
            json.WriteString("fullUrl"u8, $"{baseUrl}/{stored.Type}/{stored.Id}");
            if (!stored.Deleted)
            {
                WriteResource(json, stored);
            }

            var (method, url, status) = kind switch
            {
                WriteKind.Create => ("POST", stored.Type, "201 Created"),
                WriteKind.Delete => ("DELETE", $"{stored.Type}/{stored.Id}", "204 No Content"),
                _ => ("PUT", $"{stored.Type}/{stored.Id}", stored.Version == 1 ? "201 Created" : "200 OK"),
            };
            json.WriteStartObject("request"u8);
            json.WriteString("method"u8, method);
            json.WriteString("url"u8, url);
            json.WriteEndObject();
            json.WriteStartObject("response"u8);
            json.WriteString("status"u8, status);
            json.WriteString("etag"u8, FhirResponse.ETag(stored.Version));
            json.WriteString("lastModified"u8, Instant(stored.LastUpdated));
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
