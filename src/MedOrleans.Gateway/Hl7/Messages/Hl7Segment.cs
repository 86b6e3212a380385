using System.Text;

namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>A segment: its name, and its fields as they stand.</summary>
internal sealed class Hl7Segment
{
    // From MSH-1 on in a header, from the first field elsewhere: Field(1) is the first either way.
    private readonly string[] _fields;

    private Hl7Segment(string name, string[] fields, Hl7Delimiters delimiters, int sequence) => (Name, _fields, Delimiters, Sequence) = (name, fields, delimiters, sequence);

    /// <summary>Its three characters.</summary>
    public string Name { get; }

    /// <summary>Which of its name in the message, from 1.</summary>
    public int Sequence { get; private init; }

    /// <summary>The message's.</summary>
    public Hl7Delimiters Delimiters { get; }

    /// <summary>The number of the last field that stands there.</summary>
    public int Count => _fields.Length;

    /// <summary>A field, from 1; empty where it is not there.</summary>
    public Hl7Value Field(int number) => new(number <= _fields.Length ? _fields[number - 1] : "", Delimiters);

    /// <summary>The text of a field's component (the first where none is said), of its first sub-component.</summary>
    public string Text(int field, int component = 1) => Field(field).TextOf(component);

    /// <summary>A place in it.</summary>
    public Hl7Location At(int field, int repetition = 0, int component = 0) => new(Name, Sequence, field, repetition, component);

    /// <summary>Reads a line; null where it is no segment.</summary>
    public static Hl7Segment? Read(string line, Hl7Delimiters delimiters, int sequence = 1)
    {
        if (line.Length < 3 || !char.IsAsciiLetterUpper(line[0]) || !IsNameCharacter(line[1]) || !IsNameCharacter(line[2]) || (line.Length > 3 && line[3] != delimiters.Field))
        {
            return null;
        }

        var name = line[..3];
        string[] fields = line.Length == 3 ? [] : line[4..].Split(delimiters.Field);
        return new Hl7Segment(name, name is "MSH" or "FHS" or "BHS" ? [delimiters.Field.ToString(), .. fields] : fields, delimiters, sequence);
    }

    /// <summary>The same one as another of its name.</summary>
    public Hl7Segment WithSequence(int sequence) => new(Name, _fields, Delimiters, sequence);

    /// <summary>The line that it was read from.</summary>
    public override string ToString()
    {
        var line = new StringBuilder(Name);
        foreach (var field in Name is "MSH" or "FHS" or "BHS" ? _fields.Skip(1) : _fields)
        {
            line.Append(Delimiters.Field).Append(field);
        }

        return line.ToString();
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c);
}
