namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>The characters that separate the parts of a message (HL7 v2.8, chapter 2, 2.5.4): MSH-1 and MSH-2.</summary>
/// <param name="Field">Between fields, nearly always <c>|</c>.</param>
/// <param name="Component">Between components, <c>^</c>.</param>
/// <param name="Repetition">Between repetitions, <c>~</c>.</param>
/// <param name="Escape">Around an escape sequence, <c>\</c>.</param>
/// <param name="Sub">Between sub-components, <c>&amp;</c>.</param>
/// <param name="Truncation">Marks what was cut (v2.7 and later), <c>#</c>; 0 where it is not declared.</param>
internal readonly record struct Hl7Delimiters(char Field, char Component, char Repetition, char Escape, char Sub, char Truncation = '\0')
{
    /// <summary>What nearly everybody uses.</summary>
    public static Hl7Delimiters Usual { get; } = new('|', '^', '~', '\\', '&');

    /// <summary>MSH-2.</summary>
    public string Encoding => Truncation == '\0' ? $"{Component}{Repetition}{Escape}{Sub}" : $"{Component}{Repetition}{Escape}{Sub}{Truncation}";

    /// <summary>Reads the delimiters after the name of a header segment (MSH, FHS, BHS).</summary>
    /// <param name="header">The segment.</param>
    /// <param name="delimiters">The delimiters.</param>
    /// <returns>Whether they are there, each another, and none a letter, a digit or a control character.</returns>
    public static bool TryRead(ReadOnlySpan<char> header, out Hl7Delimiters delimiters)
    {
        delimiters = Usual;
        if (header.Length < 8)
        {
            return false;
        }

        var encoding = header[4..];
        var end = encoding.IndexOf(header[3]);
        encoding = end < 0 ? encoding : encoding[..end];
        if (encoding.Length is not (4 or 5))
        {
            return false;
        }

        delimiters = new Hl7Delimiters(header[3], encoding[0], encoding[1], encoding[2], encoding[3], encoding.Length == 5 ? encoding[4] : '\0');
        Span<char> all = [header[3], .. encoding];
        foreach (var (i, c) in all.ToArray().Index())
        {
            if (char.IsLetterOrDigit(c) || char.IsControl(c) || char.IsSurrogate(c) || all[(i + 1)..].Contains(c))
            {
                return false;
            }
        }

        return true;
    }
}
