using System.Buffers;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Marks an endpoint with the interaction of R4 that it answers, so that the capability statement says what is there.</summary>
/// <param name="Code">A code of <c>restful-interaction</c>.</param>
/// <param name="OfSystem">Whether it is one of the whole record and not of a type.</param>
internal sealed record InteractionMetadata(string Code, bool OfSystem = false)
{
    /// <summary>What a call is counted as; null for writes, which are metered by what they commit.</summary>
    public Counted? Counts { get; } = Code switch
    {
        "read" or "vread" => Counted.Read,
        "search-type" => Counted.Search,
        "transaction" or "batch" => Counted.Bulk,
        _ when Code.StartsWith("history", StringComparison.Ordinal) => Counted.Read,
        _ => null,
    };
}

/// <summary>Marks an endpoint with the operation that it answers.</summary>
/// <param name="Name">The operation's name, without its dollar sign.</param>
/// <param name="Definition">The canonical url of its definition.</param>
/// <param name="Type">The resource type that it is one of; null for the whole record.</param>
/// <param name="Counts">What a call is counted as; null for what is metered by what it commits.</param>
internal sealed record OperationMetadata(string Name, string Definition, string? Type = null, Counted? Counts = null);

/// <summary>
/// What this server can do (R4, capabilitystatement.html): the mapped endpoints, the resource types and the search
/// parameters. It is the same for every hospital, so it tells nothing of which there are.
/// </summary>
internal sealed class CapabilityStatement
{
    private readonly Lazy<BytesContent> _content;

    public CapabilityStatement(EndpointDataSource endpoints, SearchParameterCatalog catalog, TimeProvider time)
    {
        var started = time.GetUtcNow();
        _content = new Lazy<BytesContent>(() => new BytesContent(Write(
            [.. endpoints.Endpoints.SelectMany(endpoint => endpoint.Metadata.GetOrderedMetadata<InteractionMetadata>())],
            [.. endpoints.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<OperationMetadata>()).OfType<OperationMetadata>()],
            catalog,
            started)));
    }

    /// <summary>The statement; made once.</summary>
    public FhirContent Content => _content.Value;

    private static byte[] Write(
        IReadOnlyList<InteractionMetadata> interactions, IReadOnlyList<OperationMetadata> operations, SearchParameterCatalog catalog, DateTimeOffset date)
    {
        var buffer = new ArrayBufferWriter<byte>(256 * 1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("resourceType"u8, "CapabilityStatement"u8);
        json.WriteString("status"u8, "active"u8);
        json.WriteString("date"u8, date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteString("kind"u8, "instance"u8);
        if (operations.Any(operation => operation.Name == "export"))
        {
            WriteTexts(json, "instantiates", ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"]);
        }

        json.WriteStartObject("software"u8);
        json.WriteString("name"u8, "MedOrleans"u8);
        json.WriteString("version"u8, typeof(CapabilityStatement).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]);
        json.WriteEndObject();
        json.WriteStartObject("implementation"u8);
        json.WriteString("description"u8, "A hospital's record in a MedOrleans cluster"u8);
        json.WriteEndObject();
        json.WriteString("fhirVersion"u8, "4.0.1"u8);
        WriteTexts(json, "format", ["application/fhir+json", "json"]);
        json.WriteStartArray("rest"u8);
        json.WriteStartObject();
        json.WriteString("mode"u8, "server"u8);
        WriteSecurity(json);
        json.WriteStartArray("resource"u8);
        var sources = SourcesByTarget(catalog);
        foreach (var type in FhirTypes.All)
        {
            WriteResource(json, type, interactions, [.. operations.Where(operation => operation.Type == type)], catalog, sources.GetValueOrDefault(type) ?? []);
        }

        json.WriteEndArray();
        WriteInteractions(json, interactions.Where(interaction => interaction.OfSystem));
        WriteOperations(json, [.. operations.Where(operation => operation.Type is null)]);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteSecurity(Utf8JsonWriter json)
    {
        json.WriteStartObject("security"u8);
        json.WriteStartArray("service"u8);
        json.WriteStartObject();
        json.WriteStartArray("coding"u8);
        json.WriteStartObject();
        json.WriteString("system"u8, "http://terminology.hl7.org/CodeSystem/restful-security-service"u8);
        json.WriteString("code"u8, "SMART-on-FHIR"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("description"u8, "OAuth2 client credentials with SMART system scopes; see .well-known/smart-configuration below the base address."u8);
        json.WriteEndObject();
    }

    private static void WriteResource(
        Utf8JsonWriter json, string type, IReadOnlyList<InteractionMetadata> interactions, IReadOnlyList<OperationMetadata> operations, SearchParameterCatalog catalog, List<string> sources)
    {
        var parameters = catalog.For(type).OrderBy(parameter => parameter.Code, StringComparer.Ordinal).ToList();
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        WriteInteractions(json, interactions.Where(interaction => !interaction.OfSystem));
        json.WriteString("versioning"u8, "versioned"u8);
        json.WriteBoolean("readHistory"u8, true);
        json.WriteBoolean("updateCreate"u8, true);
        json.WriteBoolean("conditionalCreate"u8, true);
        json.WriteString("conditionalRead"u8, "full-support"u8);
        json.WriteBoolean("conditionalUpdate"u8, true);
        json.WriteString("conditionalDelete"u8, "single"u8);
        WriteTexts(json, "referencePolicy", ["literal", "logical", "local"]);
        WriteTexts(json, "searchInclude", [.. parameters
            .Where(parameter => parameter.Kind == SearchParameterKind.Reference)
            .Select(parameter => $"{type}:{parameter.Code}")]);
        WriteTexts(json, "searchRevInclude", sources);
        if (parameters.Count > 0)
        {
            json.WriteStartArray("searchParam"u8);
            foreach (var parameter in parameters)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, parameter.Code);
                if (parameter.Url is { } url)
                {
                    json.WriteString("definition"u8, url);
                }

                json.WriteString("type"u8, parameter.Kind.ToString().ToLowerInvariant());
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        WriteOperations(json, operations);
        json.WriteEndObject();
    }

    private static void WriteOperations(Utf8JsonWriter json, IReadOnlyList<OperationMetadata> operations)
    {
        if (operations.Count == 0)
        {
            return;
        }

        json.WriteStartArray("operation"u8);
        foreach (var operation in operations)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, operation.Name);
            json.WriteString("definition"u8, operation.Definition);
            if (operation.Type is { } type && Operations.OperationDefinitions.IsOne(Operations.OperationDefinitions.Type, $"{type}-{operation.Name}"))
            {
                json.WriteString("documentation"u8, $"Read its definition at {Operations.OperationDefinitions.Type}/{type}-{operation.Name}.");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteInteractions(Utf8JsonWriter json, IEnumerable<InteractionMetadata> interactions)
    {
        json.WriteStartArray("interaction"u8);
        foreach (var code in interactions.Select(interaction => interaction.Code).Distinct())
        {
            json.WriteStartObject();
            json.WriteString("code"u8, code);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, List<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static Dictionary<string, List<string>> SourcesByTarget(SearchParameterCatalog catalog)
    {
        var sources = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var type in FhirTypes.All)
        {
            foreach (var parameter in catalog.For(type).OrderBy(parameter => parameter.Code, StringComparer.Ordinal))
            {
                foreach (var target in parameter.Targets)
                {
                    if (!sources.TryGetValue(target, out var list))
                    {
                        sources[target] = list = [];
                    }

                    list.Add($"{type}:{parameter.Code}");
                }
            }
        }

        return sources;
    }
}
