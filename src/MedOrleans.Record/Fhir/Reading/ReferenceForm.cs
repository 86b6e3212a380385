using System.Buffers;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>What a literal reference says by its form (http://hl7.org/fhir/R4/references.html#literal).</summary>
internal enum ReferenceKind
{
    /// <summary>None of the forms.</summary>
    Malformed,

    /// <summary><c>Type/id</c>, with a version or not.</summary>
    Relative,

    /// <summary><c>Type?query</c>, in a transaction.</summary>
    Conditional,

    /// <summary><c>#id</c>: a contained resource; <c>#</c>: the one that contains.</summary>
    Local,

    /// <summary>A url or urn.</summary>
    Absolute,
}

/// <summary>A literal reference taken apart.</summary>
/// <param name="Kind">Its form.</param>
/// <param name="Type">The resource type that it names; null where it names none.</param>
/// <param name="IsTypeKnown">False where what stands in the place of the type is no R4 resource type.</param>
internal readonly record struct ReferenceForm(ReferenceKind Kind, string? Type, bool IsTypeKnown)
{
    private static readonly ReferenceForm s_malformed = new(ReferenceKind.Malformed, null, true);
    private static readonly SearchValues<byte> s_schemeBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"u8);

    /// <summary>Takes a reference apart.</summary>
    public static ReferenceForm Of(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || PrimitiveForms.HasWhiteSpace(text) && text.IndexOf((byte)'?') < 0)
        {
            return s_malformed;
        }

        if (text[0] == '#')
        {
            return text.Length == 1 || PrimitiveForms.IsId(text[1..]) ? new(ReferenceKind.Local, null, true) : s_malformed;
        }

        var scheme = text.IndexOf((byte)':');
        if (scheme > 0 && char.IsAsciiLetter((char)text[0]) && !text[..scheme].ContainsAnyExcept(s_schemeBytes))
        {
            return OfAbsolute(text, scheme);
        }

        var query = text.IndexOf((byte)'?');
        if (query > 0)
        {
            return query == text.Length - 1 ? s_malformed : Typed(ReferenceKind.Conditional, text[..query]);
        }

        return OfRelative(text);
    }

    private static ReferenceForm OfRelative(ReadOnlySpan<byte> text)
    {
        var slash = text.IndexOf((byte)'/');
        if (slash <= 0)
        {
            return s_malformed;
        }

        var type = text[..slash];
        var id = text[(slash + 1)..];
        var version = id.IndexOf("/_history/"u8);
        if (version >= 0)
        {
            if (!PrimitiveForms.IsId(id[(version + "/_history/".Length)..]))
            {
                return s_malformed;
            }

            id = id[..version];
        }

        return PrimitiveForms.IsId(id) ? Typed(ReferenceKind.Relative, type) : s_malformed;
    }

    private static ReferenceForm OfAbsolute(ReadOnlySpan<byte> text, int scheme)
    {
        if (scheme == text.Length - 1)
        {
            return s_malformed;
        }

        // Of a foreign server's address the end may name a resource; where it does, its type counts.
        var path = text.StartsWith("http"u8) ? text : default;
        var slash = path.LastIndexOf((byte)'/');
        if (slash > 0 && path[..slash].EndsWith("/_history"u8))
        {
            path = path[..(slash - "/_history".Length)];
            slash = path.LastIndexOf((byte)'/');
        }

        if (slash <= 0 || !PrimitiveForms.IsId(path[(slash + 1)..]))
        {
            return new(ReferenceKind.Absolute, null, true);
        }

        var before = path[..slash];
        return new(ReferenceKind.Absolute, TypeModels.FindResource(before[(before.LastIndexOf((byte)'/') + 1)..])?.Name, true);
    }

    private static ReferenceForm Typed(ReferenceKind kind, ReadOnlySpan<byte> type) =>
        TypeModels.FindResource(type) is { } known ? new(kind, known.Name, true) : new(kind, null, false);
}
