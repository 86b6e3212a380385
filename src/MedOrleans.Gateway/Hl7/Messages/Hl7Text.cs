using System.Globalization;
using System.Text;

namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>Text as it stands in a message and as it is meant: escape sequences (HL7 v2.8, chapter 2, 2.7).</summary>
internal static class Hl7Text
{
    /// <summary>The text that is meant. Sequences for delimiters, bytes and line breaks are resolved, highlighting is dropped; what is no known sequence stays as it is.</summary>
    /// <param name="raw">The text as it stands.</param>
    /// <param name="delimiters">The message's.</param>
    /// <param name="charset">What bytes given in hexadecimal are in.</param>
    public static string Unescape(string raw, Hl7Delimiters delimiters, Encoding? charset = null)
    {
        if (!raw.Contains(delimiters.Escape, StringComparison.Ordinal))
        {
            return raw;
        }

        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            var end = raw[i] == delimiters.Escape ? raw.IndexOf(delimiters.Escape, i + 1) : -1;
            if (end > i && Meaning(raw.AsSpan(i + 1, end - i - 1), delimiters, charset) is { } meant)
            {
                text.Append(meant);
                i = end;
            }
            else
            {
                // No sequence: the character that would end it may begin one.
                text.Append(raw[i]);
            }
        }

        return text.ToString();
    }

    /// <summary>The text as it has to stand in a message; a line break is <c>.br</c>, another control character is dropped.</summary>
    public static string Escape(string text, Hl7Delimiters delimiters)
    {
        var raw = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var sequence = c == delimiters.Field ? "F" : c == delimiters.Component ? "S" : c == delimiters.Sub ? "T" : c == delimiters.Repetition ? "R"
                : c == delimiters.Escape ? "E" : c == delimiters.Truncation && c != '\0' ? "P" : c is '\n' ? ".br" : null;
            if (sequence is not null)
            {
                raw.Append(delimiters.Escape).Append(sequence).Append(delimiters.Escape);
            }
            else if (!char.IsControl(c))
            {
                raw.Append(c);
            }
        }

        return raw.ToString();
    }

    private static string? Meaning(ReadOnlySpan<char> sequence, Hl7Delimiters delimiters, Encoding? charset) => sequence switch
    {
        "F" => delimiters.Field.ToString(),
        "S" => delimiters.Component.ToString(),
        "T" => delimiters.Sub.ToString(),
        "R" => delimiters.Repetition.ToString(),
        "E" => delimiters.Escape.ToString(),
        "P" when delimiters.Truncation != '\0' => delimiters.Truncation.ToString(),
        "H" or "N" => "",
        ".br" or ".BR" => "\n",
        ['.', 's' or 'S', 'p' or 'P', .. var lines] => Lines(lines),
        ['X' or 'x', .. var bytes] when bytes.Length > 0 && bytes.Length % 2 == 0 => Bytes(bytes, charset ?? Encoding.Latin1),
        _ => null,
    };

    private static string? Lines(ReadOnlySpan<char> count) => count.Length == 0 ? "\n"
        : int.TryParse(count, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var lines) && lines is >= 0 and <= 99 ? new string('\n', lines) : null;

    private static string? Bytes(ReadOnlySpan<char> digits, Encoding charset)
    {
        var bytes = new byte[digits.Length / 2];
        return Convert.FromHexString(digits, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? charset.GetString(bytes) : null;
    }
}
