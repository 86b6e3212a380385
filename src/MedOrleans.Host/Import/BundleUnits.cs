using System.Text.Json;

namespace MedOrleans.Host.Import;

/// <summary>
/// Flattens a Bundle: each entry becomes a resource under its own id (or its fullUrl's uuid), and references by fullUrl become
/// <c>Type/id</c>. Importing the Bundle again therefore finds the same resources.
/// </summary>
internal static class BundleUnits
{
    private const string Urn = "urn:uuid:";

    /// <summary>The entries' resources; null where the JSON cannot be read.</summary>
    public static IReadOnlyList<ImportUnit>? TryRead(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
            if (!document.RootElement.TryGetProperty("entry"u8, out var entries) || entries.ValueKind != JsonValueKind.Array)
            {
                return [];
            }

            var all = entries.EnumerateArray().Select((entry, i) => (Number: i + 1, Entry: entry)).ToList();
            var references = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (_, entry) in all)
            {
                if (Resource(entry) is { } resource && FullUrl(entry) is { } fullUrl && Id(entry, resource) is { } id)
                {
                    references.TryAdd(fullUrl, $"{ResourceJson.TypeOf(resource)}/{id}");
                }
            }

            return [.. all.Where(entry => Resource(entry.Entry) is not null).Select(entry =>
            {
                var resource = Resource(entry.Entry)!.Value;
                return new ImportUnit(entry.Number, ResourceJson.TypeOf(resource), ResourceJson.Rewrite(resource, Id(entry.Entry, resource), references));
            })];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? Resource(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("resource"u8, out var resource) && resource.ValueKind == JsonValueKind.Object ? resource : null;

    private static string? FullUrl(JsonElement entry) =>
        entry.TryGetProperty("fullUrl"u8, out var url) && url.ValueKind == JsonValueKind.String ? url.GetString() : null;

    private static string? Id(JsonElement entry, JsonElement resource) =>
        resource.TryGetProperty("id"u8, out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()
        : FullUrl(entry) is { } url && url.StartsWith(Urn, StringComparison.Ordinal) ? url[Urn.Length..]
        : null;
}
