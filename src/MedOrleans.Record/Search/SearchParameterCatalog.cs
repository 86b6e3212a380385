using System.Collections.Frozen;
using System.Text;
using Hl7.Fhir.Model;
using MedOrleans.Record.Fhir;

namespace MedOrleans.Record.Search;

/// <summary>Every base search parameter of FHIR R4, by resource type.</summary>
public sealed class SearchParameterCatalog
{
    private static readonly Lazy<SearchParameterCatalog> s_r4 = new(() => new SearchParameterCatalog());
    private readonly FrozenDictionary<string, FrozenDictionary<string, SearchParameter>> _types;
    private readonly FrozenDictionary<string, IReadOnlyCollection<SearchParameter>> _searchable;
    private readonly FrozenDictionary<int, SearchParameter> _numbers;

    private SearchParameterCatalog()
    {
        var definitions = ModelInfo.SearchParameters.ToLookup(definition => definition.Resource!, StringComparer.Ordinal);
        var byUrl = ModelInfo.SearchParameters.ToLookup(definition => definition.Url!, StringComparer.Ordinal);
        _types = FhirTypes.All.ToFrozenDictionary(
            type => type,
            type => Of(type, [.. definitions[type]], byUrl).ToFrozenDictionary(parameter => parameter.Code, StringComparer.Ordinal),
            StringComparer.Ordinal);
        _searchable = _types.ToFrozenDictionary(
            pair => pair.Key,
            pair => (IReadOnlyCollection<SearchParameter>)[.. pair.Value.Values.Where(SearchParameterSpecials.IsSearchable)],
            StringComparer.Ordinal);
        _numbers = _types.Values.SelectMany(parameters => parameters.Values).ToFrozenDictionary(parameter => parameter.Number);
    }

    /// <summary>The catalogue of FHIR R4.</summary>
    public static SearchParameterCatalog R4 => s_r4.Value;

    /// <summary>The parameters of a type that can be searched by, those of every resource among them.</summary>
    public IReadOnlyCollection<SearchParameter> For(string type) => _searchable.GetValueOrDefault(type) ?? [];

    /// <summary>The parameter of that code; null where the type has none.</summary>
    public SearchParameter? Find(string type, string code) => _types.GetValueOrDefault(type)?.GetValueOrDefault(code);

    /// <summary>The parameter of that number; null where there is none.</summary>
    internal SearchParameter? Find(int number) => _numbers.GetValueOrDefault(number);

    /// <summary>All parameters of a type, those that cannot be searched by among them.</summary>
    internal IReadOnlyCollection<SearchParameter> AllFor(string type) => _types.TryGetValue(type, out var found) ? found.Values : [];

    /// <summary>The 32-bit FNV-1a hash of <c>{type}.{code}</c>.</summary>
    internal static int NumberOf(string type, string code)
    {
        var hash = 2166136261u;
        foreach (var octet in Encoding.UTF8.GetBytes($"{type}.{code}"))
        {
            hash = unchecked((hash ^ octet) * 16777619u);
        }

        return unchecked((int)hash);
    }

    /// <summary>The number under which the identifiers of a reference parameter's logical references are indexed.</summary>
    internal static int IdentifierNumberOf(SearchParameter reference) => NumberOf(reference.Type, reference.Code + ":identifier");

    private static List<SearchParameter> Of(
        string type, List<SearchParamDefinition> definitions, ILookup<string, SearchParamDefinition> byUrl)
    {
        var parameters = definitions.Select(definition => Of(type, definition, byUrl, definitions)).ToList();
        parameters.AddRange(SearchParameterSpecials.OfEveryResource(type));
        return SharedEntries.Assign(parameters);
    }

    private static SearchParameter Of(
        string type,
        SearchParamDefinition definition,
        ILookup<string, SearchParamDefinition> byUrl,
        List<SearchParamDefinition> siblings)
    {
        // A parameter shared by several types is one union over all of them; InsurancePlan.name names no type at all.
        var expression = string.Join(
            " | ",
            SearchPathParser.SplitUnion(definition.Expression ?? "")
                .Where(branch => branch.Length > 0 && (SearchPathParser.RootOf(branch) is var root) && (root == type || root.Length == 0)));
        var parameter = new SearchParameter
        {
            Number = NumberOf(type, definition.Code!),
            Type = type,
            Code = definition.Code!,
            Kind = Enum.Parse<SearchParameterKind>(definition.Type.ToString()),
            Url = definition.Url,
            Expression = expression,
            Targets = [.. (definition.Target ?? []).Select(target => target.ToString()).Where(FhirTypes.IsResourceType)],
        };

        return SearchParameterSpecials.HasOwnRules(parameter)
            ? parameter
            : parameter with
            {
                Paths = SearchPathParser.ParseUnion(expression),
                Components =
                [
                    .. SearchParameterSpecials.ComponentsOf(definition).Select(component => new SearchComponent(
                        Of(type, siblings.Find(sibling => sibling.Url == component.Definition) ?? byUrl[component.Definition].First(), byUrl, siblings),
                        component.Expression)),
                ],
            };
    }
}
