namespace MedOrleans.Record.Fhir.Reading;

/// <summary>The lexical forms of R4's dates and times (http://hl7.org/fhir/R4/datatypes.html#primitive).</summary>
internal static class DateForms
{
    /// <summary><c>YYYY</c>, <c>YYYY-MM</c> or <c>YYYY-MM-DD</c>, a day that the calendar has.</summary>
    public static bool IsDate(ReadOnlySpan<byte> text)
    {
        if (text.Length is not (4 or 7 or 10) || Number(text[..4]) is not (> 0 and var year))
        {
            return false;
        }

        if (text.Length == 4)
        {
            return true;
        }

        if (text[4] != '-' || Number(text.Slice(5, 2)) is not (>= 1 and <= 12 and var month))
        {
            return false;
        }

        return text.Length == 7 || (text[7] == '-' && Number(text.Slice(8, 2)) is >= 1 and var day && day <= DateTime.DaysInMonth(year, month));
    }

    /// <summary>A date, or a full date with a time and an offset.</summary>
    public static bool IsDateTime(ReadOnlySpan<byte> text) => text.Length > 10 ? IsInstant(text) : IsDate(text);

    /// <summary>A full date with a time, to the second at least, and an offset.</summary>
    public static bool IsInstant(ReadOnlySpan<byte> text)
    {
        if (text.Length < 20 || text[10] != 'T' || !IsDate(text[..10]))
        {
            return false;
        }

        var time = text[11..];
        if (time[^1] == 'Z')
        {
            return IsTime(time[..^1]);
        }

        return time.Length > 6 && IsOffset(time[^6..]) && IsTime(time[..^6]);
    }

    /// <summary><c>hh:mm:ss</c> with any fraction of a second; second 60 is a leap second.</summary>
    public static bool IsTime(ReadOnlySpan<byte> text)
    {
        if (text.Length < 8 || text[2] != ':' || text[5] != ':'
            || Number(text[..2]) is not (>= 0 and <= 23) || Number(text.Slice(3, 2)) is not (>= 0 and <= 59) || Number(text.Slice(6, 2)) is not (>= 0 and <= 60))
        {
            return false;
        }

        return text.Length == 8 || (text[8] == '.' && text.Length > 9 && !text[9..].ContainsAnyExceptInRange((byte)'0', (byte)'9'));
    }

    private static bool IsOffset(ReadOnlySpan<byte> text) =>
        text[0] is (byte)'+' or (byte)'-' && text[3] == ':'
        && Number(text.Slice(1, 2)) is >= 0 and var hours && Number(text.Slice(4, 2)) is >= 0 and <= 59 and var minutes
        && (hours <= 13 || (hours == 14 && minutes == 0));

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return -1;
            }

            number = number * 10 + (digit - '0');
        }

        return number;
    }
}
