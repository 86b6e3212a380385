using MedOrleans.Workload;

namespace MedOrleans.Host.Demo;

/// <summary>One of the demo's hospitals.</summary>
/// <param name="Name">The name for people.</param>
/// <param name="Shape">How big it is.</param>
internal sealed record HospitalProfile(string Name, HospitalShape Shape)
{
    // A shorter day is a smaller hospital's, so that a demo of any length is about as busy.
    private static readonly TimeSpan s_length = TimeSpan.FromMinutes(2);

    /// <summary>Three hospitals of different size.</summary>
    public static IReadOnlyList<HospitalProfile> All { get; } =
    [
        new("North University Hospital", new HospitalShape { Tenant = "north", Wards = 8, BedsPerWard = 24, Emergencies = 220, Planned = 45, Clinics = 10 }),
        new("Valley General Hospital", new HospitalShape { Tenant = "valley", Wards = 4, BedsPerWard = 16, Emergencies = 80, Planned = 14, Clinics = 4 }),
        new("Lakeside Clinic", new HospitalShape { Tenant = "lakeside", Wards = 2, BedsPerWard = 10, Emergencies = 12, Planned = 8, Clinics = 2 }),
    ];

    /// <summary>The slug.</summary>
    public string Tenant => Shape.Tenant;

    /// <summary>The hospital's day.</summary>
    /// <param name="length">How long it is to take.</param>
    /// <param name="seed">What decides it.</param>
    public DayPlan Day(TimeSpan length, int seed) => DayPlan.Of(Shape.Scaled(Math.Min(1, length / s_length)), seed);
}
