using System.Text;
using System.Text.Json;

namespace MedOrleans.Record.Search;

/// <summary>Words.</summary>
internal class WordsWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        var original = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
        original.Add(value);
        if (!original.IsEmpty)
        {
            sink.Add(parameter, IndexKeys.String(in original));
        }
    }
}

/// <summary>The words in some members of an element, each on its own: the parts of a name, of an address.</summary>
internal sealed class PartsWriter(int parameter, params string[] parts) : WordsWriter(parameter)
{
    private readonly byte[][] _parts = Array.ConvertAll(parts, Encoding.UTF8.GetBytes);

    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var part in _parts)
        {
            if (!value.TryGetProperty(part, out var words))
            {
                continue;
            }

            if (words.ValueKind != JsonValueKind.Array)
            {
                base.Write(words, sink);
                continue;
            }

            foreach (var item in words.EnumerateArray())
            {
                base.Write(item, sink);
            }
        }
    }
}

/// <summary>A uri, or any text that is compared as it is.</summary>
internal sealed class PlainWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        var key = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
        key.Add(value);
        if (!key.IsEmpty)
        {
            sink.Add(parameter, key.ToString());
        }
    }
}

/// <summary>The url of a definition, and that of its version where one is named.</summary>
internal sealed class CanonicalWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        var key = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
        key.Add(value);
        if (key.IsEmpty)
        {
            return;
        }

        sink.Add(parameter, key.ToString());
        var version = key.Text.IndexOf('|');
        if (version > 0)
        {
            sink.Add(parameter, key.Text[..version].ToString());
        }
    }
}

/// <summary>A reference: where it points, and the identifier that it names its target by.</summary>
internal sealed class ReferenceWriter(int parameter, int identifierParameter) : IndexWriter
{
    private readonly IdentifierWriter _identifier = new(identifierParameter);

    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (value.TryGetProperty("reference"u8, out var reference))
        {
            var key = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
            key.Add(reference);

            // Neither what is contained nor what is not resolved yet can be found by its address.
            if (!key.IsEmpty && key.Text[0] != '#' && !key.Text.Contains('?'))
            {
                sink.Add(parameter, IndexKeys.WithoutVersion(key.Text).ToString());
            }
        }

        if (value.TryGetProperty("identifier"u8, out var identifier))
        {
            _identifier.Write(identifier, sink);
        }
    }
}

/// <summary>The first entry of a document or a message, as a reference to it.</summary>
internal sealed class FirstEntryWriter(int parameter, string type) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.TryGetProperty("entry"u8, out var entries) && entries.ValueKind == JsonValueKind.Array && entries.GetArrayLength() > 0
            && entries[0].ValueKind == JsonValueKind.Object && entries[0].TryGetProperty("resource"u8, out var resource)
            && resource.ValueKind == JsonValueKind.Object
            && resource.TryGetProperty("resourceType"u8, out var named) && named.ValueEquals(type)
            && resource.TryGetProperty("id"u8, out var id) && id.ValueKind == JsonValueKind.String)
        {
            var key = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
            key.Add(type);
            key.AddSeparator('/');
            key.Add(id);
            sink.Add(parameter, key.ToString());
        }
    }
}
