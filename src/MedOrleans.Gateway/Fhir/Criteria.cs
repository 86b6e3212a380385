using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir;

/// <summary>What the criteria of a conditional interaction match.</summary>
/// <param name="Count">0, 1, or 2 for more than one.</param>
/// <param name="Match">The one match.</param>
/// <param name="Query">The criteria in canonical form, percent-encoded, so that equal conditions are equal text.</param>
internal readonly record struct CriteriaResult(int Count, StoredVersion? Match, string Query);

/// <summary>Searches for the one resource that a conditional interaction or a conditional reference means (R4, http.html#cond-update).</summary>
internal sealed class Criteria(SearchQueryParser parser, IRecordStores stores)
{
    /// <summary>Reads criteria without searching: their canonical form, or why they are refused.</summary>
    public (SearchQuery? Query, string Canonical, FhirResult? Refusal) Read(FhirCall call, string type, string query)
    {
        if ((FhirAddresses.RefuseType(type) ?? call.Forbids(type, Interaction.Search)) is { } refusal)
        {
            return (null, "", refusal);
        }

        var parsed = parser.Parse(call.Tenant, type, FhirAddresses.Parameters(query), call.BaseAddresses);
        if (parsed.Query is not { } search)
        {
            return (null, "", FhirResult.Refused(400, parsed.Issues));
        }

        if (search.Criteria.Count == 0)
        {
            return (null, "", FhirResult.Refused(400, "required", $"A conditional interaction needs criteria: {type}?name=value."));
        }

        var canonical = FhirAddresses.Query(parsed.Used.OrderBy(pair => pair.Key, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal));
        return (search with { Count = 2, Includes = [], ReverseIncludes = [], WithTotal = false, Cursor = null }, canonical, null);
    }

    /// <summary>Searches by criteria.</summary>
    public async ValueTask<(CriteriaResult Found, FhirResult? Refusal)> FindAsync(FhirCall call, string type, string query)
    {
        var (search, canonical, refusal) = Read(call, type, query);
        if (refusal is not null)
        {
            return (default, refusal);
        }

        var store = await stores.ForAsync(call.Tenant, call.Cancel) ?? throw new RecordStoreException("The hospital has no store.", isTransient: true);
        var page = await store.SearchAsync(search!, call.Cancel);
        return (new CriteriaResult(page.Matches.Count, page.Matches.Count == 1 ? page.Matches[0] : null, canonical), null);
    }

    /// <summary>The refusal of criteria that match several.</summary>
    public static FhirResult Multiple(string type) =>
        FhirResult.Refused(412, "multiple-matches", $"The criteria match more than one {type}.");
}
