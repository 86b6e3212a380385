using Microsoft.Extensions.Primitives;

namespace MedOrleans.Gateway.Fhir;

/// <summary>What the answer to a write holds (R4, http.html#ops).</summary>
internal enum ReturnPreference
{
    /// <summary>The request does not say: the resource, and in the answer to a Bundle its address alone.</summary>
    Unspecified,

    /// <summary>Headers alone.</summary>
    Minimal,

    /// <summary>The resource.</summary>
    Representation,

    /// <summary>An OperationOutcome.</summary>
    OperationOutcome,
}

/// <summary>What a request's <c>Prefer</c> header asks for; what is unknown in it is ignored, as RFC 7240 wants.</summary>
/// <param name="Return">What the answer to a write holds.</param>
/// <param name="Lenient">Whether unknown search parameters are ignored with a warning (<c>handling=lenient</c>).</param>
internal readonly record struct Preferences(ReturnPreference Return, bool Lenient)
{
    /// <summary>Reads the header.</summary>
    public static Preferences Parse(StringValues header)
    {
        if (header.Count == 0)
        {
            return default;
        }

        var preferences = default(Preferences);
        foreach (var part in header.ToString().Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            preferences = part.ToUpperInvariant() switch
            {
                "RETURN=MINIMAL" => preferences with { Return = ReturnPreference.Minimal },
                "RETURN=REPRESENTATION" => preferences with { Return = ReturnPreference.Representation },
                "RETURN=OPERATIONOUTCOME" => preferences with { Return = ReturnPreference.OperationOutcome },
                "HANDLING=LENIENT" => preferences with { Lenient = true },
                _ => preferences,
            };
        }

        return preferences;
    }
}
