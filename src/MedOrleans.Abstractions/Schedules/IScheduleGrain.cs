using MedOrleans.Encounters;
using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Schedules;

/// <summary>A schedule: the time of a practitioner, a room or a device that can be booked. The key is a <see cref="ResourceKey"/> of type <c>Schedule</c>.</summary>
[TenantFacing]
[Alias("MedOrleans.IScheduleGrain")]
public interface IScheduleGrain : IGrainWithStringKey
{
    /// <summary>Makes free slots by a pattern. Times at which the schedule has a slot already are left out, also where two calls make slots at once.</summary>
    /// <returns>The schedule, whose planning horizon now covers the slots; <see cref="WriteStatus.RuleViolated"/> where the pattern makes no slot, or too many.</returns>
    [Alias("GenerateSlots"), Requires(Interaction.Update)]
    Task<WriteReply> GenerateSlotsAsync(GenerateSlots command);
}

/// <summary>A pattern of slots, in local time: between two times of day, one after another, on some days of the week, from one date to another.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.GenerateSlots")]
public sealed record GenerateSlots
{
    /// <summary>The most slots that one call makes.</summary>
    public const int Most = 1000;

    /// <summary>Names this command: however often it is sent, it has one effect.</summary>
    [Id(0)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();

    /// <summary>The first day.</summary>
    [Id(1)]
    public required DateOnly From { get; init; }

    /// <summary>The last day.</summary>
    [Id(2)]
    public required DateOnly To { get; init; }

    /// <summary>When the first slot of a day begins.</summary>
    [Id(3)]
    public required TimeOnly Start { get; init; }

    /// <summary>When the last slot of a day is over at the latest; midnight is the end of the day.</summary>
    [Id(4)]
    public required TimeOnly End { get; init; }

    /// <summary>The length of a slot in minutes.</summary>
    [Id(5)]
    public required int Minutes { get; init; }

    /// <summary>The days of the week; all where empty.</summary>
    [Id(6)]
    public IReadOnlyList<DayOfWeek> Days { get; init; } = [];

    /// <summary>The IANA name of the time zone that dates and times are in.</summary>
    [Id(7)]
    public string TimeZone { get; init; } = "UTC";

    /// <summary>What can be done in the slots; null where nothing is said.</summary>
    [Id(8)]
    public CodedText? ServiceType { get; init; }
}
