using System.Text.Json;

namespace MedOrleans.Record.Search;

/// <summary>A code and its system.</summary>
internal class CodingWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink) => Write(value, "code"u8, sink);

    /// <summary>Writes the pair of the member called <paramref name="code"/> and <c>system</c>.</summary>
    protected void Write(JsonElement value, ReadOnlySpan<byte> code, IndexSink sink)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(code, out var member))
        {
            return;
        }

        var key = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
        key.Add(member);
        if (key.IsEmpty)
        {
            return;
        }

        key.AddSeparator(IndexKeys.PartSeparator);
        if (value.TryGetProperty("system"u8, out var system))
        {
            key.Add(system);
        }

        sink.Add(parameter, key.ToString());
    }
}

/// <summary>Each coding of a concept.</summary>
internal sealed class CodeableConceptWriter(int parameter) : CodingWriter(parameter)
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("coding"u8, out var codings)
            && codings.ValueKind == JsonValueKind.Array)
        {
            foreach (var coding in codings.EnumerateArray())
            {
                base.Write(coding, sink);
            }
        }
    }
}

/// <summary>An identifier's value and system.</summary>
internal class IdentifierWriter(int parameter) : CodingWriter(parameter)
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink) => Write(value, "value"u8, sink);
}

/// <summary>A contact's value; its system is <c>phone</c>, <c>email</c>, …</summary>
internal sealed class ContactPointWriter(int parameter) : IdentifierWriter(parameter);

/// <summary>A primitive, which has no system of its own.</summary>
internal sealed class CodeWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        var key = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
        key.Add(value);
        if (!key.IsEmpty)
        {
            key.AddSeparator(IndexKeys.PartSeparator);
            sink.Add(parameter, key.ToString());
        }
    }
}

/// <summary><c>Patient.deceased</c>: true where the patient died, whether the time is known or not.</summary>
internal sealed class DeceasedWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        var deceased = value.TryGetProperty("deceasedDateTime"u8, out _)
            || (value.TryGetProperty("deceasedBoolean"u8, out var flag) && flag.ValueKind == JsonValueKind.True);
        sink.Add(parameter, IndexKeys.Token(deceased ? "true" : "false", ""));
    }
}
