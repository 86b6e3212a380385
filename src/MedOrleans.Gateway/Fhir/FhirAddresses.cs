using MedOrleans.Record.Fhir;
using Microsoft.AspNetCore.WebUtilities;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Reads the parts of FHIR addresses.</summary>
internal static class FhirAddresses
{
    /// <summary>The refusal of what is no resource type of R4; null where it is one.</summary>
    public static FhirResult? RefuseType(string type) => FhirTypes.IsResourceType(type)
        ? null
        : FhirResult.Refused(404, "not-supported", $"'{Shorten(type)}' is no resource type of FHIR R4.");

    /// <summary>The parameters of a query string or a form, decoded, in order.</summary>
    public static List<KeyValuePair<string, string>> Parameters(string? query)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        if (!string.IsNullOrEmpty(query))
        {
            foreach (var pair in new QueryStringEnumerable(query))
            {
                parameters.Add(new(pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
            }
        }

        return parameters;
    }

    /// <summary>Parameters as a query string without its question mark.</summary>
    public static string Query(IEnumerable<KeyValuePair<string, string>> parameters) =>
        string.Join('&', parameters.Select(pair => $"{Encode(pair.Key)}={Encode(pair.Value)}"));

    /// <summary>What the caller wrote, short enough to be shown back.</summary>
    public static string Shorten(string text) => text.Length <= 64 ? text : string.Concat(text.AsSpan(0, 64), "…");

    // FHIR's own separators are legal in a query and stay readable.
    private static string Encode(string text) => Uri.EscapeDataString(text)
        .Replace("%2C", ",", StringComparison.Ordinal)
        .Replace("%3A", ":", StringComparison.Ordinal)
        .Replace("%2F", "/", StringComparison.Ordinal);
}
