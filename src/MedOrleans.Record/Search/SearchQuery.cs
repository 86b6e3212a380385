using MedOrleans.Records;

namespace MedOrleans.Record.Search;

/// <summary>
/// A search over one resource type, in terms of the index: what the parser makes of FHIR parameters and what the stores
/// turn into SQL. All criteria must hold; each holds where any of its predicates does.
/// </summary>
public sealed record SearchQuery
{
    /// <summary>The hospital.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The resource type.</summary>
    public required string Type { get; init; }

    /// <summary>AND of criteria, each an OR of predicates.</summary>
    public IReadOnlyList<SearchCriterion> Criteria { get; init; } = [];

    /// <summary>The order; empty for the order of creation.</summary>
    public IReadOnlyList<SearchSort> Sort { get; init; } = [];

    /// <summary>The most matches of a page; 0 for none (<c>_summary=count</c>).</summary>
    public int Count { get; init; } = 20;

    /// <summary>Whether to count all matches: <c>_total=accurate</c>, or a summary of the count.</summary>
    public bool WithTotal { get; init; }

    /// <summary>References to follow from the matches.</summary>
    public IReadOnlyList<SearchInclude> Includes { get; init; } = [];

    /// <summary>References to follow back to the matches.</summary>
    public IReadOnlyList<SearchInclude> ReverseIncludes { get; init; } = [];

    /// <summary>The <see cref="SearchPage.Next"/> of the page before; null for the first. Opaque outside the stores.</summary>
    public string? Cursor { get; init; }
}

/// <summary>A condition that holds where any predicate does.</summary>
/// <param name="AnyOf">The predicates.</param>
/// <param name="Negated">True for <c>:not</c>: holds where none of the predicates does.</param>
public sealed record SearchCriterion(IReadOnlyList<SearchPredicate> AnyOf, bool Negated = false);

/// <summary>What the index can answer.</summary>
public abstract record SearchPredicate;

/// <summary>A text index entry with exactly this key.</summary>
public sealed record TextIs(int Parameter, string Key) : SearchPredicate;

/// <summary>A text index entry whose key begins so.</summary>
public sealed record TextStartsWith(int Parameter, string Prefix) : SearchPredicate;

/// <summary>A text index entry whose key contains this anywhere (scans the parameter's keys): <c>:contains</c>.</summary>
public sealed record TextContains(int Parameter, string Part) : SearchPredicate;

/// <summary>A text index entry whose key ends so (scans the parameter's keys): <c>system|</c>.</summary>
public sealed record TextEndsWith(int Parameter, string Suffix) : SearchPredicate;

/// <summary>How a range of the index stands to the range searched for (R4 search prefixes).</summary>
public enum RangeComparison
{
    /// <summary>eq: the range searched for contains the stored range.</summary>
    Within,

    /// <summary>ne: it does not.</summary>
    NotWithin,

    /// <summary>gt: the stored range reaches above the searched one.</summary>
    ReachesAbove,

    /// <summary>lt: the stored range reaches below the searched one.</summary>
    ReachesBelow,

    /// <summary>ge: it reaches above, or lies within.</summary>
    ReachesAboveOrWithin,

    /// <summary>le: it reaches below, or lies within.</summary>
    ReachesBelowOrWithin,

    /// <summary>sa: the stored range starts after the searched one's end.</summary>
    StartsAfter,

    /// <summary>eb: the stored range ends before the searched one's start.</summary>
    EndsBefore,

    /// <summary>ap: they overlap (the parser has widened the searched range).</summary>
    Overlaps,
}

/// <summary>A range index entry with this key that stands so to [<paramref name="Low"/>, <paramref name="High"/>].</summary>
public sealed record RangeIs(int Parameter, string Key, RangeComparison Comparison, double Low, double High) : SearchPredicate;

/// <summary>Whether the resource lacks any index entry of the parameter: <c>:missing</c>.</summary>
/// <param name="Parameter">The parameter's number.</param>
/// <param name="InRange">Whether the parameter lives in the range index.</param>
/// <param name="Missing">True: there must be none; false: there must be one.</param>
public sealed record IsMissing(int Parameter, bool InRange, bool Missing) : SearchPredicate;

/// <summary><c>_id</c>.</summary>
public sealed record IdIs(string Id) : SearchPredicate;

/// <summary><c>_lastUpdated</c>; ends in microseconds since 1970 UTC.</summary>
public sealed record LastUpdatedIs(RangeComparison Comparison, double Low, double High) : SearchPredicate;

/// <summary>Nothing matches: a value that no stored resource can have.</summary>
public sealed record Never : SearchPredicate;

/// <summary>
/// A reference parameter whose target matches <paramref name="Target"/> (a chain), matched by key <c>{Type}/{id}</c>.
/// </summary>
public sealed record ReferenceTo(int Parameter, SearchQuery Target) : SearchPredicate;

/// <summary>What to sort by.</summary>
public enum SortTarget
{
    /// <summary>An entry of the text index, the least (or greatest, descending) of the resource's.</summary>
    Text,

    /// <summary>An entry of the range index.</summary>
    Range,

    /// <summary><c>_id</c>.</summary>
    Id,

    /// <summary><c>_lastUpdated</c>.</summary>
    LastUpdated,
}

/// <summary>One key of an order. Resources without a value come last, in either direction.</summary>
public sealed record SearchSort(SortTarget Target, int Parameter, bool Descending);

/// <summary>
/// A reference parameter to follow: from <paramref name="SourceType"/>'s parameter to resources of <paramref name="TargetType"/>
/// (null: of any type).
/// </summary>
public sealed record SearchInclude(string SourceType, int Parameter, string? TargetType, bool Iterate);

/// <summary>One page of what a search found.</summary>
/// <param name="Matches">What matched, in order.</param>
/// <param name="Included">What came along; nothing is in both, nothing twice.</param>
/// <param name="Next">Where the next page begins; null on the last. Stays right while others write.</param>
/// <param name="Total">How many match in all, where asked for.</param>
public sealed record SearchPage(
    IReadOnlyList<StoredVersion> Matches, IReadOnlyList<StoredVersion> Included, string? Next, long? Total);
