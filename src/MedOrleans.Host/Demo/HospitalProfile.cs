namespace MedOrleans.Host.Demo;

/// <summary>One of the demo's hospitals.</summary>
/// <param name="Tenant">The slug.</param>
/// <param name="Name">The name for people.</param>
/// <param name="VisitsPerSecond">Visits a second at the height of the compressed day.</param>
internal sealed record HospitalProfile(string Tenant, string Name, double VisitsPerSecond)
{
    /// <summary>Three hospitals of different size.</summary>
    public static IReadOnlyList<HospitalProfile> All { get; } =
    [
        new("north", "North University Hospital", 20),
        new("valley", "Valley General Hospital", 6),
        new("lakeside", "Lakeside Clinic", 2),
    ];
}
