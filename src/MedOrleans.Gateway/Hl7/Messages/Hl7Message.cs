using System.Text;

namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>A message of HL7 v2 in its delimited form (ER7): segments in order, those that nobody knows (Z…) too.</summary>
internal sealed class Hl7Message
{
    /// <summary>What ends a segment.</summary>
    public const char Terminator = '\r';

    private Hl7Message(IReadOnlyList<Hl7Segment> segments) => Segments = segments;

    /// <summary>The segments, MSH first.</summary>
    public IReadOnlyList<Hl7Segment> Segments { get; }

    /// <summary>MSH.</summary>
    public Hl7Segment Header => Segments[0];

    /// <summary>The delimiters.</summary>
    public Hl7Delimiters Delimiters => Header.Delimiters;

    /// <summary>MSH-9.1, <c>ADT</c>.</summary>
    public string Type => Header.Text(9);

    /// <summary>MSH-9.2, <c>A01</c>; of EVN-1 where an old sender leaves it out.</summary>
    public string Event => Header.Text(9, 2) is { Length: > 0 } named ? named : Find("EVN")?.Text(1) ?? "";

    /// <summary>MSH-10.</summary>
    public string ControlId => Header.Text(10);

    /// <summary>MSH-12.1, <c>2.5.1</c>.</summary>
    public string Version => Header.Text(12);

    /// <summary>The first segment of a name; null where there is none.</summary>
    public Hl7Segment? Find(string name) => Segments.FirstOrDefault(segment => segment.Name == name);

    /// <summary>The segments of a name.</summary>
    public IEnumerable<Hl7Segment> All(string name) => Segments.Where(segment => segment.Name == name);

    /// <summary>The first segment of a name, which has to be there.</summary>
    /// <exception cref="Hl7Exception">It is not.</exception>
    public Hl7Segment Require(string name) => Find(name) ?? throw new Hl7Exception(Hl7Condition.SegmentSequenceError, $"The {Type}^{Event} has no {name}.", new Hl7Location(name));

    /// <summary>Segments from each one of a name up to the next of it, as the groups of a message are.</summary>
    public IEnumerable<IReadOnlyList<Hl7Segment>> Groups(string name, params string[] ends)
    {
        List<Hl7Segment>? group = null;
        foreach (var segment in Segments)
        {
            if (segment.Name == name || ends.Contains(segment.Name))
            {
                if (group is not null)
                {
                    yield return group;
                }

                group = segment.Name == name ? [] : null;
            }

            group?.Add(segment);
        }

        if (group is not null)
        {
            yield return group;
        }
    }

    /// <summary>Reads a message. Segments end with a carriage return; where a message has none, with a line feed, and where it has both, with the two together.</summary>
    /// <param name="text">The message, from its MSH on.</param>
    /// <exception cref="Hl7Exception">It cannot be told apart into segments.</exception>
    public static Hl7Message Parse(string text)
    {
        if (!text.StartsWith("MSH", StringComparison.Ordinal))
        {
            throw new Hl7Exception(Hl7Condition.SegmentSequenceError, "A message begins with MSH.", new Hl7Location("MSH"));
        }

        if (!Hl7Delimiters.TryRead(text.AsSpan(0, Math.Min(text.Length, 16)), out var delimiters))
        {
            throw new Hl7Exception(Hl7Condition.DataTypeError, "MSH-1 and MSH-2 are five or six characters, each another.", new Hl7Location("MSH", Field: 2));
        }

        var segments = new List<Hl7Segment>();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in Lines(text))
        {
            if (line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }

            if (Hl7Segment.Read(line, delimiters) is not { } segment || (segment.Name == "MSH" && segments.Count > 0))
            {
                throw new Hl7Exception(Hl7Condition.SegmentSequenceError, $"What follows segment {segments.Count} is no segment: three capital letters or digits and a {delimiters.Field}.",
                    segments.Count == 0 ? null : new Hl7Location(segments[^1].Name, segments[^1].Sequence));
            }

            var sequence = counts[segment.Name] = counts.GetValueOrDefault(segment.Name) + 1;
            segments.Add(sequence == 1 ? segment : segment.WithSequence(sequence));
        }

        return new Hl7Message(segments);
    }

    /// <summary>The message with a carriage return after each segment: what was read, where that had them too.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var segment in Segments)
        {
            text.Append(segment).Append(Terminator);
        }

        return text.ToString();
    }

    /// <summary>The lines of a message or a batch, by the terminator that its sender uses.</summary>
    public static string[] Lines(string text) =>
        (text.Contains("\r\n", StringComparison.Ordinal) ? text.Replace("\r\n", "\r", StringComparison.Ordinal)
            : text.Contains(Terminator, StringComparison.Ordinal) ? text
            : text.Replace('\n', Terminator)).Split(Terminator);
}
