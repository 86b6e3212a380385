using System.Text.Unicode;
using MedOrleans.Cluster;
using MedOrleans.Record.Fhir.Reading;
using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Record.Fhir;

/// <summary>Parses, validates and indexes FHIR R4 JSON, once per write. Safe to call concurrently.</summary>
public sealed class ResourceReader(SearchParameterCatalog catalog)
{
    [ThreadStatic]
    private static ResourceWalk? t_walk;

    /// <summary>Reads one resource; everything wrong with it is in the result's issues, nothing is thrown for bad input.</summary>
    public ReadResult Read(ReadOnlyMemory<byte> json, ReadOptions options)
    {
        _ = catalog;
        var content = json.Span;
        if (content.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        if (!Utf8.IsValid(content))
        {
            return new ReadResult(null, [new Issue("structure", "The content is not UTF-8.", null, "fatal")]);
        }

        var walk = t_walk ??= new ResourceWalk();
        if (walk.Run(content, options) is not var (type, body, stampAt))
        {
            return new ReadResult(null, walk.Issues);
        }

        var resource = new PreparedResource
        {
            Type = type,
            Id = options.Id,
            Body = body,
            StampAt = stampAt,
            Text = [],
            Range = [],
        };
        return new ReadResult(resource, walk.Issues);
    }
}
