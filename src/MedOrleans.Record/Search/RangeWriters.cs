using System.Text.Json;

namespace MedOrleans.Record.Search;

/// <summary>A date of any precision.</summary>
internal sealed class DateWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (TryRead(value, out var range))
        {
            sink.Add(parameter, "", range.Low, range.High);
        }
    }

    /// <summary>Reads a date; false where there is none.</summary>
    public static bool TryRead(JsonElement value, out DateRange range)
    {
        var text = new KeyBuilder(stackalloc char[48]);
        text.Add(value);
        return DateRange.TryParse(text.Text, out range);
    }
}

/// <summary>A period; an end that lacks is open.</summary>
internal sealed class PeriodWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (TryRead(value, out var low, out var high))
        {
            sink.Add(parameter, "", low, high);
        }
    }

    /// <summary>Reads a period; false where it has neither end.</summary>
    public static bool TryRead(JsonElement value, out double low, out double high)
    {
        low = -IndexKeys.OpenEnd;
        high = IndexKeys.OpenEnd;
        if (value.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        var any = false;
        if (value.TryGetProperty("start"u8, out var start) && DateWriter.TryRead(start, out var first))
        {
            low = first.Low;
            any = true;
        }

        if (value.TryGetProperty("end"u8, out var end) && DateWriter.TryRead(end, out var last))
        {
            high = last.High;
            any = true;
        }

        return any;
    }
}

/// <summary>A schedule: only its outer limits count (R4, search, date).</summary>
internal sealed class TimingWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var low = double.PositiveInfinity;
        var high = double.NegativeInfinity;
        if (value.TryGetProperty("event"u8, out var events) && events.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in events.EnumerateArray())
            {
                if (DateWriter.TryRead(item, out var moment))
                {
                    low = Math.Min(low, moment.Low);
                    high = Math.Max(high, moment.High);
                }
            }
        }

        if (value.TryGetProperty("repeat"u8, out var repeat) && repeat.ValueKind == JsonValueKind.Object
            && repeat.TryGetProperty("boundsPeriod"u8, out var bounds) && PeriodWriter.TryRead(bounds, out var start, out var end))
        {
            low = Math.Min(low, start);
            high = Math.Max(high, end);
        }

        if (low <= high)
        {
            sink.Add(parameter, "", low, high);
        }
    }
}

/// <summary>A number.</summary>
internal sealed class NumberWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (TryRead(value, out var number))
        {
            sink.Add(parameter, "", number, number);
        }
    }

    /// <summary>Reads a number; false where there is none that is finite.</summary>
    public static bool TryRead(JsonElement value, out double number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out number) && double.IsFinite(number);
    }
}

/// <summary>A quantity: under no unit, and under each form of its unit.</summary>
internal class QuantityWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("value"u8, out var member)
            || !NumberWriter.TryRead(member, out var number))
        {
            return;
        }

        var (low, high) = (number, number);
        if (value.TryGetProperty("comparator"u8, out var comparator))
        {
            low = comparator.ValueEquals("<"u8) || comparator.ValueEquals("<="u8) ? -IndexKeys.OpenEnd : low;
            high = comparator.ValueEquals(">"u8) || comparator.ValueEquals(">="u8) ? IndexKeys.OpenEnd : high;
        }

        Write(value, low, high, sink);
    }

    /// <summary>Writes a range under each form of the unit of <paramref name="quantity"/>.</summary>
    protected void Write(JsonElement quantity, double low, double high, IndexSink sink)
    {
        sink.Add(parameter, "", low, high);
        var code = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
        if (quantity.TryGetProperty("code"u8, out var member))
        {
            code.Add(member);
        }

        if (!code.IsEmpty)
        {
            var coded = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
            coded.Add(code.Text);
            coded.AddSeparator(IndexKeys.PartSeparator);
            if (quantity.TryGetProperty("system"u8, out var system))
            {
                coded.Add(system);
            }

            sink.Add(parameter, code.ToString(), low, high);
            sink.Add(parameter, coded.ToString(), low, high);
        }

        if (quantity.TryGetProperty("unit"u8, out member))
        {
            var unit = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
            unit.Add(member);
            if (!unit.IsEmpty && !unit.Text.SequenceEqual(code.Text))
            {
                sink.Add(parameter, unit.ToString(), low, high);
            }
        }
    }
}

/// <summary>An amount of money: its unit is the currency, a code of ISO 4217.</summary>
internal sealed class MoneyWriter(int parameter) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("value"u8, out var member)
            || !NumberWriter.TryRead(member, out var number))
        {
            return;
        }

        sink.Add(parameter, "", number, number);
        if (value.TryGetProperty("currency"u8, out member))
        {
            var currency = new KeyBuilder(stackalloc char[IndexKeys.MaxLength]);
            currency.Add(member);
            if (!currency.IsEmpty)
            {
                sink.Add(parameter, currency.ToString(), number, number);
                sink.Add(parameter, IndexKeys.Token(currency.Text, "urn:iso:std:iso:4217"), number, number);
            }
        }
    }
}

/// <summary>From a low to a high quantity; an end that lacks is open.</summary>
internal sealed class RangeWriter(int parameter, bool withUnits) : QuantityWriter(parameter)
{
    private readonly int _parameter = parameter;

    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var low = -IndexKeys.OpenEnd;
        var high = IndexKeys.OpenEnd;
        var unit = default(JsonElement);
        ReadEnd(value, "low"u8, ref low, ref unit);
        ReadEnd(value, "high"u8, ref high, ref unit);
        if (unit.ValueKind == JsonValueKind.Undefined)
        {
            return;
        }

        if (withUnits)
        {
            Write(unit, low, high, sink);
        }
        else
        {
            sink.Add(_parameter, "", low, high);
        }
    }

    private static void ReadEnd(JsonElement range, ReadOnlySpan<byte> name, ref double end, ref JsonElement unit)
    {
        if (range.TryGetProperty(name, out var quantity) && quantity.ValueKind == JsonValueKind.Object
            && quantity.TryGetProperty("value"u8, out var value) && NumberWriter.TryRead(value, out var number))
        {
            end = number;
            unit = quantity;
        }
    }
}
