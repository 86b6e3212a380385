using System.Globalization;

namespace MedOrleans.Record.Search;

/// <summary>What a date, number or quantity is compared with: a value with a prefix (R4, search.html#prefix).</summary>
/// <param name="Comparison">How.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end, included.</param>
internal readonly record struct RangeValue(RangeComparison Comparison, double Low, double High)
{
    // R4: "The recommended value for the approximation is 10% of the stated value (or for a date, 10% of the gap between now and the date)."
    private const double Approximation = 0.1;

    private const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads a date; false where it is none.</summary>
    public static bool TryDate(string text, DateTimeOffset now, out RangeValue value)
    {
        value = default;
        if (!TryPrefix(text, out var comparison, out var rest) || !DateRange.TryParse(rest, out var date))
        {
            return false;
        }

        var widened = comparison == RangeComparison.Overlaps ? Math.Abs(DateRange.Of(now) - date.Low) * Approximation : 0;
        value = new RangeValue(comparison, date.Low - widened, date.High + widened);
        return true;
    }

    /// <summary>Reads a number; false where it is none.</summary>
    public static bool TryNumber(string text, out RangeValue value)
    {
        value = default;
        if (!TryPrefix(text, out var comparison, out var rest)
            || !double.TryParse(rest, Styles, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
        {
            return false;
        }

        // Whoever asks for more or less means the number exactly; eq and ne mean all that rounds to it.
        value = comparison switch
        {
            RangeComparison.Within or RangeComparison.NotWithin => Rounded(comparison, rest, number),
            RangeComparison.Overlaps => new RangeValue(comparison, number - (Math.Abs(number) * Approximation), number + (Math.Abs(number) * Approximation)),
            _ => new RangeValue(comparison, number, number),
        };
        return true;
    }

    private static RangeValue Rounded(RangeComparison comparison, ReadOnlySpan<char> text, double number)
    {
        var exponentAt = text.IndexOfAny('e', 'E');
        var digits = exponentAt < 0 ? text : text[..exponentAt];
        var point = digits.IndexOf('.');
        var power = point < 0 ? 0 : point + 1 - digits.Length;

        // R4's example has 1e2 mean [95, 105), that is, one more digit than is written.
        power += exponentAt < 0 ? 0 : (int.TryParse(text[(exponentAt + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) ? exponent : 0) - 1;
        if (power is > -28 and < 28 && decimal.TryParse(text, Styles, CultureInfo.InvariantCulture, out var exact) && Math.Abs(exact) < 1e27m)
        {
            // In decimals, so that 5.4 begins at the double next to 5.35 and not at the sum of two rounding errors.
            var half = 0.5m;
            for (var i = 0; i < Math.Abs(power); i++)
            {
                half = power > 0 ? half * 10 : half / 10;
            }

            return new RangeValue(comparison, (double)(exact - half), Math.BitDecrement((double)(exact + half)));
        }

        var halfUnit = 0.5 * Math.Pow(10, power);
        var low = number - halfUnit;
        var high = number + halfUnit;
        return double.IsFinite(low) && double.IsFinite(high) && low < high
            ? new RangeValue(comparison, low, Math.BitDecrement(high))
            : new RangeValue(comparison, number, number);
    }

    private static bool TryPrefix(string text, out RangeComparison comparison, out string rest)
    {
        comparison = RangeComparison.Within;
        rest = text;
        if (text.Length < 2 || !char.IsAsciiLetter(text[0]))
        {
            return true;
        }

        rest = text[2..];
        RangeComparison? named = text[..2] switch
        {
            "eq" => RangeComparison.Within,
            "ne" => RangeComparison.NotWithin,
            "gt" => RangeComparison.ReachesAbove,
            "lt" => RangeComparison.ReachesBelow,
            "ge" => RangeComparison.ReachesAboveOrWithin,
            "le" => RangeComparison.ReachesBelowOrWithin,
            "sa" => RangeComparison.StartsAfter,
            "eb" => RangeComparison.EndsBefore,
            "ap" => RangeComparison.Overlaps,
            _ => null,
        };
        comparison = named ?? default;
        return named is not null;
    }
}
