using System.Buffers.Text;
using System.Text.Json;

namespace MedOrleans.Record.Store.Sql;

/// <summary>Where a page ended: which criterion led the search, and the order's values of the last row. Opaque to clients; it names no tenant.</summary>
/// <param name="Driver">The position of the leading criterion; -1 where the resources themselves were walked.</param>
/// <param name="Values">The values of the last row: strings, numbers, or null for a missing sort value.</param>
internal sealed record SearchCursor(int Driver, IReadOnlyList<object?> Values)
{
    /// <summary>The cursor as text for an address.</summary>
    public string Print()
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes((object?[])[Driver, .. Values]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor.</summary>
    /// <exception cref="FormatException">The text was not made by <see cref="Print"/>.</exception>
    public static SearchCursor Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(text));
            var items = json.RootElement.EnumerateArray().ToList();
            return new SearchCursor(items[0].GetInt32(), [.. items.Skip(1).Select(Value)]);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw Wrong();
        }
    }

    /// <summary>The refusal of a cursor that does not fit the search.</summary>
    public static FormatException Wrong() => new("The paging cursor is not one of this search: start again from its first page.");

    private static object? Value(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => item.GetString(),
        JsonValueKind.Number when item.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number => item.GetDouble(),
        _ => throw Wrong(),
    };
}
