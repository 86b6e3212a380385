using System.Globalization;
using System.Text;

namespace MedOrleans.Record.Store.Sql;

/// <summary>A statement under construction: its text, and the values bound to <c>$1</c>, <c>$2</c>, … No value is ever part of the text.</summary>
internal sealed class SqlText
{
    private readonly StringBuilder _text = new();

    /// <summary>The values in order: int, long, double, string, or a time in microseconds as <see cref="Instant"/>.</summary>
    public List<object> Values { get; } = [];

    /// <summary>Adds text of the program's own.</summary>
    public SqlText Add(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>Adds a value, and its placeholder.</summary>
    public SqlText Bind(object value)
    {
        Values.Add(value);
        _text.Append('$').Append(Values.Count.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}

/// <summary>A time in microseconds since 1970 UTC, bound in the database's own type.</summary>
internal readonly record struct Instant(double Microseconds)
{
    /// <summary>The time in whole microseconds, within what every database can hold (years 1 to 9999).</summary>
    public long Clamped => (long)Math.Clamp(Microseconds, -62_135_596_800_000_000d, 253_402_300_799_999_000d);
}
