using System.Globalization;
using System.Text.Json;
using MedOrleans.Encounters;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>A parameter of an operation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its FHIR type as the definition says it.</param>
/// <param name="Documentation">What it means.</param>
/// <param name="IsRequired">Whether it has to be there.</param>
/// <param name="Target">The resource type that a Reference is to.</param>
/// <param name="IsList">Whether it may be there several times.</param>
internal sealed record OperationParameter(string Name, string Type, string Documentation, bool IsRequired = false, string? Target = null, bool IsList = false);

/// <summary>The parameters of one call, read from a Parameters resource (R4). What is wrong with them is gathered, not thrown.</summary>
internal sealed class OperationInput
{
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly List<(string Name, JsonElement Parameter)> _all = [];
    private readonly List<Issue> _issues = [];
    private readonly IReadOnlyList<string> _bases;

    private OperationInput(IReadOnlyList<string> bases) => _bases = bases;

    /// <summary>Everything that is wrong; complete once all parameters have been asked for.</summary>
    public IReadOnlyList<Issue> Issues => _issues;

    /// <summary>Reads a call of an operation that changes something, or says why it may not be.</summary>
    /// <param name="call">The call.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="id">The resource that it is called on; null where it is called on the type.</param>
    /// <param name="maxBytes">The most that a body may be.</param>
    public static async ValueTask<(OperationInput? Input, int Bytes, FhirResult? Refusal)> ReadAsync(FhirCall call, FhirOperation operation, string? id, int maxBytes)
    {
        foreach (var (type, needs) in operation.Also.Prepend((operation.Type, operation.Needs)))
        {
            if (call.Forbids(type, needs) is { } forbidden)
            {
                return (null, 0, forbidden);
            }
        }

        if (id is not null && !ResourceKey.IsId(id))
        {
            return (null, 0, FhirResult.Refused(404, "not-found", $"There is no such {operation.Type}."));
        }

        if (RequestBody.IsAbsent(call.Http.Request))
        {
            return (Read(default, operation.Parameters, call.BaseAddresses), 0, null);
        }

        var (json, refusal) = await RequestBody.ReadJsonAsync(call, maxBytes);
        return refusal is null ? (Read(json, operation.Parameters, call.BaseAddresses), json.Length, null) : (null, 0, refusal);
    }

    /// <summary>Reads the body of a call; an empty one has no parameters.</summary>
    /// <param name="json">The body.</param>
    /// <param name="parameters">The parameters that the operation has.</param>
    /// <param name="bases">The hospital's own addresses, below which a reference is a relative one.</param>
    public static OperationInput Read(ReadOnlyMemory<byte> json, IReadOnlyList<OperationParameter> parameters, IReadOnlyList<string> bases)
    {
        var input = new OperationInput(bases);
        if (json.IsEmpty)
        {
            input.Require(parameters);
            return input;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            input.Read(document.RootElement, parameters);
        }
        catch (JsonException fault)
        {
            input._issues.Add(new Issue("structure", string.Create(CultureInfo.InvariantCulture, $"The JSON is malformed at line {fault.LineNumber + 1}, column {fault.BytePositionInLine + 1}."), null, "fatal"));
            return input;
        }

        input.Require(parameters);
        return input;
    }

    /// <summary>The command's id: the caller's own, by which a call that is sent again has one effect, or a new one.</summary>
    public Guid CommandId()
    {
        if (Text("commandId") is not { } text)
        {
            return Guid.CreateVersion7();
        }

        if (Guid.TryParse(text.StartsWith("urn:uuid:", StringComparison.Ordinal) ? text[9..] : text, out var id))
        {
            return id;
        }

        Wrong("commandId", "is a UUID");
        return default;
    }

    /// <summary>The id that a Reference, or an id alone, names; null where it is not given.</summary>
    public string? Id(string name, string type) => _values.TryGetValue(name, out var parameter) ? Id(parameter, name, type) : null;

    /// <summary>The ids that a parameter which may be there several times names.</summary>
    public IReadOnlyList<string> Ids(string name, string type) => [.. All(name).Select(parameter => Id(parameter.Parameter, name, type)).OfType<string>()];

    /// <summary>The codes or texts of a parameter that may be there several times.</summary>
    public IReadOnlyList<string> Texts(string name) => [.. All(name).Select(parameter => Text(parameter.Parameter))];

    /// <summary>The resources of a parameter, as JSON.</summary>
    public IReadOnlyList<byte[]> Resources(string name, string type)
    {
        var resources = new List<byte[]>();
        foreach (var (_, parameter) in All(name))
        {
            if (parameter.TryGetProperty("resource", out var resource) && Member(resource, "resourceType") == type)
            {
                resources.Add(System.Text.Encoding.UTF8.GetBytes(resource.GetRawText()));
            }
            else
            {
                Wrong(name, $"is a resource of type {type}");
            }
        }

        return resources;
    }

    /// <summary>The resource of a parameter, as JSON; null where it is not given.</summary>
    public byte[]? Resource(string name, string type) => Resources(name, type) is [var first, ..] ? first : null;

    /// <summary>A whole number; null where it is not given.</summary>
    public int? Number(string name)
    {
        if (!_values.TryGetValue(name, out var parameter))
        {
            return null;
        }

        foreach (var member in new[] { "valueInteger", "valuePositiveInt", "valueUnsignedInt" })
        {
            if (parameter.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number))
            {
                return number;
            }
        }

        Wrong(name, "is a whole number");
        return null;
    }

    /// <summary>True or false; null where it is not given.</summary>
    public bool? Flag(string name)
    {
        if (!_values.TryGetValue(name, out var parameter))
        {
            return null;
        }

        if (parameter.TryGetProperty("valueBoolean", out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Wrong(name, "is a boolean");
        return null;
    }

    /// <summary>A date; null where it is not given.</summary>
    public DateOnly? Date(string name) => Exactly(name, "valueDate", "is a date, 2026-11-26", static text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : (DateOnly?)null);

    /// <summary>A time of day; null where it is not given.</summary>
    public TimeOnly? TimeOfDay(string name) => Exactly(name, "valueTime", "is a time, 08:30:00", static text => TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : (TimeOnly?)null);

    /// <summary>Adds something that is wrong with a parameter.</summary>
    public void Refuse(string name, string what) => Wrong(name, what);

    private IEnumerable<(string Name, JsonElement Parameter)> All(string name) => _all.Where(parameter => parameter.Name == name);

    private T? Exactly<T>(string name, string member, string what, Func<string?, T?> parse)
        where T : struct
    {
        if (!_values.TryGetValue(name, out var parameter))
        {
            return null;
        }

        if (parse(Member(parameter, member) ?? Member(parameter, "valueString")) is { } value)
        {
            return value;
        }

        Wrong(name, what);
        return null;
    }

    /// <summary>A Reference as it is given, below the hospital's own addresses; null where it is not given.</summary>
    public string? Reference(string name) => _values.TryGetValue(name, out var parameter) ? Reference(parameter) ?? "" : null;

    private string? Reference(JsonElement parameter)
    {
        var text = parameter.TryGetProperty("valueReference", out var reference) && reference.ValueKind == JsonValueKind.Object ? Member(reference, "reference") : Text(parameter);
        foreach (var address in _bases)
        {
            text = text?.StartsWith(address, StringComparison.Ordinal) == true ? text[address.Length..] : text;
        }

        return text;
    }

    private string? Id(JsonElement parameter, string name, string type)
    {
        var text = Reference(parameter);
        var id = text?.StartsWith(type + "/", StringComparison.Ordinal) == true ? text[(type.Length + 1)..] : text;
        if (ResourceKey.IsId(id))
        {
            return id;
        }

        Wrong(name, $"is a reference to a {type} of this hospital, {type}/1");
        return null;
    }

    /// <summary>A code: a Coding, a CodeableConcept or a code alone; null where it is not given.</summary>
    public CodedText? Code(string name)
    {
        if (!_values.TryGetValue(name, out var parameter))
        {
            return null;
        }

        var concept = parameter.TryGetProperty("valueCodeableConcept", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        var coding = parameter.TryGetProperty("valueCoding", out var single) ? single
            : concept.ValueKind == JsonValueKind.Object && concept.TryGetProperty("coding", out var codings) && codings.ValueKind == JsonValueKind.Array && codings.GetArrayLength() > 0 ? codings[0]
            : default;
        var code = new CodedText(Member(coding, "code") ?? Member(parameter, "valueCode"), Member(coding, "system"), Member(coding, "display"), Member(concept, "text") ?? Member(parameter, "valueString"));
        if (code.Code is not null || code.Text is not null)
        {
            return code;
        }

        Wrong(name, "is a CodeableConcept, a Coding, a code or a text");
        return null;
    }

    /// <summary>A moment; null where it is not given.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (!_values.TryGetValue(name, out var parameter))
        {
            return null;
        }

        var text = Member(parameter, "valueDateTime") ?? Member(parameter, "valueInstant");
        if (text?.Contains('T', StringComparison.Ordinal) == true && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        Wrong(name, "is a dateTime with a time, 2026-11-26T08:30:00Z");
        return null;
    }

    /// <summary>A text, a code, an id or a UUID; null where it is not given.</summary>
    public string? Text(string name) => _values.TryGetValue(name, out var parameter) ? Text(parameter) : null;

    private static string Text(JsonElement parameter) =>
        Member(parameter, "valueString") ?? Member(parameter, "valueCode") ?? Member(parameter, "valueId") ?? Member(parameter, "valueUuid") ?? Member(parameter, "valueUri") ?? "";

    private void Read(JsonElement root, IReadOnlyList<OperationParameter> parameters)
    {
        if (root.ValueKind != JsonValueKind.Object || Member(root, "resourceType") != "Parameters")
        {
            _issues.Add(new Issue("structure", "The body has to be a Parameters resource.", "Parameters", "fatal"));
            return;
        }

        if (!root.TryGetProperty("parameter", out var given))
        {
            return;
        }

        if (given.ValueKind != JsonValueKind.Array)
        {
            _issues.Add(new Issue("structure", "parameter is an array.", "Parameters.parameter", "fatal"));
            return;
        }

        foreach (var parameter in given.EnumerateArray())
        {
            var name = parameter.ValueKind == JsonValueKind.Object ? Member(parameter, "name") : null;
            var known = parameters.FirstOrDefault(known => known.Name == name);
            if (name is null || known is null)
            {
                _issues.Add(new Issue("not-supported", $"The operation's parameters are {string.Join(", ", parameters.Select(parameter => parameter.Name))}.", "Parameters.parameter"));
            }
            else
            {
                var value = parameter.Clone();
                _all.Add((name, value));
                if (!_values.TryAdd(name, value) && !known.IsList)
                {
                    _issues.Add(new Issue("value", $"{name} is there more than once.", name));
                }
            }
        }
    }

    private void Require(IReadOnlyList<OperationParameter> parameters) =>
        _issues.AddRange(parameters.Where(parameter => parameter.IsRequired && !_values.ContainsKey(parameter.Name)).Select(parameter => new Issue("required", $"{parameter.Name} is missing.", parameter.Name)));

    private void Wrong(string name, string what) => _issues.Add(new Issue("value", $"{name} {what}.", name));

    private static string? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
