using MedOrleans.Record.Fhir;

namespace MedOrleans.Record.Search;

/// <summary>Reads one search parameter, with its modifier or chain, to the criteria that it sets.</summary>
internal sealed class CriterionReader(SearchScope scope)
{
    /// <summary>The most links of a chain, and the most types that one link may lead to unsaid.</summary>
    private const int MaxLinks = 4;
    private const int MaxTypes = 8;

    private readonly PredicateReader _predicates = new(scope);

    /// <summary>The criteria of <c>name=value</c>; none where the value is empty or wrong.</summary>
    public IReadOnlyList<SearchCriterion> Read(string type, string name, string value, int links = 0)
    {
        var alternatives = SearchValue.Alternatives(value);
        if (alternatives.Count == 0)
        {
            return [];
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var head = dot < 0 ? name : name[..dot];
        var colon = head.IndexOf(':', StringComparison.Ordinal);
        var code = colon < 0 ? head : head[..colon];
        var modifier = colon < 0 ? null : head[(colon + 1)..];
        if (SearchParameterSpecials.RefusedEverywhere.Contains(code))
        {
            scope.NotSupported($"'{code}' is not supported.");
            return [];
        }

        if (scope.Catalog.Find(type, code) is not { } parameter)
        {
            scope.Unknown(type, code);
            return [];
        }

        if (!SearchParameterSpecials.IsSearchable(parameter))
        {
            scope.NotSupported($"'{code}' of {type} is not supported.");
            return [];
        }

        return dot >= 0
            ? Chain(parameter, modifier, name[(dot + 1)..], value, links)
            : modifier switch
            {
                "missing" => Missing(parameter, alternatives),
                "not" when parameter.Kind == SearchParameterKind.Token => Of(parameter, null, alternatives, negated: true),
                _ => Of(parameter, modifier, alternatives, negated: false),
            };
    }

    private SearchCriterion[] Of(SearchParameter parameter, string? modifier, List<string> alternatives, bool negated)
    {
        var any = new List<SearchPredicate>(alternatives.Count);
        foreach (var alternative in alternatives)
        {
            var predicates = _predicates.Read(parameter, modifier, alternative);
            if (!scope.Take(predicates.Count))
            {
                return [];
            }

            any.AddRange(predicates);
        }

        return any.Count == 0 ? [] : [new SearchCriterion(any, negated)];
    }

    private IReadOnlyList<SearchCriterion> Missing(SearchParameter parameter, List<string> alternatives)
    {
        if (alternatives is not ["true" or "false"])
        {
            scope.WrongValue("true or false");
            return [];
        }

        var missing = alternatives[0] == "true";
        if (parameter.Code is "_id" or "_lastUpdated")
        {
            // Every resource has one.
            return missing ? [new SearchCriterion([new Never()])] : [];
        }

        if (parameter.TargetType is not null || parameter.OnlySystem is not null)
        {
            return
            [
                new SearchCriterion(
                    [
                        .. parameter.IndexedAs.Select(number => parameter.TargetType is { } target
                            ? (SearchPredicate)new TextStartsWith(number, target + "/")
                            : new TextEndsWith(number, IndexKeys.Token("", parameter.OnlySystem))),
                    ],
                    Negated: missing),
            ];
        }

        var entries = parameter.IndexedAs.Select(number => new IsMissing(number, parameter.InRange, missing));
        if (parameter.Kind == SearchParameterKind.Reference)
        {
            entries = entries.Concat(PredicateReader.IdentifierNumbers(scope.Catalog, parameter).Select(number => new IsMissing(number, false, missing)));
        }

        return missing ? [.. entries.Select(entry => new SearchCriterion([entry]))] : [new SearchCriterion([.. entries])];
    }

    private SearchCriterion[] Chain(SearchParameter parameter, string? modifier, string rest, string value, int links)
    {
        if (parameter.Kind != SearchParameterKind.Reference)
        {
            scope.NotSupported($"'{parameter.Code}' of {parameter.Type} is no reference that a chain could follow.");
            return [];
        }

        if (links == MaxLinks)
        {
            scope.NotSupported($"A chain has at most {MaxLinks} links.");
            return [];
        }

        if (modifier is not null && !FhirTypes.IsResourceType(modifier))
        {
            scope.NotSupported($"'{parameter.Code}' is chained by a resource type, as in {parameter.Code}:{(parameter.Targets.Count > 0 ? parameter.Targets[0] : "Patient")}.name.");
            return [];
        }

        var types = PredicateReader.TargetsOf(parameter, modifier);
        var first = rest[..FirstEnd(rest)];
        var fitting = types.Where(type => scope.Catalog.Find(type, first) is not null).ToList();
        if (fitting.Count == 0)
        {
            scope.Unknown(types.Count > 0 ? types[0] : modifier ?? parameter.Type, first);
            return [];
        }

        if (fitting.Count > MaxTypes)
        {
            scope.NotSupported($"'{parameter.Code}' may point to {fitting.Count} types: say which, as in {parameter.Code}:{fitting[0]}.{first}.");
            return [];
        }

        var any = new List<SearchPredicate>();
        foreach (var type in fitting)
        {
            var criteria = Read(type, rest, value, links + 1);
            if (!scope.IsValid || !scope.Take(parameter.IndexedAs.Count))
            {
                return [];
            }

            var target = new SearchQuery { Tenant = scope.Tenant, Type = type, Criteria = criteria };
            any.AddRange(parameter.IndexedAs.Select(number => new ReferenceTo(number, target)));
        }

        return [new SearchCriterion(any)];
    }

    private static int FirstEnd(string name)
    {
        var end = name.AsSpan().IndexOfAny('.', ':');
        return end < 0 ? name.Length : end;
    }
}
