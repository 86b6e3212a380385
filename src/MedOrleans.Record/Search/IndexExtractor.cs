using System.Collections.Concurrent;
using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Store;

namespace MedOrleans.Record.Search;

/// <summary>
/// Extracts the index entries of resources. The plan of a type is compiled when it is first met. Safe to call concurrently.
/// </summary>
public sealed class IndexExtractor(SearchParameterCatalog catalog)
{
    [ThreadStatic]
    private static IndexSink? t_sink;

    private readonly ConcurrentDictionary<string, PlanNode> _plans = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, PlanNode> _references = new();

    /// <summary>Adds the index entries of a resource to the lists, each once, in index order.</summary>
    /// <param name="type">The resource type; one that is unknown has no entries.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="text">Receives the entries of the text index.</param>
    /// <param name="range">Receives the entries of the range index.</param>
    public void Extract(string type, JsonElement resource, List<TextIndexEntry> text, List<RangeIndexEntry> range)
    {
        if (resource.ValueKind != JsonValueKind.Object || !FhirTypes.IsResourceType(type))
        {
            return;
        }

        var plan = _plans.GetOrAdd(
            type, static (type, catalog) => IndexPlanBuilder.Build(type, catalog.For(type).Where(parameter => parameter.IsIndexed)), catalog);
        var sink = t_sink ??= new IndexSink();
        sink.Clear();
        plan.Visit(resource, sink);
        sink.MoveTo(text, range);
    }

    /// <summary>The resources that a stored resource points to by a reference parameter, each once.</summary>
    /// <param name="type">The type of the resource.</param>
    /// <param name="parameter">The number of the reference parameter; one of another type or kind leads nowhere.</param>
    /// <param name="body">The resource as JSON.</param>
    public IEnumerable<ResourceId> ReferencesOf(string type, int parameter, ReadOnlyMemory<byte> body)
    {
        if (catalog.Find(parameter) is not { Kind: SearchParameterKind.Reference } found || found.Type != type || !SearchParameterSpecials.IsSearchable(found))
        {
            return [];
        }

        var plan = _references.GetOrAdd(parameter, static (_, found) => IndexPlanBuilder.Build(found.Type, [found]), found);
        var sink = t_sink ??= new IndexSink();
        sink.Clear();
        using (var document = JsonDocument.Parse(body))
        {
            plan.Visit(document.RootElement, sink);
        }

        var references = new List<ResourceId>();
        foreach (var entry in sink.Text)
        {
            var slash = entry.Key.IndexOf('/', StringComparison.Ordinal);
            if (entry.Parameter == parameter && slash > 0 && entry.Key[..slash].All(char.IsAsciiLetter) && ResourceKey.IsId(entry.Key[(slash + 1)..]))
            {
                references.Add(new ResourceId(entry.Key[..slash], entry.Key[(slash + 1)..]));
            }
        }

        sink.Clear();
        return references.Distinct();
    }
}
