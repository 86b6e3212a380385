using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace MedOrleans.Record.Search;

/// <summary>
/// Puts an index key together in a caller's buffer, cut to its length. What the databases cannot hold, or what the keys
/// use as separators, becomes a space; the same on the writer's and the reader's side.
/// </summary>
internal ref struct KeyBuilder(Span<char> buffer)
{
    private readonly Span<char> _buffer = buffer;
    private int _length;

    /// <summary>What is there so far.</summary>
    public readonly ReadOnlySpan<char> Text => _buffer[..WholeLength];

    /// <summary>Whether nothing is there.</summary>
    public readonly bool IsEmpty => _length == 0;

    // A cut must not split a pair: half of one is no UTF-8.
    private readonly int WholeLength => _length > 0 && char.IsHighSurrogate(_buffer[_length - 1]) ? _length - 1 : _length;

    /// <summary>Adds a separator.</summary>
    public void AddSeparator(char separator)
    {
        if (_length < _buffer.Length)
        {
            _buffer[_length++] = separator;
        }
    }

    /// <summary>Adds text.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        var from = _length;
        AddKey(text);
        Clean(from);
    }

    /// <summary>Adds what is a key, or the beginning of one, already: its separators stay.</summary>
    public void AddKey(ReadOnlySpan<char> key)
    {
        key = key[..Math.Min(key.Length, _buffer.Length - _length)];
        key.CopyTo(_buffer[_length..]);
        _length += key.Length;
    }

    /// <summary>Adds text, folded.</summary>
    public void AddFolded(ReadOnlySpan<char> text) => _length += TextFolding.Fold(text, _buffer[_length..]);

    /// <summary>Adds the value of a primitive; nothing for anything else.</summary>
    public void Add(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        switch (value.ValueKind)
        {
            case JsonValueKind.String when raw.Contains((byte)'\\'):
                Add(Unescape(value));
                break;
            case JsonValueKind.String:
                AddUtf8(raw[1..^1]);
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                AddUtf8(raw);
                break;
        }
    }

    /// <summary>The key.</summary>
    public override readonly string ToString() => new(Text);

    private static string Unescape(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: no text at all.
            return "";
        }
    }

    private void AddUtf8(ReadOnlySpan<byte> utf8)
    {
        Utf8.ToUtf16(utf8, _buffer[_length..], out _, out var written);
        _length += written;
    }

    private readonly void Clean(int from)
    {
        var added = _buffer[from.._length];
        if (!added.ContainsAnyInRange('\0', '\u001f') && !added.ContainsAnyInRange('\ud800', '\udfff'))
        {
            return;
        }

        for (var i = 0; i < added.Length; i++)
        {
            if (added[i] <= '\u001f')
            {
                added[i] = ' ';
            }
            else if (char.IsHighSurrogate(added[i]) && (i + 1 == added.Length ? _length == _buffer.Length : char.IsLowSurrogate(added[i + 1])))
            {
                i++;
            }
            else if (char.IsSurrogate(added[i]))
            {
                added[i] = '\ufffd';
            }
        }
    }
}
