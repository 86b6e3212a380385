using System.Buffers;
using System.Text.Json;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The definitions of the operations (R4, operationdefinition.html). They are the server's and not the record's: no hospital writes them.</summary>
internal static class OperationDefinitions
{
    /// <summary>The resource type.</summary>
    public const string Type = "OperationDefinition";

    /// <summary>All operations that are defined here.</summary>
    public static IReadOnlyList<FhirOperation> All { get; } = [.. AdtOperation.All, .. BookingOperation.All, .. OrderOperation.All, .. MergeOperation.All, MatchOperation.Instance, ReplayOperation.Instance];

    /// <summary>Whether an id is that of one of the server's definitions.</summary>
    public static bool IsOne(string type, string id) => type == Type && All.Any(operation => operation.Id == id);

    /// <summary>A definition as JSON.</summary>
    public static BytesContent Of(FhirOperation operation)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("resourceType"u8, Type);
        json.WriteString("id"u8, operation.Id);
        json.WriteString("url"u8, operation.Url);
        json.WriteString("name"u8, string.Concat(operation.Id.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])));
        json.WriteString("status"u8, "active"u8);
        json.WriteString("kind"u8, "operation"u8);
        json.WriteString("description"u8, operation.Description);
        json.WriteBoolean("affectsState"u8, !operation.IsRead);
        json.WriteString("code"u8, operation.Name);
        json.WriteStartArray("resource"u8);
        json.WriteStringValue(operation.Type);
        json.WriteEndArray();
        json.WriteBoolean("system"u8, false);
        json.WriteBoolean("type"u8, operation.OnType);
        json.WriteBoolean("instance"u8, operation.OnInstance);
        json.WriteStartArray("parameter"u8);
        foreach (var parameter in operation.Parameters)
        {
            WriteParameter(json, parameter.Name, "in", parameter.IsRequired ? 1 : 0, parameter.IsList ? "*" : "1", parameter.Documentation, parameter.Type, parameter.Target);
        }

        WriteParameter(json, "return", "out", 1, "1", operation.Returns, operation.ReturnType, null);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return new BytesContent(buffer.WrittenSpan.ToArray());
    }

    private static void WriteParameter(Utf8JsonWriter json, string name, string use, int min, string max, string documentation, string type, string? target)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, name);
        json.WriteString("use"u8, use);
        json.WriteNumber("min"u8, min);
        json.WriteString("max"u8, max);
        json.WriteString("documentation"u8, documentation);
        json.WriteString("type"u8, type);
        if (target is not null)
        {
            json.WriteStartArray("targetProfile"u8);
            json.WriteStringValue($"http://hl7.org/fhir/StructureDefinition/{target}");
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
