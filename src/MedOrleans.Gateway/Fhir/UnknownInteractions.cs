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
            return RefuseOperation(operation)!;
        }

        if (parts is [var type, ..] && type is not ("metadata" or "_history" or "_search") && FhirAddresses.RefuseType(type) is { } unknown)
        {
            return unknown;
        }

        return (method, parts) switch
        {
            ("GET" or "HEAD", []) or ("POST", ["_search"]) =>
                FhirResult.Refused(405, "not-supported", "A search over all types is not supported: search one, as in Patient?name=value.") with { Allow = "POST" },
            ("GET" or "HEAD", ["Patient", var id, { } member]) when FhirAddresses.RefuseType(member) is null && ResourceKey.IsId(id) =>
                FhirResult.Refused(404, "not-supported", $"A compartment is not supported as an address: search {member}?patient={id}."),
            ("PATCH", [_] or [_, _]) =>
                FhirResult.Refused(405, "not-supported", "PATCH is not supported: read the resource, change it, and PUT it with If-Match.") with { Allow = allow },
            _ when allow is not null => FhirResult.Refused(405, "not-supported", $"{FhirAddresses.Shorten(method)} is not supported here.") with { Allow = allow },
            _ => FhirResult.Refused(404, "not-supported", "There is no such interaction."),
        };
    }

    /// <summary>The refusal of an operation, which no resource's id can be taken for; null where it is none.</summary>
    public static FhirResult? RefuseOperation(string id) => id.StartsWith('$')
        ? FhirResult.Refused(404, "not-supported", $"There is no operation {FhirAddresses.Shorten(id)}.")
        : null;
}
