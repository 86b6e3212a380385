using System.Globalization;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir;

/// <summary>search over one type (R4, search.html): one indexed query, stored bytes joined into a Bundle.</summary>
internal sealed class SearchInteractions(
    SearchQueryParser parser, IRecordStores stores, AuditEvents audit, IOptions<FhirOptions> options)
{
    private readonly FhirOptions _options = options.Value;

    /// <summary>Searches.</summary>
    public async ValueTask<FhirResult> SearchAsync(FhirCall call, string type, IReadOnlyList<KeyValuePair<string, string>> given)
    {
        if ((FhirAddresses.RefuseType(type) ?? call.Forbids(type, Interaction.Search)) is { } refusal)
        {
            return refusal;
        }

        if (await stores.ForAsync(call.Tenant, call.Cancel) is not { } store)
        {
            return FhirResult.Refused(404, "not-found", "There is no such hospital.");
        }

        var paging = Paging.Read(given, _options, out var parameters);
        if (paging.Wrong is { } wrong)
        {
            return FhirResult.Refused(400, wrong);
        }

        var (query, used, warnings, issues) = Parse(call, type, parameters);
        if (query is null)
        {
            return FhirResult.Refused(400, issues);
        }

        if (ChainedTypes(query).FirstOrDefault(chained => !call.Allows(chained, Interaction.Search)) is { } hidden)
        {
            return call.Forbids(hidden, Interaction.Search)!;
        }

        query = query with { Count = query.Count == 0 ? 0 : paging.Count, Cursor = paging.Cursor };
        SearchPage page;
        try
        {
            (page, refusal) = type == AuditEvents.Type
                ? await audit.SearchAsync(call, store, query, parameters, warnings)
                : (await store.SearchAsync(query, call.Cancel), null);
        }
        catch (FormatException) when (query.Cursor is not null)
        {
            refusal = FhirResult.Refused(400, "value", "The page is not one that a next link of this search led to.", Paging.CursorParameter);
            page = new SearchPage([], [], null, null);
        }

        if (refusal is not null)
        {
            return refusal;
        }

        var included = page.Included.All(resource => call.Allows(resource.Type, Interaction.Read))
            ? page.Included
            : [.. page.Included.Where(resource => call.Allows(resource.Type, Interaction.Read))];
        return new FhirResult(200)
        {
            Content = new SearchSet(call.BaseUrl, page.Matches, included, warnings)
            {
                Total = page.Total,
                Links = paging.Links($"{call.BaseUrl}/{type}", used, page.Next),
            },
        };
    }

    private (SearchQuery? Query, IReadOnlyList<KeyValuePair<string, string>> Used, List<Issue> Warnings, IReadOnlyList<Issue> Issues) Parse(
        FhirCall call, string type, List<KeyValuePair<string, string>> parameters)
    {
        var warnings = new List<Issue>();
        var parsed = parser.Parse(call.Tenant, type, parameters, call.BaseAddresses);
        if (parsed.Query is null && call.Preferences.Lenient)
        {
            // Unknown parameters are dropped; a known one with a value that cannot be understood stays a failure.
            foreach (var issue in parsed.Issues.Where(issue => issue.Code == "not-supported" && issue.Expression is not null))
            {
                if (parameters.RemoveAll(parameter => parameter.Key == issue.Expression) > 0)
                {
                    warnings.Add(issue with { Severity = "warning" });
                }
            }

            if (warnings.Count > 0)
            {
                parsed = parser.Parse(call.Tenant, type, parameters, call.BaseAddresses);
            }
        }

        if (parsed.Query is not null)
        {
            warnings.AddRange(parsed.Issues);
        }

        return (parsed.Query, parsed.Used, warnings, parsed.Issues);
    }

    // What a chain matches tells of the resources that it goes through, so they have to be searchable too.
    private static IEnumerable<string> ChainedTypes(SearchQuery query)
    {
        foreach (var predicate in query.Criteria.SelectMany(criterion => criterion.AnyOf))
        {
            if (predicate is ReferenceTo { Target: var target })
            {
                yield return target.Type;
                foreach (var type in ChainedTypes(target))
                {
                    yield return type;
                }
            }
        }
    }
}

/// <summary>The paging parameters of a search or a history.</summary>
internal sealed record Paging(int Count, string? Cursor, bool IsCountGiven, Issue? Wrong)
{
    /// <summary>The parameter in a <c>next</c> link that says where the page begins.</summary>
    public const string CursorParameter = "_cursor";

    /// <summary>Takes the paging and formatting parameters out; <paramref name="rest"/> is what is left.</summary>
    public static Paging Read(
        IReadOnlyList<KeyValuePair<string, string>> given, FhirOptions options, out List<KeyValuePair<string, string>> rest)
    {
        rest = new List<KeyValuePair<string, string>>(given.Count);
        int? count = null;
        string? cursor = null;
        Issue? wrong = null;
        foreach (var parameter in given)
        {
            switch (parameter.Key)
            {
                case "_format" or "_pretty":
                    break;
                case CursorParameter:
                    cursor = parameter.Value;
                    break;
                case "_count":
                    if (!int.TryParse(parameter.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    {
                        wrong = new Issue("value", "_count is a whole number, 0 or more.", "_count");
                    }

                    count = number;
                    break;
                default:
                    rest.Add(parameter);
                    break;
            }
        }

        if (count == 0)
        {
            // R4, search.html#count: the same as _summary=count.
            rest.Add(new("_summary", "count"));
        }

        return new Paging(Math.Min(count ?? options.DefaultCount, options.MaxCount), cursor, count is not null, wrong);
    }

    /// <summary>The self link and, where there is one, the next page's.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Links(
        string address, IReadOnlyList<KeyValuePair<string, string>> used, string? next)
    {
        var parameters = new List<KeyValuePair<string, string>>(used);
        if (IsCountGiven && Count > 0)
        {
            parameters.Add(new("_count", Count.ToString(CultureInfo.InvariantCulture)));
        }

        var self = Link(address, Cursor is null ? parameters : [.. parameters, new(CursorParameter, Cursor)]);
        return next is null
            ? [new("self", self)]
            : [new("self", self), new("next", Link(address, [.. parameters, new(CursorParameter, next)]))];
    }

    private static string Link(string address, List<KeyValuePair<string, string>> parameters) =>
        parameters.Count == 0 ? address : $"{address}?{FhirAddresses.Query(parameters)}";
}
