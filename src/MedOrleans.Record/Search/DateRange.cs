using System.Globalization;

namespace MedOrleans.Record.Search;

/// <summary>The time that a FHIR date of any precision covers, in microseconds since 1970 UTC, both ends included.</summary>
internal readonly record struct DateRange(double Low, double High)
{
    private const double Second = 1e6;
    private const double Day = 86400 * Second;
    private static readonly DateTime s_epoch = new(1970, 1, 1);

    /// <summary>
    /// Reads <c>2020</c>, <c>2020-02</c>, <c>2020-02-28</c>, <c>2020-02-28T10:00:00.5+01:00</c>; seconds and offset may lack
    /// (then it is UTC). False where it is no date.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateRange range)
    {
        range = default;
        if (!TryDigits(text, 0, 4, out var year) || year == 0)
        {
            return false;
        }

        if (text.Length == 4)
        {
            range = new DateRange(At(year, 1, 1), (year == 9999 ? At(9999, 12, 31) + Day : At(year + 1, 1, 1)) - 1);
            return true;
        }

        if (text[4] != '-' || !TryDigits(text, 5, 2, out var month) || month is < 1 or > 12)
        {
            return false;
        }

        if (text.Length == 7)
        {
            var first = At(year, month, 1);
            range = new DateRange(first, first + (DateTime.DaysInMonth(year, month) * Day) - 1);
            return true;
        }

        if (text[7] != '-' || !TryDigits(text, 8, 2, out var day) || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var midnight = At(year, month, day);
        range = new DateRange(midnight, midnight + Day - 1);
        return text.Length == 10 || TryTime(text[10..], midnight, out range);
    }

    /// <summary>The microseconds of a moment.</summary>
    public static double Of(DateTimeOffset moment) => (moment.UtcDateTime - s_epoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static double At(int year, int month, int day) => (new DateTime(year, month, day) - s_epoch).Days * Day;

    private static bool TryTime(ReadOnlySpan<char> text, double midnight, out DateRange range)
    {
        range = default;
        if (text.Length < 6 || text[0] != 'T' || !TryDigits(text, 1, 2, out var hour) || hour > 24
            || text[3] != ':' || !TryDigits(text, 4, 2, out var minute) || minute > 59)
        {
            return false;
        }

        var low = midnight + (((hour * 60) + minute) * 60 * Second);
        var precision = 60 * Second;
        var rest = text[6..];
        if (rest.Length > 0 && rest[0] == ':')
        {
            // A leap second is the last of its minute.
            if (!TryDigits(rest, 1, 2, out var second) || second > 60)
            {
                return false;
            }

            low += Math.Min(second, 59) * Second;
            precision = Second;
            rest = rest[3..];
            if (rest.Length > 0 && rest[0] is '.')
            {
                var digits = 1;
                while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
                {
                    digits++;
                }

                var kept = Math.Min(digits, 7);
                if (digits == 1 || !int.TryParse(rest[1..kept], NumberStyles.None, CultureInfo.InvariantCulture, out var fraction))
                {
                    return false;
                }

                precision = Math.Pow(10, 7 - kept);
                low += fraction * precision;
                rest = rest[digits..];
            }
        }

        if (!TryOffset(rest, out var offset))
        {
            return false;
        }

        range = new DateRange(low - offset, low - offset + precision - 1);
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out double offset)
    {
        offset = 0;
        if (text.IsEmpty || text is "Z")
        {
            return true;
        }

        if (text.Length != 6 || text[0] is not ('+' or '-') || !TryDigits(text, 1, 2, out var hours) || hours > 14
            || text[3] != ':' || !TryDigits(text, 4, 2, out var minutes) || minutes > 59)
        {
            return false;
        }

        offset = ((hours * 60) + minutes) * 60 * Second * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, int at, int count, out int value)
    {
        value = 0;
        if (text.Length < at + count)
        {
            return false;
        }

        foreach (var c in text.Slice(at, count))
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }
}
