using System.Text;
using System.Text.Json;
using MedOrleans.Records;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>
/// The one walk over a resource: checks it against the models of its types and writes its body on the way. Its buffers
/// are used again and again; one thread at a time.
/// </summary>
internal sealed partial class ResourceWalk
{
    /// <summary>How deep objects and arrays may nest, the resource itself counted.</summary>
    public const int MaxDepth = 128;

    private readonly IssueLog _log = new();
    private readonly BodyBuffer _rest = new();
    private readonly BodyBuffer _meta = new();
    private BodyBuffer _out;
    private Slot[] _slots = new Slot[256];
    private int _slotTop;
    private ReadOptions _options = new() { Id = "" };
    private LocalReferences _locals = new();

    public ResourceWalk() => _out = _rest;

    /// <summary>Where an object stands, as far as that matters.</summary>
    private enum Place
    {
        Element,
        Root,
        RootMeta,
        Contained,
        Entry,
    }

    /// <summary>What was found.</summary>
    public IReadOnlyList<Issue> Issues => _log.Issues;

    /// <summary>Walks over a resource, all of <paramref name="json"/>.</summary>
    /// <returns>Its type and body; null where it is not valid.</returns>
    public (string Type, byte[] Body, int StampAt)? Run(ReadOnlySpan<byte> json, ReadOptions options)
    {
        Reset(options);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1000 });
        string? type = null;
        try
        {
            type = ReadRoot(ref reader);
        }
        catch (JsonException fault)
        {
            _log.Add(new Issue(
                "structure", $"The JSON is malformed at line {fault.LineNumber + 1}, column {fault.BytePositionInLine + 1}.", null, "fatal"));
        }

        if (type is null || _log.HasErrors)
        {
            return null;
        }

        var (body, stampAt) = Assemble(type);
        return (type, body, stampAt);
    }

    private void Reset(ReadOptions options)
    {
        _log.Reset();
        _rest.Reset();
        _meta.Reset();
        if (_scratch.Length > 1 << 20)
        {
            _scratch = new byte[1024];
        }

        _out = _rest;
        _slotTop = 0;
        _entryDepth = _containedDepth = 0;
        _options = options;
        _locals = new LocalReferences();
    }

    private string? ReadRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            _log.Add(new Issue("structure", "A resource is a JSON object.", _options.Type, "fatal"));
            return null;
        }

        var type = FindType(reader, Place.Root);
        if (type is null)
        {
            return null;
        }

        _log.Enter(type.Name);
        ReadObject(ref reader, type.Model, null, Place.Root);
        _locals.Check(_log);
        _log.Leave();
        reader.Read();
        return type.Name;
    }

    /// <summary>Looks ahead for the type of the resource that begins here; <paramref name="reader"/> is a copy.</summary>
    private TypeModels.ResourceType? FindType(Utf8JsonReader reader, Place place)
    {
        var root = place == Place.Root ? _options.Type ?? "Resource" : null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("resourceType"u8))
            {
                reader.Skip();
                continue;
            }

            reader.Read();
            if (reader.TokenType == JsonTokenType.String && TypeModels.FindResource(reader.ValueSpan) is { } type)
            {
                if (place != Place.Root || (FhirTypes.IsResourceType(type.Name) && (_options.Type is null || _options.Type == type.Name)))
                {
                    return type;
                }

                _log.Add(_options.Type is null
                    ? new Issue("not-supported", $"{type.Name} is not a type that is stored.", type.Name)
                    : new Issue("value", $"The resource is of type {type.Name} where {_options.Type} belongs.", root));
                return null;
            }

            Fault("value", "The resourceType is not one of FHIR R4.");
            return null;
        }

        Fault("required", "The resource has no resourceType.");
        return null;

        void Fault(string code, string details)
        {
            if (root is null)
            {
                _log.Error(code, details);
            }
            else
            {
                _log.Add(new Issue(code, details, root));
            }
        }
    }

    private (byte[] Body, int StampAt) Assemble(string type)
    {
        var head = Encoding.UTF8.GetBytes($"{{\"resourceType\":\"{type}\",\"id\":\"{_options.Id}\",\"meta\":");
        if (_meta.Length == 0)
        {
            _meta.Append("{}"u8);
        }

        // The rest is a whole object: its first brace becomes a comma, or nothing where the object is empty.
        var rest = _rest.Written[(_rest.Length > 2 ? 0 : 1)..];
        var body = GC.AllocateUninitializedArray<byte>(head.Length + _meta.Length + rest.Length);
        head.CopyTo(body, 0);
        _meta.Written.CopyTo(body.AsSpan(head.Length));
        rest.CopyTo(body.AsSpan(head.Length + _meta.Length));
        if (rest.Length > 1)
        {
            body[head.Length + _meta.Length] = (byte)',';
        }

        return (body, head.Length + 1);
    }

    /// <summary>What is known of one element of an object under way.</summary>
    private struct Slot
    {
        /// <summary>Which of the element's types the value has; 0 where there is none yet.</summary>
        public int Choice;

        /// <summary>The same of the member with the underscore.</summary>
        public int SiblingChoice;

        /// <summary>How many items the array has.</summary>
        public int Items;

        /// <summary>How many the array with the underscore has.</summary>
        public int SiblingItems;

        /// <summary>Which items of the array are null; null where none is.</summary>
        public List<int>? Nulls;

        /// <summary>Which of the array with the underscore.</summary>
        public List<int>? SiblingNulls;
    }
}
