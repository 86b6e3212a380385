using System.Globalization;
using System.Text.Json;

namespace MedOrleans.Host.Commands;

/// <summary>Numbers that fit a table: 500G, 20k, 1.25.</summary>
internal static class ShortNumber
{
    /// <summary>A JSON number with at most two decimals and an SI letter.</summary>
    public static string Of(JsonElement number) => number.GetDouble() switch
    {
        >= 1e12 and var n => (n / 1e12).ToString("0.##T", CultureInfo.InvariantCulture),
        >= 1e9 and var n => (n / 1e9).ToString("0.##G", CultureInfo.InvariantCulture),
        >= 1e6 and var n => (n / 1e6).ToString("0.##M", CultureInfo.InvariantCulture),
        >= 1e3 and var n => (n / 1e3).ToString("0.##k", CultureInfo.InvariantCulture),
        var n => n.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
