namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>What came in one block: a message, several, or a batch of them (HL7 v2.8, chapter 2, 2.10.3).</summary>
/// <param name="File">FHS; null where there is none.</param>
/// <param name="Header">BHS; null where there is none.</param>
/// <param name="Messages">The messages as they stand, each from its MSH on.</param>
/// <param name="Count">How many the sender says there are (BTS-1); null where it does not say.</param>
internal sealed record Hl7Batch(Hl7Segment? File, Hl7Segment? Header, IReadOnlyList<string> Messages, int? Count)
{
    /// <summary>Whether it is a batch and not just messages.</summary>
    public bool IsBatch => File is not null || Header is not null;

    /// <summary>Tells a block apart.</summary>
    /// <exception cref="Hl7Exception">It is none, or not all of one.</exception>
    public static Hl7Batch Split(string text)
    {
        text = text.TrimStart('\uFEFF', '\r', '\n', ' ', '\t');
        if (!text.StartsWith("FHS", StringComparison.Ordinal) && !text.StartsWith("BHS", StringComparison.Ordinal) && LaterHeader(text) < 0)
        {
            return new Hl7Batch(null, null, [text], null);
        }

        Hl7Segment? file = null, header = null;
        int? count = null;
        var messages = new List<string>();
        var current = new List<string>();
        foreach (var line in Hl7Message.Lines(text))
        {
            var name = line.Length >= 3 ? line[..3] : "";
            if (name is "MSH" or "FHS" or "BHS" or "BTS" or "FTS" && current.Count > 0)
            {
                messages.Add(string.Join(Hl7Message.Terminator, current) + Hl7Message.Terminator);
                current.Clear();
            }

            switch (name)
            {
                case "FHS":
                    file = Read(line);
                    break;
                case "BHS":
                    header = Read(line);
                    break;
                case "BTS":
                    count = line.Length > 4 && int.TryParse(line[4..].Split(line[3])[0], out var said) ? said : null;
                    break;
                case "FTS":
                    break;
                default:
                    if (name == "MSH" || current.Count > 0)
                    {
                        current.Add(line);
                    }
                    else if (!string.IsNullOrWhiteSpace(line))
                    {
                        throw new Hl7Exception(Hl7Condition.SegmentSequenceError, "A batch has a segment outside of its messages.", new Hl7Location(name.Length == 3 ? name : "BHS"));
                    }

                    break;
            }
        }

        if (current.Count > 0)
        {
            messages.Add(string.Join(Hl7Message.Terminator, current) + Hl7Message.Terminator);
        }

        return count is { } promised && promised != messages.Count
            ? throw new Hl7Exception(Hl7Condition.SegmentSequenceError, $"The batch says that it has {promised} messages, and has {messages.Count}.", new Hl7Location("BTS", Field: 1))
            : new Hl7Batch(file, header, messages, count);
    }

    private static int LaterHeader(string text)
    {
        var at = text.IndexOf("\rMSH", StringComparison.Ordinal);
        return at >= 0 ? at : text.IndexOf("\nMSH", StringComparison.Ordinal);
    }

    private static Hl7Segment Read(string line) => Hl7Delimiters.TryRead(line.AsSpan(0, Math.Min(line.Length, 16)), out var delimiters) && Hl7Segment.Read(line, delimiters) is { } segment
        ? segment : throw new Hl7Exception(Hl7Condition.DataTypeError, "The batch's header has no delimiters.", new Hl7Location(line[..3], Field: 2));
}
