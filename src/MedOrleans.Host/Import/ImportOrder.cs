namespace MedOrleans.Host.Import;

/// <summary>In which order types are loaded: what others name by a condition comes first, so that it is found.</summary>
internal static class ImportOrder
{
    private static readonly string[][] s_first =
    [
        ["Organization", "Location"],
        ["Practitioner", "HealthcareService", "Medication", "Substance"],
        ["PractitionerRole", "Patient", "Device"],
        ["Encounter", "EpisodeOfCare", "Coverage", "RelatedPerson"],
    ];

    /// <summary>How many rounds there are.</summary>
    public static int Rounds => s_first.Length + 1;

    /// <summary>The round that a type is loaded in, from 0.</summary>
    public static int RoundOf(string type)
    {
        var round = Array.FindIndex(s_first, types => types.Contains(type));
        return round < 0 ? s_first.Length : round;
    }
}
