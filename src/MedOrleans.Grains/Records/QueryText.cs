namespace MedOrleans.Grains.Records;

/// <summary>Search parameters written as in an address.</summary>
internal static class QueryText
{
    /// <summary>Names and values, percent-decoded, in order.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Parse(string query) => query
        .TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(part => part.Split('=', 2))
        .Select(pair => KeyValuePair.Create(Decode(pair[0]), pair.Length > 1 ? Decode(pair[1]) : ""));

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
