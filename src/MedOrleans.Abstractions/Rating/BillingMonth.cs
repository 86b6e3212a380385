using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MedOrleans.Rating;

/// <summary>A calendar month in UTC, <c>2026-11</c>: what one statement is about.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.BillingMonth")]
public readonly record struct BillingMonth : IComparable<BillingMonth>
{
    private BillingMonth(int index) => Index = index;

    /// <summary>Months since year 0.</summary>
    [Id(0)]
    public int Index { get; init; }

    /// <summary>The first moment.</summary>
    public DateTimeOffset Start => new(Index / 12, (Index % 12) + 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The first moment of the next month.</summary>
    public DateTimeOffset End => Next.Start;

    /// <summary>How many hours it has: 672 to 744.</summary>
    public int Hours => (int)(End - Start).TotalHours;

    /// <summary>The month after it.</summary>
    public BillingMonth Next => new(Index + 1);

    /// <summary>The month before it.</summary>
    public BillingMonth Previous => new(Index - 1);

    /// <summary>The month that a moment is in.</summary>
    public static BillingMonth Of(DateTimeOffset moment) => new((moment.UtcDateTime.Year * 12) + moment.UtcDateTime.Month - 1);

    /// <summary>Reads <c>yyyy-MM</c>; false where <paramref name="text"/> is none, or not of the years 2000 to 2999.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out BillingMonth month)
    {
        var isMonth = DateTime.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var start) && start.Year is >= 2000 and <= 2999;
        month = isMonth ? new BillingMonth((start.Year * 12) + start.Month - 1) : default;
        return isMonth;
    }

    /// <summary>Reads <c>yyyy-MM</c>.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is no month.</exception>
    public static BillingMonth Parse(string text) => TryParse(text, out var month) ? month : throw new FormatException("A month is written yyyy-MM.");

    /// <inheritdoc/>
    public int CompareTo(BillingMonth other) => Index.CompareTo(other.Index);

    /// <summary>Whether it is the earlier one.</summary>
    public static bool operator <(BillingMonth left, BillingMonth right) => left.Index < right.Index;

    /// <summary>Whether it is the later one.</summary>
    public static bool operator >(BillingMonth left, BillingMonth right) => left.Index > right.Index;

    /// <summary>Whether it is the earlier one, or the same.</summary>
    public static bool operator <=(BillingMonth left, BillingMonth right) => left.Index <= right.Index;

    /// <summary>Whether it is the later one, or the same.</summary>
    public static bool operator >=(BillingMonth left, BillingMonth right) => left.Index >= right.Index;

    /// <inheritdoc/>
    public override string ToString() => Start.ToString("yyyy-MM", CultureInfo.InvariantCulture);
}
