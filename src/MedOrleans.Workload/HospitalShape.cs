namespace MedOrleans.Workload;

/// <summary>What a hospital is like: how big it is, and how its patients come. Its day follows from it and from a seed.</summary>
public sealed record HospitalShape
{
    /// <summary>The hospital's slug; two hospitals of one shape have different days.</summary>
    public required string Tenant { get; init; }

    /// <summary>Wards, besides the emergency department, which has no beds.</summary>
    public int Wards { get; init; } = 4;

    /// <summary>Beds of a ward.</summary>
    public int BedsPerWard { get; init; } = 20;

    /// <summary>Emergencies that are expected in a day.</summary>
    public double Emergencies { get; init; } = 120;

    /// <summary>The share of emergencies that are admitted to a ward, 0 to 1.</summary>
    public double EmergencyAdmissions { get; init; } = 0.25;

    /// <summary>Admissions to a ward that were planned and are expected in a day; who finds no bed is sent home at the door.</summary>
    public double Planned { get; init; } = 20;

    /// <summary>Clinics for outpatients.</summary>
    public int Clinics { get; init; } = 4;

    /// <summary>The share of a clinic's slots that are booked, 0 to 1.</summary>
    public double Booked { get; init; } = 0.8;

    /// <summary>The share of beds with a patient at midnight, 0 to 1.</summary>
    public double Occupancy { get; init; } = 0.7;

    /// <summary>How long a stay on a ward lasts in the mean.</summary>
    public TimeSpan MeanStay { get; init; } = TimeSpan.FromDays(4.5);

    /// <summary>The share of patients whom a system tells of by HL7 v2 messages; the others' frontends speak FHIR. 0 to 1.</summary>
    public double MessageShare { get; init; }

    /// <summary>The same hospital, larger or smaller.</summary>
    /// <param name="factor">How many times as large, above 0; each part stays one at least.</param>
    public HospitalShape Scaled(double factor) => this with
    {
        BedsPerWard = Math.Max(1, (int)Math.Round(BedsPerWard * factor)),
        Clinics = Math.Max(1, (int)Math.Round(Clinics * factor)),
        Emergencies = Math.Max(1, Emergencies * factor),
        Planned = Math.Max(1, Planned * factor),
    };
}
