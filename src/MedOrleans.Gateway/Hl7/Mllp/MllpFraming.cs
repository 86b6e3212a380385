using System.Buffers;

namespace MedOrleans.Gateway.Hl7.Mllp;

/// <summary>The block format of MLLP (HL7 "Transport Specification: MLLP", release 1): a vertical tab, the content, a file separator, a carriage return.</summary>
internal static class MllpFraming
{
    /// <summary>Begins a block.</summary>
    public const byte Start = 0x0B;

    /// <summary>Ends one.</summary>
    public const byte End = 0x1C;

    /// <summary>Follows the end; senders that leave it out are understood.</summary>
    public const byte Return = 0x0D;

    /// <summary>Takes the next block off what has come. What lies between blocks (line breaks, keep-alives) is passed over.</summary>
    /// <param name="buffer">What has come; afterwards what is left of it.</param>
    /// <param name="content">The block's content.</param>
    /// <param name="stray">How many bytes were passed over.</param>
    /// <returns>Whether there is a whole block.</returns>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> content, out long stray)
    {
        content = default;
        stray = 0;
        var start = buffer.PositionOf(Start);
        if (start is null)
        {
            stray = buffer.Length;
            buffer = buffer.Slice(buffer.End);
            return false;
        }

        stray = buffer.Slice(0, start.Value).Length;
        buffer = buffer.Slice(start.Value);
        var body = buffer.Slice(1);
        if (body.PositionOf(End) is not { } end)
        {
            return false;
        }

        content = body.Slice(0, end);
        buffer = body.Slice(body.GetPosition(1, end));
        return true;
    }

    /// <summary>Writes a block.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> content)
    {
        output.Write([Start]);
        output.Write(content);
        output.Write([End, Return]);
    }
}
