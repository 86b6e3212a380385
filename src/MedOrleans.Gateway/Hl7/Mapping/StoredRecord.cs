using System.Text.Json.Nodes;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>The hospital's record, by its store.</summary>
internal sealed class StoredRecord(TenantId tenant, IRecordStore store, SearchQueryParser parser) : IHl7Record
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<KnownResource>> FindAsync(string type, IReadOnlyList<(string System, string Value)> identifiers, CancellationToken cancel)
    {
        var tokens = string.Join(',', identifiers.Take(20).Select(identifier => $"{Escape(identifier.System)}|{Escape(identifier.Value)}"));
        return parser.Parse(tenant, type, [KeyValuePair.Create("identifier", tokens)]).Query is { } query
            ? [.. (await store.SearchAsync(query with { Count = 10 }, cancel)).Matches.Select(Known)]
            : [];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<(string Type, KnownResource Resource)>> ReadAsync(IReadOnlyList<(string Type, string Id)> ids, CancellationToken cancel) => ids.Count == 0 ? []
        : [.. (await store.ReadManyAsync(tenant, [.. ids.Select(id => new ResourceId(id.Type, id.Id))], cancel)).Select(stored => (stored.Type, Known(stored)))];

    private static KnownResource Known(StoredVersion stored) => new(stored.Id, JsonNode.Parse(stored.Body)!.AsObject(), stored.Version);

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)
        .Replace(",", "\\,", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal);
}
