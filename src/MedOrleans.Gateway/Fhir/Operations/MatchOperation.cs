using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>Patient/$match (R4, patient-operation-match.html).</summary>
internal sealed record MatchOperation() : FhirOperation("match", "Patient", "Finds the patients that a given one may be, each with how sure it is. The score is documented with the server.",
    [
        new("resource", "Patient", "The patient that is sought; it may be the body itself, without a Parameters resource around it.", IsRequired: true),
        new("onlyCertainMatches", "boolean", "Whether only certain matches are wanted."),
        new("count", "integer", "The most that is answered, 1 to 100; 20 where it is not given."),
    ])
{
    /// <summary>The operation.</summary>
    public static MatchOperation Instance { get; } = new()
    {
        OnType = true,
        OnInstance = false,
        IsRead = true,
        Needs = Interaction.Read | Interaction.Search,
        ReturnType = "Bundle",
        Returns = "The patients, surest first, each with search.score and the extension match-grade.",
    };
}
