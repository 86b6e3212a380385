using System.Buffers;
using System.Text;

namespace MedOrleans.Record.Fhir.Reading;

/// <content>The attributes of a narrative's elements.</content>
internal ref partial struct Narratives
{
    private static readonly SearchValues<byte> s_schemeEnds = SearchValues.Create(":/?#&"u8);

    private (string? Fault, bool IsClosed) SkipAttributes(bool isRoot)
    {
        Span<(int Start, int Length)> seen = stackalloc (int, int)[16];
        for (var count = 0; ; count++)
        {
            var before = _at;
            SkipSpace();
            if (Skip((byte)'>'))
            {
                return (null, false);
            }

            if (Skip((byte)'/'))
            {
                return (Skip((byte)'>') ? null : NotWellFormed, true);
            }

            var name = Name();
            if (before == name.Start || name.Length == 0 || count == seen.Length)
            {
                return (NotWellFormed, false);
            }

            var attribute = _text.Slice(name.Start, name.Length);
            foreach (var (start, length) in seen[..count])
            {
                if (_text.Slice(start, length).SequenceEqual(attribute))
                {
                    return (NotWellFormed, false);
                }
            }

            seen[count] = name;
            if (SkipValue(attribute, isRoot) is { } fault)
            {
                return (fault, false);
            }
        }
    }

    private string? SkipValue(ReadOnlySpan<byte> attribute, bool isRoot)
    {
        SkipSpace();
        if (!Skip((byte)'='))
        {
            return NotWellFormed;
        }

        SkipSpace();
        if (_at >= _text.Length || _text[_at] is not ((byte)'"' or (byte)'\''))
        {
            return NotWellFormed;
        }

        var length = _text[(_at + 1)..].IndexOf(_text[_at]);
        if (length < 0)
        {
            return NotWellFormed;
        }

        var start = ++_at;
        var value = _text.Slice(start, length);
        if (value.Contains((byte)'<'))
        {
            return NotWellFormed;
        }

        for (var next = value.IndexOf((byte)'&'); next >= 0; next = _text[_at..(start + length)].IndexOf((byte)'&'))
        {
            _at += next;
            if (!SkipEntity() || _at > start + length)
            {
                return NotWellFormed;
            }
        }

        _at = start + length + 1;
        if ((attribute.Length > 2 && Ascii.EqualsIgnoreCase(attribute[..2], "on"u8)) || IsActive(attribute, value))
        {
            return "The narrative has script in it, which FHIR does not allow (txt-1).";
        }

        return isRoot && attribute.SequenceEqual("xmlns"u8) && !value.SequenceEqual("http://www.w3.org/1999/xhtml"u8)
            ? "The narrative is not in the namespace of XHTML."
            : null;
    }

    /// <summary>Whether an address would run something: its scheme says so, or is hidden in an entity.</summary>
    private static bool IsActive(ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        if (!Ascii.EqualsIgnoreCase(attribute, "href"u8) && !Ascii.EqualsIgnoreCase(attribute, "src"u8))
        {
            return false;
        }

        var end = value.IndexOfAny(s_schemeEnds);
        if (end < 0 || value[end] is (byte)'/' or (byte)'?' or (byte)'#')
        {
            return false;
        }

        var scheme = value[..end];
        return value[end] == '&'
            || scheme.ContainsAnyExcept(s_nameBytes)
            || Ascii.EqualsIgnoreCase(scheme, "javascript"u8)
            || Ascii.EqualsIgnoreCase(scheme, "vbscript"u8)
            || (Ascii.EqualsIgnoreCase(scheme, "data"u8) && !Ascii.EqualsIgnoreCase(attribute, "src"u8));
    }
}
