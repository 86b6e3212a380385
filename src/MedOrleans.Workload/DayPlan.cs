namespace MedOrleans.Workload;

/// <summary>
/// A synthetic day of a hospital, with the evening before it that makes the hospital what the day finds: beds with patients, appointments that are booked. The same shape and
/// seed give the same day. No bed has two patients in it, no slot two appointments, and whatever an event builds on comes before it.
/// </summary>
public sealed class DayPlan
{
    private DayPlan(HospitalShape shape, IReadOnlyList<DayEvent> events, IReadOnlyList<DayBed> beds, IReadOnlyList<DaySlot> slots) => (Shape, Events, Beds, Slots) = (shape, events, beds, slots);

    /// <summary>How long the day is.</summary>
    public static TimeSpan Length { get; } = TimeSpan.FromHours(24);

    /// <summary>Whose day.</summary>
    public HospitalShape Shape { get; }

    /// <summary>What happens, in the order of time; those of the evening before come first, with times below zero.</summary>
    public IReadOnlyList<DayEvent> Events { get; }

    /// <summary>The beds that there are.</summary>
    public IReadOnlyList<DayBed> Beds { get; }

    /// <summary>The clinics' slots, taken or free.</summary>
    public IReadOnlyList<DaySlot> Slots { get; }

    /// <summary>Plans a day.</summary>
    /// <param name="shape">Whose.</param>
    /// <param name="seed">What decides everything else.</param>
    public static DayPlan Of(HospitalShape shape, int seed)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var beds = new BedBook(shape.Wards, shape.BedsPerWard);
        var chance = new Chance(unchecked((seed * 397) ^ shape.Tenant.Aggregate(17, static (hash, c) => unchecked((hash * 31) + c))));
        var script = new DayScript(chance, shape.MessageShare);
        var stays = new WardStays(shape, script, beds, chance);
        var clinics = new ClinicDay(shape, script, chance);
        stays.Plan();
        clinics.Plan();
        script.Run();
        return new DayPlan(shape, script.Events, beds.All, clinics.Slots);
    }
}
