namespace MedOrleans.Host.Demo;

/// <summary>A measured value of a visit.</summary>
/// <param name="Code">The LOINC code.</param>
/// <param name="Display">What it is.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">The UCUM unit.</param>
internal sealed record PlannedObservation(string Code, string Display, decimal Value, string Unit);

/// <summary>A condition found in a visit.</summary>
/// <param name="Code">The SNOMED CT code.</param>
/// <param name="Display">What it is.</param>
internal sealed record PlannedCondition(string Code, string Display);

/// <summary>One visit of a patient, from the door in to the door out.</summary>
internal sealed record PlannedVisit
{
    /// <summary>When the patient comes, from the day's start.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>How long the patient stays.</summary>
    public required TimeSpan Stay { get; init; }

    /// <summary>The number of a patient who was there before; null for a new one.</summary>
    public int? Returning { get; init; }

    /// <summary>The patient's number.</summary>
    public required int Patient { get; init; }

    public required string Family { get; init; }

    public required string Given { get; init; }

    public required string Gender { get; init; }

    public required DateOnly Born { get; init; }

    /// <summary>AMB, EMER or IMP.</summary>
    public required string Class { get; init; }

    public required IReadOnlyList<PlannedObservation> Observations { get; init; }

    public required IReadOnlyList<PlannedCondition> Conditions { get; init; }
}

/// <summary>
/// A synthetic day of hospital work: the same seed gives the same day. Arrivals are a Poisson process whose rate follows a day's
/// curve (quiet at night, a peak in the morning, a lower one in the afternoon), compressed to the length asked for.
/// </summary>
internal static class HospitalDay
{
    private const double ReturningShare = 0.3;

    private static readonly string[] s_families = ["Abbott", "Baumann", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jensen", "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quintero", "Rossi", "Schneider", "Tanaka", "Ueda", "Vargas", "Weiss", "Xu", "Yilmaz", "Zhang"];
    private static readonly string[] s_given = ["Ada", "Ben", "Chiara", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kamal", "Lena", "Mateo", "Nora", "Omar", "Paula", "Quentin", "Rosa", "Sven", "Tomas", "Uma", "Vera", "Wim", "Ximena", "Yuki", "Zoe"];
    private static readonly (string Code, string Display, double Mean, double Spread, string Unit)[] s_measures =
    [
        ("8867-4", "Heart rate", 78, 14, "/min"),
        ("8310-5", "Body temperature", 37.0, 0.6, "Cel"),
        ("8480-6", "Systolic blood pressure", 126, 17, "mm[Hg]"),
        ("8462-4", "Diastolic blood pressure", 79, 10, "mm[Hg]"),
        ("2708-6", "Oxygen saturation in Arterial blood", 96.5, 1.8, "%"),
        ("29463-7", "Body weight", 76, 15, "kg"),
        ("2339-0", "Glucose [Mass/volume] in Blood", 104, 24, "mg/dL"),
        ("718-7", "Hemoglobin [Mass/volume] in Blood", 13.8, 1.6, "g/dL"),
    ];

    private static readonly PlannedCondition[] s_conditions =
    [
        new("38341003", "Hypertensive disorder"),
        new("44054006", "Diabetes mellitus type 2"),
        new("195662009", "Acute viral pharyngitis"),
        new("10509002", "Acute bronchitis"),
        new("65363002", "Otitis media"),
        new("233604007", "Pneumonia"),
        new("125605004", "Fracture of bone"),
        new("25064002", "Headache"),
    ];

    /// <summary>The visits of a day in order of arrival.</summary>
    /// <param name="hospital">Whose day.</param>
    /// <param name="length">How long the compressed day takes.</param>
    /// <param name="seed">What decides everything.</param>
#pragma warning disable CA5394 // A day that can be repeated, not a secret.
    public static IEnumerable<PlannedVisit> Visits(HospitalProfile hospital, TimeSpan length, int seed)
    {
        var random = new Random(unchecked((seed * 397) ^ hospital.Tenant.Aggregate(17, static (hash, c) => unchecked((hash * 31) + c))));
        var patients = new List<(string Family, string Given, string Gender, DateOnly Born)>();
        var at = 0d;
        while (true)
        {
            // Thinning: arrivals at the highest rate, of which the curve keeps its share.
            at += -Math.Log(1 - random.NextDouble()) / hospital.VisitsPerSecond;
            if (at >= length.TotalSeconds)
            {
                yield break;
            }

            if (random.NextDouble() > Curve(at / length.TotalSeconds))
            {
                continue;
            }

            var isReturning = patients.Count > 0 && random.NextDouble() < ReturningShare;
            var number = isReturning ? random.Next(patients.Count) : patients.Count;
            if (!isReturning)
            {
                patients.Add((Pick(random, s_families), Pick(random, s_given), random.Next(2) == 0 ? "female" : "male", new DateOnly(1930, 1, 1).AddDays(random.Next(34_000))));
            }

            var share = random.NextDouble();
            var visitClass = share < 0.7 ? "AMB" : share < 0.9 ? "EMER" : "IMP";
            yield return new PlannedVisit
            {
                At = TimeSpan.FromSeconds(at),
                Stay = length * ((visitClass == "IMP" ? 0.25 : 0.03) * (0.3 + random.NextDouble())),
                Returning = isReturning ? number : null,
                Patient = number,
                Family = patients[number].Family,
                Given = patients[number].Given,
                Gender = patients[number].Gender,
                Born = patients[number].Born,
                Class = visitClass,
                Observations = [.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Measure(random))],
                Conditions = [.. Enumerable.Range(0, random.Next(3) == 0 ? 1 : 0).Select(_ => Pick(random, s_conditions))],
            };
        }
    }

    /// <summary>The share of the highest rate at a time of day, 0 to 1.</summary>
    private static double Curve(double day)
    {
        static double Peak(double at, double centre, double width) => Math.Exp(-Math.Pow((at - centre) / width, 2));
        return Math.Min(1, 0.15 + (0.85 * Peak(day, 0.4, 0.14)) + (0.5 * Peak(day, 0.65, 0.12)));
    }

    private static PlannedObservation Measure(Random random)
    {
        var (code, display, mean, spread, unit) = Pick(random, s_measures);
        return new PlannedObservation(code, display, Math.Round((decimal)(mean + (spread * ((random.NextDouble() + random.NextDouble() + random.NextDouble()) - 1.5))), 1), unit);
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
#pragma warning restore CA5394
}
