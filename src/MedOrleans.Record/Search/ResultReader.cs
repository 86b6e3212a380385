using System.Globalization;
using MedOrleans.Record.Fhir;

namespace MedOrleans.Record.Search;

/// <summary>Reads the parameters that say what comes back and in which order: <c>_sort</c>, <c>_include</c>, …</summary>
internal sealed class ResultReader(SearchScope scope)
{
    /// <summary>The most matches of a page.</summary>
    public const int MaxCount = 1000;

    private const int MaxSortKeys = 8;

    /// <summary>The order of <c>_sort</c>.</summary>
    public IReadOnlyList<SearchSort> Sort(string type, string value)
    {
        var sorts = new List<SearchSort>();
        foreach (var key in SearchValue.Alternatives(value))
        {
            var descending = key[0] == '-';
            var code = descending ? key[1..] : key;
            if (scope.Catalog.Find(type, code) is not { } parameter)
            {
                scope.Unknown(type, code);
                continue;
            }

            if (!SearchParameterSpecials.IsSearchable(parameter) || parameter.Kind == SearchParameterKind.Composite
                || parameter.IndexedAs.Count != 1 || parameter.OnlySystem is not null)
            {
                scope.NotSupported($"Nothing can be sorted by '{code}'.");
                continue;
            }

            sorts.Add(code switch
            {
                "_id" => new SearchSort(SortTarget.Id, 0, descending),
                "_lastUpdated" => new SearchSort(SortTarget.LastUpdated, 0, descending),
                _ => new SearchSort(parameter.InRange ? SortTarget.Range : SortTarget.Text, parameter.IndexedAs[0], descending),
            });
        }

        if (sorts.Count > MaxSortKeys)
        {
            scope.NotSupported($"An order has at most {MaxSortKeys} keys.");
        }

        return sorts;
    }

    /// <summary>The page's size of <c>_count</c>; null where it is wrong.</summary>
    public int? Count(string value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return Math.Min(count, MaxCount);
        }

        scope.WrongValue("a whole number, 0 or more");
        return null;
    }

    /// <summary>Whether <c>_total</c> asks for the number of matches.</summary>
    public bool Total(string value)
    {
        if (value is not ("none" or "estimate" or "accurate"))
        {
            scope.WrongValue("none, estimate or accurate");
        }

        // An exact count is an estimate too.
        return value is "estimate" or "accurate";
    }

    /// <summary>Whether <c>_summary</c> asks for nothing but the number of matches.</summary>
    public bool SummaryIsCount(string value)
    {
        if (value is not ("count" or "false"))
        {
            scope.NotSupported("'_summary' is supported as count and as false.");
        }

        return value == "count";
    }

    /// <summary>The references of <c>_include</c> and <c>_revinclude</c>: <c>Observation:subject:Patient</c>, <c>Observation:*</c>, <c>*</c>.</summary>
    public IReadOnlyList<SearchInclude> Include(string type, string value, string? modifier, bool reverse)
    {
        if (modifier is not (null or "iterate" or "recurse"))
        {
            scope.NotSupported($"Includes have no modifier '{modifier}'.");
            return [];
        }

        var parts = value.Split(':');
        if (value == "*" && !reverse)
        {
            parts = [type, "*"];
        }

        if (parts.Length is not (2 or 3) || !FhirTypes.IsResourceType(parts[0]) || (parts.Length == 3 && !FhirTypes.IsResourceType(parts[2])))
        {
            scope.WrongValue("a type and a reference parameter, as in Observation:subject or Observation:subject:Patient");
            return [];
        }

        var target = parts.Length == 3 ? parts[2] : null;
        if (parts[1] == "*" && !reverse)
        {
            return
            [
                .. scope.Catalog.For(parts[0])
                    .Where(parameter => parameter is { Kind: SearchParameterKind.Reference, IsIndexed: true })
                    .Select(parameter => new SearchInclude(parts[0], parameter.Number, target, modifier is not null)),
            ];
        }

        if (scope.Catalog.Find(parts[0], parts[1]) is not { } found)
        {
            scope.Unknown(parts[0], parts[1]);
            return [];
        }

        if (found.Kind != SearchParameterKind.Reference)
        {
            scope.WrongValue($"a reference parameter; '{found.Code}' of {found.Type} is none");
            return [];
        }

        // A patient parameter over a subject leads to nothing but patients.
        return found.TargetType is { } only && (target ?? only) != only
            ? []
            : [.. found.IndexedAs.Select(number => new SearchInclude(parts[0], number, target ?? found.TargetType, modifier is not null))];
    }
}
