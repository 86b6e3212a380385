namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>A field or a part of one, as it stands; parts are looked for when they are asked for. What is not there is an empty value.</summary>
/// <param name="Raw">As it stands in the message.</param>
/// <param name="Delimiters">The message's.</param>
internal readonly record struct Hl7Value(string Raw, Hl7Delimiters Delimiters)
{
    /// <summary>Whether nothing is there.</summary>
    public bool IsEmpty => Raw is null or "";

    /// <summary>Whether it says that what was known is to be forgotten (HL7 v2.8, chapter 2, 2.5.3: two quotation marks).</summary>
    public bool IsNull => Raw == "\"\"";

    /// <summary>The text that is meant; empty where nothing is there, or the null of HL7.</summary>
    public string Text => IsEmpty || IsNull ? "" : Hl7Text.Unescape(Raw, Delimiters).Trim();

    /// <summary>The repetitions; none where nothing is there.</summary>
    public IEnumerable<Hl7Value> Repetitions()
    {
        if (IsEmpty)
        {
            yield break;
        }

        foreach (var repetition in Raw.Split(Delimiters.Repetition))
        {
            yield return new Hl7Value(repetition, Delimiters);
        }
    }

    /// <summary>The first repetition.</summary>
    public Hl7Value First => Part(1, Delimiters.Repetition);

    /// <summary>A component of the first repetition, from 1.</summary>
    public Hl7Value Component(int number) => First.Part(number, Delimiters.Component);

    /// <summary>A sub-component, from 1, of a component.</summary>
    public Hl7Value Sub(int number) => Part(number, Delimiters.Sub);

    /// <summary>The text of a component; of its first sub-component where it has several.</summary>
    public string TextOf(int component) => Component(component).Sub(1).Text;

    private Hl7Value Part(int number, char separator)
    {
        var rest = Raw.AsSpan();
        while (true)
        {
            var end = rest.IndexOf(separator);
            if (number == 1)
            {
                var part = end < 0 ? rest : rest[..end];
                return part.Length == (Raw?.Length ?? 0) ? this : new Hl7Value(part.ToString(), Delimiters);
            }

            if (end < 0)
            {
                return new Hl7Value("", Delimiters);
            }

            rest = rest[(end + 1)..];
            number--;
        }
    }
}
