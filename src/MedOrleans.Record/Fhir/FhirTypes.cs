using System.Collections.Frozen;
using Hl7.Fhir.Model;

namespace MedOrleans.Record.Fhir;

/// <summary>The resource types of FHIR R4.</summary>
public static class FhirTypes
{
    private static readonly FrozenSet<string> s_all = ModelInfo.SupportedResources
        .Where(type => type is not ("Resource" or "DomainResource" or "Parameters"))
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Every type that can be stored, in alphabetical order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_all.Order(StringComparer.Ordinal)];

    /// <summary>Whether <paramref name="type"/> is a type that can be stored.</summary>
    public static bool IsResourceType(string type) => s_all.Contains(type);
}
