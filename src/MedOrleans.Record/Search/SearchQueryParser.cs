using MedOrleans.Records;

namespace MedOrleans.Record.Search;

/// <summary>Turns the parameters of a FHIR search into a <see cref="SearchQuery"/>.</summary>
public sealed class SearchQueryParser(SearchParameterCatalog catalog)
{
    /// <summary>Reads a search; what is wrong with it, parameter by parameter, is in the result's issues.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="type">The resource type.</param>
    /// <param name="parameters">Names with modifiers, and values, already percent-decoded, in order.</param>
    /// <param name="baseAddresses">The hospital's own FHIR addresses, as in <see cref="Fhir.ReadOptions.BaseAddresses"/>.</param>
    public SearchParseResult Parse(
        TenantId tenant, string type, IEnumerable<KeyValuePair<string, string>> parameters, IReadOnlyList<string>? baseAddresses = null)
    {
        _ = catalog;
        return new SearchParseResult(null, [new Issue("not-supported", "The parser is not there yet.")]);
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
