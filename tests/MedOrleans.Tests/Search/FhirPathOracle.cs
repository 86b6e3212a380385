using System.Buffers;
using System.Text;
using System.Text.Json;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using MedOrleans.Record.Search;
using SearchParameter = MedOrleans.Record.Search.SearchParameter;

namespace MedOrleans.Tests.Search;

/// <summary>What a parameter should index, by Firely's own FHIRPath engine: slow, and independent of our plans.</summary>
internal static class FhirPathOracle
{
    private static readonly FhirJsonDeserializer s_reader = new(new DeserializerSettings { Validator = null });
    private static readonly FhirJsonSerializer s_writer = new();
    private static readonly FhirEvaluationContext s_context = new() { ElementResolver = Resolve };

    public static Resource Parse(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        return s_reader.DeserializeResource(ref reader);
    }

    /// <summary>The entries of the elements that the parameter's expression selects, as sorted text.</summary>
    public static IReadOnlyList<string> Expected(Resource resource, SearchParameter parameter)
    {
        var sink = new IndexSink();
        var elements = resource.Select(parameter.Expression!, s_context).OfType<Base>();
        if (parameter.Kind != SearchParameterKind.Composite)
        {
            Write(elements, parameter.Kind, parameter.Number, SearchParameterCatalog.IdentifierNumberOf(parameter), sink);
            return Print(sink);
        }

        foreach (var element in elements)
        {
            WriteComposite(element, parameter, sink);
        }

        return Print(sink);
    }

    /// <summary>The entries that the parameter's own plan extracts, as sorted text.</summary>
    public static IReadOnlyList<string> Actual(JsonElement resource, PlanNode plan)
    {
        var sink = new IndexSink();
        plan.Visit(resource, sink);
        return Print(sink);
    }

    private static void Write(IEnumerable<Base> elements, SearchParameterKind kind, int number, int identifierNumber, IndexSink sink)
    {
        foreach (var element in elements)
        {
            using var json = JsonDocument.Parse(
                element is PrimitiveType primitive ? JsonSerializer.SerializeToUtf8Bytes(primitive.JsonValue) : Json(element));
            IndexWriter.For(kind, element.TypeName!, number, identifierNumber)?.Write(json.RootElement, sink);
        }
    }

    private static void WriteComposite(Base element, SearchParameter parameter, IndexSink sink)
    {
        var parts = new IndexSink();
        for (var i = 0; i < parameter.Components.Count; i++)
        {
            // R4 writes a type with a capital that has none.
            var expression = parameter.Components[i].Expression.Replace("as(DateTime)", "as(dateTime)", StringComparison.Ordinal);
            Write(element.Select(expression, s_context).OfType<Base>(), parameter.Components[i].Parameter.Kind, i, -1, parts);
        }

        foreach (var first in Forms(parameter, parts, 0))
        {
            foreach (var second in Forms(parameter, parts, 1))
            {
                sink.Add(parameter.Number, $"{first}\u001e{second}");
            }

            foreach (var second in parts.Range.Where(entry => entry.Key.Length == 0))
            {
                sink.Add(parameter.Number, first, second.Low, second.High);
            }
        }
    }

    private static IEnumerable<string> Forms(SearchParameter parameter, IndexSink parts, int component) => parts.Text
        .Where(entry => entry.Parameter == component)
        .SelectMany(entry => parameter.Components[component].Parameter.Kind == SearchParameterKind.Token
            ? [entry.Key, entry.Key.Split('\u001f')[0]]
            : new[] { entry.Key });

    private static IReadOnlyList<string> Print(IndexSink sink) =>
    [
        .. sink.Text.Select(entry => $"{entry.Parameter} {entry.Key}")
            .Concat(sink.Range.Select(entry => $"{entry.Parameter} {entry.Key} {entry.Low:R} {entry.High:R}"))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static byte[] Json(Base element)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            s_writer.Serialize(element, writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static PocoNode? Resolve(string reference)
    {
        var parts = reference.Split('/');
        return parts.Length > 1 && ModelInfo.GetTypeForFhirType(parts[^2]) is { } type
            ? ((Base)Activator.CreateInstance(type)!).ToPocoNode()
            : null;
    }
}
