namespace MedOrleans.Gateway.Fhir;

/// <summary>Answers what is no interaction of this server: what of the request it is that is unknown.</summary>
internal static class UnknownInteractions
{
    /// <summary>The refusal of a method on a path below <c>/fhir/{tenant}</c>.</summary>
    public static FhirResult Refuse(string method, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var allow = parts switch
        {
            [] => "POST",
            ["metadata"] or ["_history"] or [_, "_history"] or [_, _, "_history"] or [_, _, "_history", _] => "GET, HEAD",
            [_, "_search"] => "POST",
            [_] => "GET, HEAD, POST, PUT, DELETE",
            [_, _] => "GET, HEAD, PUT, DELETE",
            _ => null,
        };
        if (parts.FirstOrDefault(part => part.StartsWith('$')) is { } operation)
        {
            return FhirResult.Refused(404, "not-supported", $"There is no operation {FhirAddresses.Shorten(operation)}.");
        }

        if (parts is [var type, ..] && type is not ("metadata" or "_history" or "_search") && FhirAddresses.RefuseType(type) is { } unknown)
        {
            return unknown;
        }

        return allow is null
            ? FhirResult.Refused(404, "not-supported", "There is no such interaction.")
            : FhirResult.Refused(405, "not-supported", $"{FhirAddresses.Shorten(method)} is not supported here.") with { Allow = allow };
    }
}
