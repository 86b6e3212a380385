using System.Text;
using System.Text.Json;
using MedOrleans.Record.Fhir;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Resolves conditional references, <c>Practitioner?identifier=system|value</c> (R4, http.html#trules).</summary>
internal sealed class ReferenceResolver(Criteria criteria)
{
    private static readonly Dictionary<string, string> s_none = [];

    /// <summary>The conditional references of one resource and what each resolves to.</summary>
    /// <returns>The references, or why one is refused.</returns>
    public async ValueTask<(IReadOnlyDictionary<string, string> References, FhirResult? Refusal)> ResolveAsync(
        FhirCall call, ReadOnlyMemory<byte> resource)
    {
        // Most resources have no question mark at all, and that is found out fast.
        if (!resource.Span.Contains((byte)'?'))
        {
            return (s_none, null);
        }

        Dictionary<string, string>? resolved = null;
        foreach (var reference in ReferenceScanner.Scan(resource.Span))
        {
            if (!IsConditional(reference))
            {
                continue;
            }

            var (target, issue) = await ResolveAsync(call, reference);
            if (issue is not null)
            {
                return (s_none, FhirResult.Refused(StatusOf(issue), issue with { Expression = Locate(resource.Span, reference) }));
            }

            (resolved ??= [])[reference] = target!;
        }

        return (resolved ?? s_none, null);
    }

    /// <summary>What one conditional reference resolves to, or what is wrong with it.</summary>
    public async ValueTask<(string? Target, Issue? Issue)> ResolveAsync(FhirCall call, string reference)
    {
        var at = reference.IndexOf('?', StringComparison.Ordinal);
        var type = reference[..at];
        var (found, refusal) = await criteria.FindAsync(call, type, reference[(at + 1)..]);
        if (refusal is not null)
        {
            return (null, refusal.Issues[0]);
        }

        return found.Count switch
        {
            1 => ($"{type}/{found.Match!.Id}", null),
            0 => (null, new Issue("not-found", $"The conditional reference matches no {type}.")),
            _ => (null, new Issue("multiple-matches", $"The conditional reference matches more than one {type}.")),
        };
    }

    /// <summary>The status of a reference that does not resolve.</summary>
    public static int StatusOf(Issue issue) => issue.Code switch
    {
        "forbidden" => 403,
        "not-found" or "multiple-matches" => 412,
        _ => 400,
    };

    /// <summary>Whether a reference is a conditional one, and not an address with a query.</summary>
    public static bool IsConditional(string reference)
    {
        var at = reference.IndexOf('?', StringComparison.Ordinal);
        return at > 0 && FhirTypes.IsResourceType(reference[..at]);
    }

    /// <summary>The FHIRPath of the first <c>reference</c> member of that value; null where there is none.</summary>
    public static string? Locate(ReadOnlySpan<byte> resource, string reference)
    {
        var reader = new Utf8JsonReader(resource, new JsonReaderOptions { MaxDepth = 1000 });
        var names = new Stack<(string? Name, int Index)>();
        var type = "Resource";
        string? name = null;
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        name = reader.GetString();
                        break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        names.Push((CountIn(names, ref name), reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        names.Pop();
                        break;
                    case JsonTokenType.String when name == "resourceType" && names.Count == 1:
                        type = reader.GetString()!;
                        break;
                    case JsonTokenType.String when name == "reference" && reader.ValueTextEquals(reference):
                        return Path(type, names);
                }
            }
        }
        catch (JsonException)
        {
            // The resource reader reports the fault with its place.
        }

        return null;
    }

    private static string? CountIn(Stack<(string? Name, int Index)> names, ref string? name)
    {
        if (names.Count > 0 && names.Peek() is { Index: >= 0 } array)
        {
            names.Pop();
            names.Push((array.Name, array.Index + 1));
            return $"[{array.Index}]";
        }

        var own = name is null ? null : "." + name;
        name = null;
        return own;
    }

    private static string Path(string type, Stack<(string? Name, int Index)> names)
    {
        var path = new StringBuilder(type);
        foreach (var (name, _) in names.Reverse())
        {
            path.Append(name);
        }

        return path.Append(".reference").ToString();
    }
}
