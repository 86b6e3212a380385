using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MedOrleans.Record.Fhir.Reading;

/// <content>Values: their JSON kind, lexical form and binding, and references.</content>
internal sealed partial class ResourceWalk
{
    private static readonly SearchValues<byte> s_nameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    private byte[] _scratch = new byte[1024];
    private int _entryDepth;
    private int _containedDepth;

    private void ReadPrimitive(ref Utf8JsonReader reader, Member member, ElementModel? via, Place place)
    {
        var kind = member.Primitive;
        var isRight = reader.TokenType switch
        {
            JsonTokenType.True or JsonTokenType.False => kind == PrimitiveKind.Boolean,
            JsonTokenType.Number => kind is >= PrimitiveKind.Integer and <= PrimitiveKind.Decimal,
            JsonTokenType.String => kind >= PrimitiveKind.String,
            _ => false,
        };
        if (!isRight)
        {
            ReportKind(ref reader, kind);
            reader.Skip();
        }
        else if (reader.TokenType == JsonTokenType.String)
        {
            ReadText(ref reader, member, via, place);
        }
        else
        {
            if (reader.TokenType == JsonTokenType.Number && PrimitiveForms.FaultOfNumber(kind, reader.ValueSpan) is { } fault)
            {
                _log.Error("value", fault);
            }

            _out.Append(reader.ValueSpan);
        }
    }

    private void ReportKind(ref Utf8JsonReader reader, PrimitiveKind kind)
    {
        var wanted = kind switch
        {
            PrimitiveKind.Boolean => "true or false",
            <= PrimitiveKind.Decimal => "a JSON number",
            _ => "a JSON string",
        };
        _log.Error("structure", reader.TokenType switch
        {
            JsonTokenType.Null => $"The value must be {wanted}, not null: what is absent is left out.",
            JsonTokenType.StartArray => $"The value must be {wanted}, not an array.",
            JsonTokenType.StartObject => $"The value must be {wanted}, not an object.",
            JsonTokenType.String => $"The value must be {wanted}, not a string.",
            JsonTokenType.Number => $"The value must be {wanted}, not a number.",
            _ => $"The value must be {wanted}, not a boolean.",
        });
    }

    private void ReadText(ref Utf8JsonReader reader, Member member, ElementModel? via, Place place)
    {
        var raw = reader.ValueSpan;
        var text = raw;
        if (raw.IsEmpty)
        {
            _log.Error("value", "A string must not be empty: what is absent is left out.");
            return;
        }

        if (reader.ValueIsEscaped)
        {
            var length = Unescape(ref reader);
            if (length < 0)
            {
                return;
            }

            text = _scratch.AsSpan(0, length);
        }

        if (PrimitiveForms.FaultOfText(member.Primitive, text) is { } fault)
        {
            _log.Error(member.Primitive == PrimitiveKind.Xhtml ? "invariant" : "value", fault);
            return;
        }

        if (member.Codes is { } codes && codes.Find(text) is null)
        {
            _log.Error("code-invalid", "The code is not one of those that the element may have (its binding is required).");
        }

        switch (member.Primitive)
        {
            case PrimitiveKind.Reference:
                ReadReference(raw, text, via);
                return;
            case PrimitiveKind.Uri or PrimitiveKind.Url or PrimitiveKind.Canonical:
                ReadUri(raw, text);
                return;
            case PrimitiveKind.Id when place == Place.Root && member.Element.Name == "id":
                if (!Ascii.Equals(text, _options.Id))
                {
                    _log.Error("value", "The id is not the one that the resource is stored under.");
                }

                return;
            case PrimitiveKind.Id when place == Place.Contained && member.Element.Name == "id":
                if (!_locals.AddContained(text, _log.ParentPath()))
                {
                    _log.Error("duplicate", "Another contained resource has the same id.");
                }

                break;
            default:
                break;
        }

        _out.AppendString(raw);
    }

    /// <summary>Unescapes a string into the scratch and looks for what only an escape can bring in.</summary>
    /// <returns>The length; -1 where the string is faulty.</returns>
    private int Unescape(ref Utf8JsonReader reader)
    {
        if (_scratch.Length < reader.ValueSpan.Length)
        {
            _scratch = new byte[Math.Max(_scratch.Length * 2, reader.ValueSpan.Length)];
        }

        try
        {
            var length = reader.CopyString(_scratch);
            if (!PrimitiveForms.HasControls(_scratch.AsSpan(0, length)))
            {
                return length;
            }

            _log.Error("value", "The string has a control character other than tab, carriage return and line feed.");
        }
        catch (InvalidOperationException)
        {
            _log.Error("value", "The string has an escaped half of a surrogate pair, which is no character.");
        }

        return -1;
    }

    private void ReadUri(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text)
    {
        if (text[0] == '#')
        {
            _locals.AddUse(text);
        }

        if (_options.References is { Count: > 0 } references && _entryDepth == 0 && text.StartsWith("urn:"u8)
            && references.TryGetValue(Encoding.UTF8.GetString(text), out var written))
        {
            AppendText(written);
            return;
        }

        _out.AppendString(raw);
    }

    private void ReadReference(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, ElementModel? via)
    {
        string? written = null;
        if (_entryDepth == 0)
        {
            written = Rewrite(text);
            text = written is null ? text : Encoding.UTF8.GetBytes(written);
        }

        var form = ReferenceForm.Of(text);
        if (form.Kind == ReferenceKind.Malformed)
        {
            _log.Error("value", "The reference is none of: Type/id, an absolute url or urn, #id, Type?query.");
        }
        else if (!form.IsTypeKnown)
        {
            _log.Error("value", "The reference names a resource type that FHIR R4 does not have.");
        }
        else if (form.Type is { } type && via?.Targets is { } targets && !targets.Contains(type, StringComparer.Ordinal))
        {
            _log.Error("value", $"The reference points to {type}; here it may point to {string.Join(", ", targets)}.");
        }
        else if (form.Kind == ReferenceKind.Local)
        {
            if (text.Length == 1 && _containedDepth == 0)
            {
                _log.Error("invariant", "Only a contained resource can point to the one that contains it (ref-1).");
            }

            _locals.AddReference(text, _log.Path()!);
        }

        if (written is null)
        {
            _out.AppendString(raw);
        }
        else
        {
            AppendText(written);
        }
    }

    /// <summary>The reference to store in place of this one; null to store it as it is.</summary>
    private string? Rewrite(ReadOnlySpan<byte> text)
    {
        if (_options.References is { Count: > 0 } references && references.TryGetValue(Encoding.UTF8.GetString(text), out var resolved))
        {
            return resolved;
        }

        if (text.StartsWith("http"u8))
        {
            foreach (var address in _options.BaseAddresses)
            {
                if (text.Length > address.Length && Ascii.Equals(text[..address.Length], address)
                    && ReferenceForm.Of(text[address.Length..]) is { Kind: ReferenceKind.Relative, IsTypeKnown: true })
                {
                    return Encoding.UTF8.GetString(text[address.Length..]);
                }
            }
        }

        return null;
    }

    private void AppendText(string text)
    {
        _out.AppendString(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
    }
}
