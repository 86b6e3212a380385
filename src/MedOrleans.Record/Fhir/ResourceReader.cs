using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using MedOrleans.Cluster;
using MedOrleans.Record.Fhir.Reading;
using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Record.Fhir;

/// <summary>Parses, validates and indexes FHIR R4 JSON, once per write. Safe to call concurrently.</summary>
public sealed class ResourceReader
{
    /// <summary>One small resource of each type that every hospital writes from its first minute on.</summary>
    internal static readonly string[] Samples =
    [
        """
        {"resourceType":"Patient","identifier":[{"system":"http://example.org/mrn","value":"1"}],"name":[{"family":"A","given":["B"]}],
        "gender":"female","birthDate":"2000-01-01","text":{"status":"generated","div":"<div>A</div>"}}
        """,
        """
        {"resourceType":"Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},
        "subject":{"reference":"Patient/1"},"period":{"start":"2000-01-01T00:00:00Z","end":"2000-01-01T01:00:00Z"}}
        """,
        """
        {"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8302-2"}],"text":"A"},
        "subject":{"reference":"Patient/1"},"effectiveDateTime":"2000-01-01","valueQuantity":{"value":1.5,"unit":"cm"}}
        """,
        """
        {"resourceType":"Condition","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"1"}]},
        "onsetDateTime":"2000-01-01"}
        """,
    ];

    [ThreadStatic]
    private static ResourceWalk? t_walk;

    [ThreadStatic]
    private static (List<TextIndexEntry> Text, List<RangeIndexEntry> Range)? t_entries;

    private readonly IndexExtractor _indexes;

    /// <summary>Makes a reader that indexes for the parameters of a catalogue.</summary>
    public ResourceReader(SearchParameterCatalog catalog) : this(new IndexExtractor(catalog))
    {
    }

    internal ResourceReader(IndexExtractor indexes) => _indexes = indexes;

    /// <summary>Reads one resource; everything wrong with it is in the result's issues, nothing is thrown for bad input.</summary>
    public ReadResult Read(ReadOnlyMemory<byte> json, ReadOptions options)
    {
        var content = json.Span;
        if (content.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        if (!Utf8.IsValid(content))
        {
            return new ReadResult(null, [new Issue("structure", "The content is not UTF-8.", options.Type, "fatal")]);
        }

        var walk = t_walk ??= new ResourceWalk();
        if (walk.Run(content, options) is not var (type, body, stampAt))
        {
            return new ReadResult(null, walk.Issues);
        }

        var (text, range) = t_entries ??= ([], []);
        text.Clear();
        range.Clear();
        using (var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = ResourceWalk.MaxDepth }))
        {
            _indexes.Extract(type, document.RootElement, text, range);
        }

        var resource = new PreparedResource
        {
            Type = type,
            Id = options.Id,
            Body = body,
            StampAt = stampAt,
            Text = [.. text],
            Range = [.. range],
        };
        return new ReadResult(resource, walk.Issues);
    }

    /// <summary>Makes ready what the first reading would have to wait for: the models and the code. Takes some 100 ms.</summary>
    public void Warm()
    {
        foreach (var sample in Samples)
        {
            Read(Encoding.UTF8.GetBytes(sample), new ReadOptions { Id = "warm" });
        }
    }
}
