using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Records;
using MedOrleans.Record.Search;
using MedOrleans.Record.Wards;

namespace MedOrleans.Grains.Schedules;

/// <summary>Finds a schedule's slots.</summary>
internal sealed class SlotSearch(RecordWriter writer, SearchQueryParser parser)
{
    private const int Page = 1000;

    // No slot is longer than a day: one that reaches into the time begins less than a day before it.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    /// <summary>The slots that overlap a time, by their beginning; those entered in error are left out.</summary>
    public async Task<List<(string Id, JsonObject Json)>> OverlappingAsync(TenantId tenant, string schedule, DateTimeOffset start, DateTimeOffset end)
    {
        var found = new List<(string Id, JsonObject Json)>();
        var store = await writer.StoreAsync(tenant);
        var query = parser.Parse(tenant, "Slot", [
            KeyValuePair.Create("schedule", $"Schedule/{schedule}"),
            KeyValuePair.Create("start", "ge" + Text(start - s_longest)), KeyValuePair.Create("start", "lt" + Text(end))]).Query! with
        { Count = Page };
        for (string? cursor = null; ;)
        {
            var page = await RecordWriter.GuardAsync(() => new ValueTask<SearchPage>(store.SearchAsync(query with { Cursor = cursor }, CancellationToken.None)));
            found.AddRange(page.Matches.Select(slot => (slot.Id, EncounterJson.Parse(slot.Body)))
                .Where(slot => BedJson.Text(slot.Item2["status"]) != "entered-in-error" && SlotRules.Start(slot.Item2) < end && SlotRules.End(slot.Item2) > start));
            cursor = page.Next;
            if (cursor is null)
            {
                found.Sort((a, b) => Nullable.Compare(SlotRules.Start(a.Json), SlotRules.Start(b.Json)) is var order && order != 0 ? order : string.CompareOrdinal(a.Id, b.Id));
                return found;
            }
        }
    }

    /// <summary>As few slots as cover a time without gaps, of those that are free or the appointment's own; null where they do not cover it.</summary>
    public static IReadOnlyList<string>? Cover(IReadOnlyList<(string Id, JsonObject Json)> slots, string appointment, DateTimeOffset start, DateTimeOffset end)
    {
        var chosen = new List<string>();
        for (var reached = start; reached < end;)
        {
            var (id, to) = slots
                .Where(slot => SlotRules.Start(slot.Json) <= reached && SlotRules.End(slot.Json) > reached
                    && (SlotRules.TakenBy(slot.Json) is { } taker ? taker == appointment : BedJson.Text(slot.Json["status"]) == "free"))
                .Select(slot => (slot.Id, To: SlotRules.End(slot.Json)!.Value)).OrderByDescending(slot => slot.To).ThenBy(slot => slot.Id, StringComparer.Ordinal).FirstOrDefault();
            if (id is null)
            {
                return null;
            }

            chosen.Add(id);
            reached = to;
        }

        return chosen;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
