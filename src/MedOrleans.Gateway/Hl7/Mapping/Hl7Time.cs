using System.Globalization;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Times of HL7 v2 (DT, TM, DTM, TS), <c>YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ]</c>, as precise as they are given.</summary>
/// <param name="Moment">The beginning of what is said.</param>
/// <param name="Digits">How many digits were given: 4 a year, 6 a month, 8 a day, then a time.</param>
internal readonly record struct Hl7Time(DateTimeOffset Moment, int Digits)
{
    /// <summary>Reads a time.</summary>
    /// <param name="text">The text; what follows a space or a <c>^</c> is not of it.</param>
    /// <param name="zone">The sender's zone, for a time that does not say.</param>
    /// <returns>The time; null where it is none.</returns>
    public static Hl7Time? Parse(string text, TimeZoneInfo zone)
    {
        var sign = text.IndexOfAny(['+', '-']);
        TimeSpan? offset = null;
        if (sign >= 0)
        {
            var digits = text[(sign + 1)..].Replace(":", "", StringComparison.Ordinal);
            if (digits.Length != 4 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value / 100 > 14 || value % 100 > 59)
            {
                return null;
            }

            offset = new TimeSpan(value / 100, value % 100, 0) * (text[sign] == '-' ? -1 : 1);
            text = text[..sign];
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? 0 : double.TryParse("0" + text[point..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var read) ? read : -1;
        if (fraction < 0 || whole.Length is not (4 or 6 or 8 or 10 or 12 or 14) || !whole.All(char.IsAsciiDigit) || (point >= 0 && whole.Length != 14))
        {
            return null;
        }

        int Part(int at, int least) => whole.Length > at ? int.Parse(whole.AsSpan(at, 2), CultureInfo.InvariantCulture) : least;
        var (year, month, day, hour, minute, second) = (int.Parse(whole[..4], CultureInfo.InvariantCulture), Part(4, 1), Part(6, 1), Part(8, 0), Part(10, 0), Part(12, 0));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > System.DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return null;
        }

        var local = new System.DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified).AddMilliseconds(Math.Floor(fraction * 1000));
        var east = offset ?? (whole.Length > 8 ? zone.GetUtcOffset(local) : TimeSpan.Zero);
        return year == 1 && east > TimeSpan.Zero ? null : new Hl7Time(new DateTimeOffset(local, east), whole.Length);
    }

    /// <summary>As a FHIR date: no more than a day.</summary>
    public string Date => Moment.ToString(Digits switch { 4 => "yyyy", 6 => "yyyy-MM", _ => "yyyy-MM-dd" }, CultureInfo.InvariantCulture);

    /// <summary>As a FHIR dateTime, as precise as it was given.</summary>
    public string DateTime => Digits <= 8 ? Date : Instant;

    /// <summary>As a FHIR instant.</summary>
    public string Instant => Moment.ToString(Moment.Millisecond == 0 ? "yyyy-MM-ddTHH:mm:sszzz" : "yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
}
