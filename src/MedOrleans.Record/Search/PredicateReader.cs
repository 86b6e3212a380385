using System.Collections.Concurrent;
using MedOrleans.Record.Fhir;

namespace MedOrleans.Record.Search;

/// <summary>Reads one value of a search parameter to the predicates that answer it, any of which is enough.</summary>
internal sealed class PredicateReader(SearchScope scope)
{
    private static readonly ConcurrentDictionary<int, IReadOnlyList<string>> s_codeSystems = new();

    /// <summary>The predicates; none where the value or the modifier is wrong, which is among the issues then.</summary>
    public IReadOnlyList<SearchPredicate> Read(SearchParameter parameter, string? modifier, string value) => parameter switch
    {
        { Code: "_id" } when modifier is null => [Id(value)],
        { Code: "_lastUpdated" } when modifier is null => LastUpdated(value),
        { Code: "_id" or "_lastUpdated" } => Refuse(parameter, modifier),
        { Kind: SearchParameterKind.String } => Words(parameter, modifier, SearchValue.Unescape(value)),
        { Kind: SearchParameterKind.Token } => Token(parameter, modifier, value),
        { Kind: SearchParameterKind.Reference } => Reference(parameter, modifier, value),
        { Kind: SearchParameterKind.Uri } => Uri(parameter, modifier, SearchValue.Unescape(value)),
        { Kind: SearchParameterKind.Composite } when modifier is null => new CompositeReader(scope).Read(parameter, value),
        _ when modifier is not null => Refuse(parameter, modifier),
        { Kind: SearchParameterKind.Date } => Date(parameter, value),
        { Kind: SearchParameterKind.Number } => Number(parameter, value),
        { Kind: SearchParameterKind.Quantity } => Quantity(parameter, value),
        _ => Refuse(parameter, modifier),
    };

    /// <summary>The types that a reference may point to where the query names <paramref name="type"/> (null: none).</summary>
    public static IReadOnlyList<string> TargetsOf(SearchParameter parameter, string? type)
    {
        IReadOnlyList<string> targets = parameter.TargetType is { } only ? [only] : parameter.Targets;
        return type is null ? targets : targets.Contains(type) ? [type] : [];
    }

    /// <summary>The numbers under which the identifiers of a reference parameter's targets are indexed.</summary>
    public static IEnumerable<int> IdentifierNumbers(SearchParameterCatalog catalog, SearchParameter parameter) =>
        parameter.IndexedAs.Select(number => SearchParameterCatalog.IdentifierNumberOf(catalog.Find(number)!));

    private static SearchPredicate[] Under(SearchParameter parameter, Func<int, SearchPredicate> predicate) => [.. parameter.IndexedAs.Select(predicate)];

    private static SearchPredicate Id(string value)
    {
        var id = SearchValue.Unescape(value);
        return ResourceKey.IsId(id) ? new IdIs(id) : new Never();
    }

    private SearchPredicate[] Refuse(SearchParameter parameter, string? modifier)
    {
        scope.NotSupported($"'{parameter.Code}' of {parameter.Type} has no modifier '{modifier}' here.");
        return [];
    }

    private SearchPredicate[] LastUpdated(string value)
    {
        if (RangeValue.TryDate(value, scope.Now, out var date))
        {
            return [new LastUpdatedIs(date.Comparison, date.Low, date.High)];
        }

        scope.WrongValue("a date, as in ge2020-02-28T10:00:00Z");
        return [];
    }

    private SearchPredicate[] Words(SearchParameter parameter, string? modifier, string value) => modifier switch
    {
        null => Under(parameter, number => new TextStartsWith(number, IndexKeys.Folded(value))),
        "exact" => Under(parameter, number => new TextIs(number, IndexKeys.String(value))),
        "contains" => Under(parameter, number => new TextContains(number, IndexKeys.Folded(value))),
        _ => Refuse(parameter, modifier),
    };

    private SearchPredicate[] Token(SearchParameter parameter, string? modifier, string value)
    {
        if (modifier is not null)
        {
            return Refuse(parameter, modifier);
        }

        if (!TokenValue.TryParse(value, out var token))
        {
            scope.WrongValue("a code, or system|code");
            return [];
        }

        if (parameter.OnlySystem is { } only)
        {
            token = token.System is null || token.System == only ? token with { System = only } : token with { System = null, Code = "" };
            return token is { System: null } ? [new Never()] : Under(parameter, token.Under);
        }

        // A code element has a system, which is not in the resource but in FHIR.
        if (token is { System.Length: > 0, Code.Length: > 0 }
            && s_codeSystems.GetOrAdd(parameter.Number, static (_, parameter) => IndexPlanBuilder.CodeSystemsOf(parameter), parameter).Contains(token.System))
        {
            return [.. Under(parameter, token.Under), .. Under(parameter, (token with { System = "" }).Under)];
        }

        return Under(parameter, token.Under);
    }

    private IReadOnlyList<SearchPredicate> Reference(SearchParameter parameter, string? modifier, string value)
    {
        if (modifier == "identifier")
        {
            if (TokenValue.TryParse(value, out var token))
            {
                return [.. IdentifierNumbers(scope.Catalog, parameter).Select(token.Under)];
            }

            scope.WrongValue("an identifier, as in system|value");
            return [];
        }

        if (modifier is not null && !FhirTypes.IsResourceType(modifier))
        {
            return Refuse(parameter, modifier);
        }

        var text = SearchValue.Unescape(value);
        var targets = TargetsOf(parameter, modifier);
        var keys = ReferenceValue.Keys(text, targets, scope.BaseAddresses);
        if (keys.Count == 0 && !ResourceKey.IsId(text))
        {
            scope.WrongValue("a reference, as in Patient/123");
            return [];
        }

        // A patient parameter over a subject finds patients only, whatever is named.
        var named = modifier ?? parameter.TargetType;
        var fitting = keys.Where(key => named is null || key.StartsWith(named + "/", StringComparison.Ordinal) || key.Contains($"/{named}/", StringComparison.Ordinal))
            .SelectMany(key => Under(parameter, number => new TextIs(number, key)))
            .ToList();
        return fitting.Count == 0 ? [new Never()] : fitting;
    }

    private SearchPredicate[] Uri(SearchParameter parameter, string? modifier, string value) => modifier switch
    {
        null => Under(parameter, number => new TextIs(number, IndexKeys.Plain(value))),
        "below" =>
        [
            .. Under(parameter, number => new TextIs(number, IndexKeys.Plain(value))),
            .. Under(parameter, number => new TextStartsWith(number, IndexKeys.Plain(value.EndsWith('/') ? value : value + "/"))),
        ],
        "above" => [.. Above(value).SelectMany(address => Under(parameter, number => new TextIs(number, IndexKeys.Plain(address))))],
        _ => Refuse(parameter, modifier),
    };

    /// <summary>The address itself, and those that it is below, with and without a slash at their end.</summary>
    private static IEnumerable<string> Above(string address)
    {
        yield return address;
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        for (var slash = address.LastIndexOf('/'); scheme > 0 && slash > scheme + 2; slash = address.LastIndexOf('/', slash - 1))
        {
            yield return address[..(slash + 1)];
            yield return address[..slash];
        }
    }

    private SearchPredicate[] Date(SearchParameter parameter, string value)
    {
        if (RangeValue.TryDate(value, scope.Now, out var date))
        {
            return Under(parameter, number => new RangeIs(number, "", date.Comparison, date.Low, date.High));
        }

        scope.WrongValue("a date, as in ge2020-02-28");
        return [];
    }

    private SearchPredicate[] Number(SearchParameter parameter, string value)
    {
        if (RangeValue.TryNumber(value, out var range))
        {
            return Under(parameter, number => new RangeIs(number, "", range.Comparison, range.Low, range.High));
        }

        scope.WrongValue("a number, as in lt0.8");
        return [];
    }

    private SearchPredicate[] Quantity(SearchParameter parameter, string value)
    {
        var parts = SearchValue.Split(value, '|').ConvertAll(SearchValue.Unescape);
        if (parts.Count is not (1 or 3) || !RangeValue.TryNumber(parts[0], out var range) || (parts.Count == 3 && parts[2].Length == 0 && parts[1].Length > 0))
        {
            scope.WrongValue("a quantity, as in gt5.4|http://unitsofmeasure.org|mg");
            return [];
        }

        var key = parts.Count == 1 || parts[2].Length == 0 ? ""
            : parts[1].Length == 0 ? IndexKeys.Plain(parts[2])
            : IndexKeys.Token(parts[2], parts[1]);
        return Under(parameter, number => new RangeIs(number, key, range.Comparison, range.Low, range.High));
    }
}
