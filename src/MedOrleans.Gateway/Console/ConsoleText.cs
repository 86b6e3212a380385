using System.Globalization;

namespace MedOrleans.Gateway.Console;

/// <summary>Numbers and times as people read them.</summary>
internal static class ConsoleText
{
    private static readonly string[] s_bytes = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>A number with thousands parted, and decimals where it is small.</summary>
    public static string Number(double number) =>
        number.ToString(Math.Abs(number) switch { >= 100 or 0 => "#,0", >= 10 => "#,0.#", _ => "0.##" }, CultureInfo.InvariantCulture);

    /// <summary>Bytes in the unit that fits.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; Math.Abs(bytes) >= 1000 && unit < s_bytes.Length - 1; unit++)
        {
            bytes /= 1000;
        }

        return $"{Number(unit == 0 ? Math.Round(bytes) : bytes)} {s_bytes[unit]}";
    }

    /// <summary>A quantity with its unit: bytes in the one that fits.</summary>
    public static string Quantity(double quantity, string unit) => unit switch
    {
        "bytes" or "byte" => Bytes(quantity),
        "bytes/s" => $"{Bytes(quantity)}/s",
        "byte-hour" => $"{Bytes(quantity)}-hours",
        "grain milliseconds/s" => $"{Number(quantity)} ms/s",
        "requests/s" => $"{Number(quantity)}/s",
        "millisecond" => quantity >= 3_600_000 ? $"{Number(quantity / 3_600_000)} h" : quantity >= 60_000 ? $"{Number(quantity / 60_000)} min" : quantity >= 1000 ? $"{Number(quantity / 1000)} s" : $"{Number(quantity)} ms",
        "activations" or "workstations" => $"{Number(quantity)} {(Math.Abs(quantity - 1) < 0.001 ? unit[..^1] : unit)}",
        _ => $"{Number(quantity)} {(Math.Abs(quantity - 1) < 0.001 ? unit : unit + "s")}",
    };

    /// <summary>A moment, UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A day, UTC.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>An amount of money.</summary>
    public static string Money(decimal amount) => amount.ToString("#,0.00", CultureInfo.InvariantCulture);

    /// <summary>A part of a whole, in percent.</summary>
    public static string Percent(decimal part) => $"{Number((double)(100 * part))} %";

    /// <summary>A meter's or a pool's name for people.</summary>
    public static string Name(string name) => name switch
    {
        "api.read" => "Reads",
        "api.search" => "Searches",
        "api.write" => "Writes",
        "api.bulk" => "Bundles and loads",
        "grain.ms" => "Compute time",
        "network.in" => "Network in",
        "network.out" => "Network out",
        "storage.byte_hours" => "Storage over time",
        "export.rows" => "Export rows",
        "hl7.messages" => "HL7 messages",
        "network.bytes" => "Network bytes",
        "network" => "Network requests",
        _ => string.Create(name.Length, name, static (text, from) =>
        {
            from.AsSpan().Replace(text, '.', ' ');
            text[0] = char.ToUpperInvariant(text[0]);
        }),
    };

    /// <summary>The top of a scale that holds a value: 1, 2 or 5 times a power of ten.</summary>
    public static double ScaleOf(double value)
    {
        if (value <= 0)
        {
            return 1;
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return (value / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }
}
