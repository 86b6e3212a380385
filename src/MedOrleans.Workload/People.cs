namespace MedOrleans.Workload;

/// <summary>Who comes, and what is found.</summary>
internal static class People
{
    private static readonly string[] s_families = ["Abbott", "Baumann", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jensen", "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quintero", "Rossi", "Schneider", "Tanaka", "Ueda", "Vargas", "Weiss", "Xu", "Yilmaz", "Zhang"];
    private static readonly string[] s_given = ["Ada", "Ben", "Chiara", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kamal", "Lena", "Mateo", "Nora", "Omar", "Paula", "Quentin", "Rosa", "Sven", "Tomas", "Uma", "Vera", "Wim", "Ximena", "Yuki", "Zoe"];
    private static readonly (string Code, string Display, double Mean, double Spread, string Unit)[] s_signs =
    [
        ("8867-4", "Heart rate", 78, 28, "/min"),
        ("8310-5", "Body temperature", 37.0, 1.2, "Cel"),
        ("8480-6", "Systolic blood pressure", 126, 34, "mm[Hg]"),
        ("8462-4", "Diastolic blood pressure", 79, 20, "mm[Hg]"),
        ("2708-6", "Oxygen saturation in Arterial blood", 96.0, 3.6, "%"),
        ("29463-7", "Body weight", 76, 30, "kg"),
    ];

    private static readonly (string Code, string Display, double Mean, double Spread, string Unit)[] s_tests =
    [
        ("2339-0", "Glucose [Mass/volume] in Blood", 104, 48, "mg/dL"),
        ("718-7", "Hemoglobin [Mass/volume] in Blood", 13.8, 3.2, "g/dL"),
        ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", 140, 6, "mmol/L"),
        ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", 1.0, 0.5, "mg/dL"),
    ];

    private static readonly DayFinding[] s_findings =
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

    /// <summary>A patient.</summary>
    public static DayPatient Patient(Chance chance, int number, double messageShare) => new(
        number, chance.Of(s_families), chance.Of(s_given), chance.Happens(0.5), new DateOnly(1930, 1, 1).AddDays(chance.Below(34_000)), chance.Happens(messageShare));

    /// <summary>A sign that is measured at the bedside.</summary>
    public static DayMeasure Sign(Chance chance) => Measure(chance, chance.Of(s_signs));

    /// <summary>A test of the laboratory.</summary>
    public static DayMeasure Test(Chance chance) => Measure(chance, chance.Of(s_tests));

    /// <summary>A condition.</summary>
    public static DayFinding Finding(Chance chance) => chance.Of(s_findings);

    private static DayMeasure Measure(Chance chance, (string Code, string Display, double Mean, double Spread, string Unit) what) =>
        new(what.Code, what.Display, Math.Round((decimal)(what.Mean + (what.Spread * chance.Bell())), 1), what.Unit);
}
