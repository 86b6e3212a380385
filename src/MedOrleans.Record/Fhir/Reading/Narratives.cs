using System.Buffers;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>
/// Checks <c>Narrative.div</c>: well-formed XHTML of the elements that R4 allows (txt-1), with something to read in it
/// (txt-2), and nothing that acts when it is shown. A scan of its own, as an XML reader would cost more than all the
/// rest of the resource.
/// </summary>
internal ref partial struct Narratives
{
    private const int MaxDepth = 100;
    private const string NotWellFormed = "The narrative is not well-formed XHTML.";

    // Those of txt-1, and three that browsers show as plainly and that others write: s, strike, u.
    private static readonly Utf8Table<string> s_elements = new(
        ("a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q s samp "
        + "small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var")
        .Split(' ').Select(name => KeyValuePair.Create(name, name)));

    private static readonly SearchValues<byte> s_nameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:."u8);
    private static readonly SearchValues<byte> s_hex = SearchValues.Create("0123456789abcdefABCDEF"u8);
    private static readonly SearchValues<byte> s_markup = SearchValues.Create("<&"u8);

    private readonly ReadOnlySpan<byte> _text;
    private int _at;
    private bool _hasContent;

    private Narratives(ReadOnlySpan<byte> text) => _text = text;

    /// <summary>What is wrong with a narrative; null where nothing is.</summary>
    public static string? FaultOf(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        if (!text.StartsWith("<div"u8) || text.Length < 5 || s_nameBytes.Contains(text[4]))
        {
            return "The narrative does not begin with <div.";
        }

        return new Narratives(text).Scan();
    }

    private string? Scan()
    {
        Span<(int Start, int Length)> open = stackalloc (int, int)[MaxDepth];
        var depth = 0;
        do
        {
            var next = _text[_at..].IndexOfAny(s_markup);
            if (next < 0)
            {
                return NotWellFormed;
            }

            _hasContent |= _text.Slice(_at, next).ContainsAnyExcept(" \t\r\n"u8);
            _at += next;
            if (_text[_at] == '&')
            {
                _hasContent = true;
                if (!SkipEntity())
                {
                    return NotWellFormed;
                }
            }
            else if (_text[_at..].StartsWith("</"u8))
            {
                _at += 2;
                var name = Name();
                SkipSpace();
                if (!_text[name.Start..(name.Start + name.Length)].SequenceEqual(_text.Slice(open[depth - 1].Start, open[depth - 1].Length)) || !Skip((byte)'>'))
                {
                    return NotWellFormed;
                }

                depth--;
            }
            else if (_text[_at..].StartsWith("<!--"u8))
            {
                if (!SkipComment())
                {
                    return NotWellFormed;
                }
            }
            else
            {
                _at++;
                var name = Name();
                if (depth == MaxDepth || name.Length == 0)
                {
                    return NotWellFormed;
                }

                var element = _text.Slice(name.Start, name.Length);
                if (s_elements.Find(element) is null)
                {
                    return "The narrative has an element that FHIR does not allow in one (txt-1).";
                }

                _hasContent |= element.SequenceEqual("img"u8);
                var (fault, isClosed) = SkipAttributes(isRoot: depth == 0);
                if (fault is not null)
                {
                    return fault;
                }

                if (!isClosed)
                {
                    open[depth++] = name;
                }
            }
        }
        while (depth > 0);

        if (_at != _text.Length)
        {
            return NotWellFormed;
        }

        return _hasContent ? null : "The narrative has nothing to read in it (txt-2).";
    }

    private bool SkipEntity()
    {
        var end = _text[_at..].IndexOf((byte)';');
        if (end is < 2 or > 12)
        {
            return false;
        }

        var name = _text.Slice(_at + 1, end - 1);
        _at += end + 1;
        return name switch
        {
            [(byte)'#', (byte)'x', _, ..] => !name[2..].ContainsAnyExcept(s_hex),
            [(byte)'#', _, ..] => !name[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'),
            _ => !name.ContainsAnyExcept(s_nameBytes),
        };
    }

    private bool SkipComment()
    {
        // HTML ends a comment at "<!-->", XML does not: what follows must not be hidden from one of them.
        var comment = _text[(_at + 4)..];
        var length = comment.IndexOf("--"u8);
        if (length < 0 || comment.StartsWith(">"u8) || comment.StartsWith("->"u8) || !comment[(length + 2)..].StartsWith(">"u8))
        {
            return false;
        }

        _at += 4 + length + 3;
        return true;
    }

    private (int Start, int Length) Name()
    {
        var length = _text[_at..].IndexOfAnyExcept(s_nameBytes);
        var start = _at;
        length = length < 0 ? _text.Length - _at : length;
        _at += length;
        return (start, length);
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _at++;
        }
    }

    private bool Skip(byte value)
    {
        if (_at >= _text.Length || _text[_at] != value)
        {
            return false;
        }

        _at++;
        return true;
    }
}
