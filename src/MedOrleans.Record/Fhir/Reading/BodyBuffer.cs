namespace MedOrleans.Record.Fhir.Reading;

/// <summary>A growing run of JSON bytes.</summary>
internal sealed class BodyBuffer
{
    private byte[] _bytes = new byte[4096];

    /// <summary>How much is written; set back to forget the end.</summary>
    public int Length { get; set; }

    /// <summary>What is written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Forgets all, and gives the memory of an uncommonly large body back.</summary>
    public void Reset()
    {
        Length = 0;
        if (_bytes.Length > 1 << 20)
        {
            _bytes = new byte[4096];
        }
    }

    public void Append(byte value)
    {
        if (Length == _bytes.Length)
        {
            Array.Resize(ref _bytes, Length * 2);
        }

        _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> values)
    {
        if (_bytes.Length - Length < values.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + values.Length));
        }

        values.CopyTo(_bytes.AsSpan(Length));
        Length += values.Length;
    }

    /// <summary>Writes a comma, but not where an object or an array has just begun.</summary>
    public void Separate()
    {
        if (Length > 0 && _bytes[Length - 1] is not ((byte)'{' or (byte)'['))
        {
            Append((byte)',');
        }
    }

    /// <summary>Writes a string whose content is escaped already.</summary>
    public void AppendString(ReadOnlySpan<byte> escaped)
    {
        Append((byte)'"');
        Append(escaped);
        Append((byte)'"');
    }
}
