using MedOrleans.Records;

namespace MedOrleans.Record.Search;

/// <summary>What the readers of one search share: what they may look up, and what they found wrong.</summary>
internal sealed class SearchScope(
    SearchParameterCatalog catalog, TenantId tenant, IReadOnlyList<string> baseAddresses, DateTimeOffset now)
{
    /// <summary>The most predicates of a search, chained ones included: more would outgrow a statement.</summary>
    private const int MaxPredicates = 2000;

    private int _predicates;

    /// <summary>The search parameters.</summary>
    public SearchParameterCatalog Catalog => catalog;

    /// <summary>The hospital.</summary>
    public TenantId Tenant => tenant;

    /// <summary>The hospital's own addresses.</summary>
    public IReadOnlyList<string> BaseAddresses => baseAddresses;

    /// <summary>What "approximately" is measured from.</summary>
    public DateTimeOffset Now => now;

    /// <summary>The parameter that is being read, as the query names it.</summary>
    public string Parameter { get; set; } = "";

    /// <summary>What is wrong so far.</summary>
    public List<Issue> Issues { get; } = [];

    /// <summary>Whether a query can be made.</summary>
    public bool IsValid => Issues.TrueForAll(issue => issue.Severity == "warning");

    /// <summary>Says that the parameter's value cannot be understood.</summary>
    public void WrongValue(string expected) => Issues.Add(new Issue("value", $"'{Parameter}' takes {expected}.", Parameter));

    /// <summary>Says that the record does not do what is asked.</summary>
    public void NotSupported(string what) => Issues.Add(new Issue("not-supported", what, Parameter));

    /// <summary>Says what the client should know about a search that is answered.</summary>
    public void Warn(string what) => Issues.Add(new Issue("informational", what, Parameter, "warning"));

    /// <summary>Says that the type has no such parameter, and which it has that are called alike.</summary>
    public void Unknown(string type, string code)
    {
        var close = SimilarCodes.Of(code, catalog.For(type).Select(parameter => parameter.Code));
        NotSupported(close.Count == 0
            ? $"{type} has no search parameter of that name."
            : $"{type} has no search parameter of that name; close to it: {string.Join(", ", close)}.");
    }

    /// <summary>Counts predicates; false, with an issue, where the search has become too long.</summary>
    public bool Take(int predicates)
    {
        var before = _predicates;
        _predicates += predicates;
        if (_predicates > MaxPredicates && before <= MaxPredicates)
        {
            Issues.Add(new Issue("too-costly", $"A search has at most {MaxPredicates} values.", Parameter));
        }

        return _predicates <= MaxPredicates;
    }
}
