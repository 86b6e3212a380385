using MedOrleans.Record.Fhir;
using MedOrleans.Records;

namespace MedOrleans.Record.Search;

/// <summary>Turns the parameters of a FHIR search into a <see cref="SearchQuery"/>.</summary>
/// <param name="catalog">The search parameters.</param>
/// <param name="time">What "approximately" (<c>ap</c>) measures dates from; the system's where it lacks.</param>
public sealed class SearchQueryParser(SearchParameterCatalog catalog, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Reads a search; what is wrong with it, parameter by parameter, is in the result's issues.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="type">The resource type.</param>
    /// <param name="parameters">Names with modifiers, and values, already percent-decoded, in order.</param>
    /// <param name="baseAddresses">The hospital's own FHIR addresses, as in <see cref="ReadOptions.BaseAddresses"/>.</param>
    public SearchParseResult Parse(
        TenantId tenant, string type, IEnumerable<KeyValuePair<string, string>> parameters, IReadOnlyList<string>? baseAddresses = null)
    {
        if (!FhirTypes.IsResourceType(type))
        {
            return new SearchParseResult(null, [new Issue("not-supported", "There is no resource type of that name.")]);
        }

        var scope = new SearchScope(catalog, tenant, baseAddresses ?? [], _time.GetUtcNow());
        var reading = new Reading(scope, tenant, type);
        foreach (var (name, value) in parameters)
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                scope.Parameter = name;
                reading.Add(name, value);
            }
        }

        return new SearchParseResult(scope.IsValid ? reading.Query() : null, scope.Issues) { Used = scope.IsValid ? reading.Used : [] };
    }

    /// <summary>A search in the making.</summary>
    private sealed class Reading(SearchScope scope, TenantId tenant, string type)
    {
        private readonly CriterionReader _criterion = new(scope);
        private readonly ResultReader _result = new(scope);
        private readonly List<SearchCriterion> _criteria = [];
        private readonly List<SearchSort> _sort = [];
        private readonly List<SearchInclude> _includes = [];
        private readonly List<SearchInclude> _reverseIncludes = [];
        private int? _count;
        private bool _total;
        private bool _countOnly;
        private string? _cursor;

        public List<KeyValuePair<string, string>> Used { get; } = [];

        public void Add(string name, string value)
        {
            switch (name)
            {
                case "_format" or "_pretty":
                    return;
                case "_cursor":
                    _cursor = value;
                    return;
                case "_count":
                    _count = _result.Count(value);
                    return;
                case "_sort":
                    _sort.AddRange(_result.Sort(type, value));
                    break;
                case "_total":
                    _total = _result.Total(value);
                    break;
                case "_summary":
                    _countOnly = _result.SummaryIsCount(value);
                    break;
                default:
                    AddIncludeOrCriterion(name, value);
                    break;
            }

            Used.Add(new(name, value));
        }

        public SearchQuery Query()
        {
            var query = new SearchQuery
            {
                Tenant = tenant,
                Type = type,
                Criteria = _criteria,
                Sort = _sort,
                Includes = [.. _includes.Distinct()],
                ReverseIncludes = [.. _reverseIncludes.Distinct()],
                WithTotal = _total,
                Cursor = _cursor,
            };

            // R4: a count of 0 is a summary of the count.
            return _countOnly || _count == 0
                ? query with { Count = 0, WithTotal = true }
                : query with { Count = _count ?? query.Count };
        }

        private void AddIncludeOrCriterion(string name, string value)
        {
            var colon = name.IndexOf(':', StringComparison.Ordinal);
            var modifier = colon < 0 ? null : name[(colon + 1)..];
            switch (colon < 0 ? name : name[..colon])
            {
                case "_include":
                    _includes.AddRange(_result.Include(type, value, modifier, reverse: false));
                    break;
                case "_revinclude":
                    _reverseIncludes.AddRange(_result.Include(type, value, modifier, reverse: true));
                    break;
                default:
                    _criteria.AddRange(_criterion.Read(type, name, value));
                    break;
            }
        }
    }
}

/// <summary>What came of reading a search.</summary>
/// <param name="Query">The search; null where a parameter is wrong.</param>
/// <param name="Issues">What is wrong; each expression names the parameter.</param>
public sealed record SearchParseResult(SearchQuery? Query, IReadOnlyList<Issue> Issues)
{
    /// <summary>The parameters as understood and used, in canonical form, for the self link; paging is not among them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Used { get; init; } = [];
}
