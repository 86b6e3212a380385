namespace MedOrleans.Record.Search;

/// <summary>Reads a value of a composite parameter: <c>code$value</c>.</summary>
internal sealed class CompositeReader(SearchScope scope)
{
    /// <summary>The predicates; none where the value is wrong, which is among the issues then.</summary>
    public IReadOnlyList<SearchPredicate> Read(SearchParameter parameter, string value)
    {
        var parts = SearchValue.Split(value, '$');
        if (parts.Count != parameter.Components.Count || !TokenValue.TryParse(parts[0], out var token) || token.InComposite() is not { } first)
        {
            scope.WrongValue($"{string.Join('$', parameter.Components.Select(component => component.Parameter.Code))}, as in code$value");
            return [];
        }

        var second = parameter.Components[1].Parameter;
        var predicates = second.Kind switch
        {
            SearchParameterKind.Token => Token(first, parts[1]),
            SearchParameterKind.String => [number => new TextStartsWith(number, IndexKeys.Composite(first, IndexKeys.Folded(SearchValue.Unescape(parts[1]))))],
            SearchParameterKind.Reference =>
            [
                .. ReferenceValue.Keys(SearchValue.Unescape(parts[1]), second.Targets, scope.BaseAddresses)
                    .Select(key => (Func<int, SearchPredicate>)(number => new TextIs(number, IndexKeys.Composite(first, key)))),
            ],
            _ => Range(first, second, parts[1]),
        };
        if (predicates.Count == 0)
        {
            scope.WrongValue($"a {second.Kind} after the $");
        }

        return [.. predicates.SelectMany(predicate => parameter.IndexedAs.Select(predicate))];
    }

    private static List<Func<int, SearchPredicate>> Token(string first, string value) =>
        TokenValue.TryParse(value, out var token) && token.InComposite() is { } second
            ? [number => new TextIs(number, IndexKeys.Composite(first, second))]
            : [];

    private List<Func<int, SearchPredicate>> Range(string first, SearchParameter second, string value)
    {
        var parts = SearchValue.Split(value, '|');
        if (second.Kind == SearchParameterKind.Date ? !RangeValue.TryDate(value, scope.Now, out var range) : !RangeValue.TryNumber(parts[0], out range) || parts.Count is not (1 or 3))
        {
            return [];
        }

        if (parts.Count == 3)
        {
            scope.Warn("The unit in a composite is not compared.");
        }

        return [number => new RangeIs(number, first, range.Comparison, range.Low, range.High)];
    }
}
