using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Grains.Encounters;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Schedules;

namespace MedOrleans.Grains.Schedules;

/// <summary>Makes slots of a pattern, as pure functions.</summary>
internal static class SlotPattern
{
    private const int MostDays = 1100;

    /// <summary>The times of the pattern's slots, or why there are none.</summary>
    public static (IReadOnlyList<SlotTime> Times, Issue? Refusal) Times(GenerateSlots pattern)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(pattern.TimeZone, out var zone))
        {
            return Wrong("There is no time zone of this name; Europe/Berlin is one.", "timeZone");
        }

        if (pattern.Minutes is < 1 or > 24 * 60)
        {
            return Wrong("A slot is 1 to 1440 minutes long.", "minutes");
        }

        if (pattern.To < pattern.From || pattern.To.DayNumber - pattern.From.DayNumber >= MostDays)
        {
            return Wrong($"The last day is the first one or follows it, by less than {MostDays} days.", "to");
        }

        var end = pattern.End == TimeOnly.MinValue ? TimeSpan.FromDays(1) : pattern.End.ToTimeSpan();
        var times = new List<SlotTime>();
        for (var day = pattern.From; day <= pattern.To; day = day.AddDays(1))
        {
            if (pattern.Days.Count > 0 && !pattern.Days.Contains(day.DayOfWeek))
            {
                continue;
            }

            for (var time = pattern.Start.ToTimeSpan(); time + TimeSpan.FromMinutes(pattern.Minutes) <= end; time += TimeSpan.FromMinutes(pattern.Minutes))
            {
                // An hour that the clocks leave out has no slots, and one that they repeat has them once.
                var local = day.ToDateTime(TimeOnly.MinValue) + time;
                if (zone.IsInvalidTime(local))
                {
                    continue;
                }

                var start = new DateTimeOffset(local, zone.GetUtcOffset(local));
                var over = TimeZoneInfo.ConvertTime(start.AddMinutes(pattern.Minutes), zone);
                if (times.Count == 0 || times[^1].End <= start)
                {
                    times.Add(new SlotTime(start, over));
                }

                if (times.Count > GenerateSlots.Most)
                {
                    return Wrong($"The pattern makes more than {GenerateSlots.Most} slots: make them in several calls.", "to");
                }
            }

            if (day == DateOnly.MaxValue)
            {
                break;
            }
        }

        return times.Count > 0 ? (times, null) : Wrong("The pattern makes no slot: no such day lies between the dates, or a slot is longer than the time of a day.", "minutes");
    }

    /// <summary>The times at which nothing is yet, of times in their order.</summary>
    /// <param name="times">The times.</param>
    /// <param name="taken">The slots that are there, by their beginning.</param>
    public static IReadOnlyList<SlotTime> Without(IReadOnlyList<SlotTime> times, IReadOnlyList<SlotTime> taken)
    {
        var free = new List<SlotTime>(times.Count);
        var next = 0;
        var reached = DateTimeOffset.MinValue;
        foreach (var time in times)
        {
            for (; next < taken.Count && taken[next].Start < time.End; next++)
            {
                reached = taken[next].End > reached ? taken[next].End : reached;
            }

            if (reached <= time.Start)
            {
                free.Add(time);
            }
        }

        return free;
    }

    /// <summary>The id of a new slot: that of no other command's.</summary>
    public static string IdOf(Guid command, SlotTime time) => string.Create(CultureInfo.InvariantCulture, $"{command:N}-{time.Start.ToUnixTimeSeconds() / 60}");

    /// <summary>A free slot.</summary>
    public static JsonObject Slot(string id, string schedule, SlotTime time, GenerateSlots pattern)
    {
        var slot = new JsonObject { ["resourceType"] = "Slot", ["id"] = id };
        if (pattern.ServiceType is not null)
        {
            slot["serviceType"] = new JsonArray(EncounterJson.Concept(pattern.ServiceType));
        }

        slot["schedule"] = new JsonObject { ["reference"] = $"Schedule/{schedule}" };
        slot["status"] = "free";
        slot["start"] = Print(time.Start);
        slot["end"] = Print(time.End);
        return slot;
    }

    /// <summary>Widens a schedule's planning horizon so that it covers the slots.</summary>
    public static void Widen(JsonObject schedule, DateTimeOffset start, DateTimeOffset end)
    {
        var horizon = schedule["planningHorizon"] as JsonObject;
        var was = (Start: BedJson.Time(horizon?["start"]), End: BedJson.Time(horizon?["end"]));
        schedule["planningHorizon"] = new JsonObject
        {
            ["start"] = was.Start <= start ? horizon!["start"]!.DeepClone() : Print(start),
            ["end"] = was.End >= end ? horizon!["end"]!.DeepClone() : Print(end),
        };
    }

    private static string Print(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    private static (IReadOnlyList<SlotTime> Times, Issue? Refusal) Wrong(string details, string expression) => ([], new Issue("value", details, expression));
}

/// <summary>The time of a slot.</summary>
internal readonly record struct SlotTime(DateTimeOffset Start, DateTimeOffset End);
