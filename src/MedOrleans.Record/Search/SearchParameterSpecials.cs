using Hl7.Fhir.Model;

namespace MedOrleans.Record.Search;

/// <summary>The search parameters that the expressions of R4 do not tell all about.</summary>
internal static class SearchParameterSpecials
{
    /// <summary>Those whose entries are written by hand: <c>exists() and != false</c>, and a resource inside a Bundle.</summary>
    public static IReadOnlyList<string> WrittenByHand { get; } = ["Patient.deceased", "Bundle.composition", "Bundle.message"];

    /// <summary>
    /// Those that are not indexed: distance on a globe, and coordinates of a genome, which need two ranges of one element.
    /// </summary>
    public static IReadOnlyList<string> NotIndexed { get; } =
    [
        "Location.near",
        "MolecularSequence.chromosome-variant-coordinate",
        "MolecularSequence.chromosome-window-coordinate",
        "MolecularSequence.referenceseqid-variant-coordinate",
        "MolecularSequence.referenceseqid-window-coordinate",
    ];

    /// <summary>Parameters of every resource that R4 defines and this record refuses.</summary>
    public static IReadOnlyList<string> RefusedEverywhere { get; } =
        ["_text", "_content", "_list", "_query", "_filter", "_type", "_elements", "_contained", "_containedType", "_has"];

    /// <summary>Whether the expression alone does not say what to index.</summary>
    public static bool HasOwnRules(SearchParameter parameter)
    {
        var name = $"{parameter.Type}.{parameter.Code}";
        return WrittenByHand.Contains(name) || NotIndexed.Contains(name);
    }

    /// <summary>The parts of a composite: the parameter that each is like, and its path.</summary>
    public static IEnumerable<(string Definition, string Expression)> ComponentsOf(SearchParamDefinition definition)
    {
        var parts = (definition.Component ?? []).Select(component => (Definition: component.Definition!, Expression: component.Expression!)).ToList();

        // R4 says of the code that it is a reference, and of the reference that it is a code.
        return definition is { Resource: "DocumentReference", Code: "relationship" }
            ? [(parts[1].Definition, parts[0].Expression), (parts[0].Definition, parts[1].Expression)]
            : parts;
    }

    /// <summary>Whether a search by it is answered.</summary>
    public static bool IsSearchable(SearchParameter parameter) => !NotIndexed.Contains($"{parameter.Type}.{parameter.Code}");

    /// <summary>The parameters that every resource has, for <paramref name="type"/>.</summary>
    public static IEnumerable<SearchParameter> OfEveryResource(string type)
    {
        yield return Of(type, "_id", SearchParameterKind.Token, "id", indexed: false);
        yield return Of(type, "_lastUpdated", SearchParameterKind.Date, "meta.lastUpdated", indexed: false);
        yield return Of(type, "_tag", SearchParameterKind.Token, "meta.tag");
        yield return Of(type, "_security", SearchParameterKind.Token, "meta.security");
        yield return Of(type, "_profile", SearchParameterKind.Uri, "meta.profile");
        yield return Of(type, "_source", SearchParameterKind.Uri, "meta.source");
    }

    private static SearchParameter Of(string type, string code, SearchParameterKind kind, string path, bool indexed = true) => new()
    {
        Number = SearchParameterCatalog.NumberOf(type, code),
        Type = type,
        Code = code,
        Kind = kind,
        Url = $"http://hl7.org/fhir/SearchParameter/Resource-{code[1..]}",
        Expression = $"{type}.{path}",
        Paths = indexed ? SearchPathParser.ParseUnion($"{type}.{path}") : [],
    };
}
