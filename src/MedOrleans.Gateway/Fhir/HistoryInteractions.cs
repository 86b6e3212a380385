using System.Globalization;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir;

/// <summary>history of a resource, a type or the whole record (R4, http.html#history), newest first.</summary>
internal sealed class HistoryInteractions(IRecordStores stores, IOptions<FhirOptions> options)
{
    private readonly FhirOptions _options = options.Value;

    /// <summary>One page of the past of a resource, of a type (no id) or of the whole record (no type).</summary>
    public async ValueTask<FhirResult> HistoryAsync(
        FhirCall call, string? type, string? id, IReadOnlyList<KeyValuePair<string, string>> given)
    {
        var refusal = type is null ? null : FhirAddresses.RefuseType(type);
        refusal ??= call.Forbids(type ?? "*", id is null ? Interaction.Search : Interaction.Read);
        if (refusal is not null)
        {
            return refusal;
        }

        var paging = Paging.Read(given, _options, out var parameters);
        var (since, wrong) = ReadSince(parameters);
        if ((paging.Wrong ?? wrong) is { } issue)
        {
            return FhirResult.Refused(400, issue);
        }

        long? before = null;
        if (paging.Cursor is { } cursor)
        {
            if (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var position))
            {
                return FhirResult.Refused(400, "value", "The page is not one that a next link led to.", Paging.CursorParameter);
            }

            before = position;
        }

        if (await stores.ForAsync(call.Tenant, call.Cancel) is not { } store)
        {
            return FhirResult.Refused(404, "not-found", "There is no such hospital.");
        }

        var page = await store.HistoryAsync(
            new HistoryQuery
            {
                Tenant = call.Tenant,
                Type = type,
                Id = id,
                Since = since,
                Count = Math.Clamp(paging.Count, 1, 1000),
                Before = before,
            },
            call.Cancel);
        if (id is not null && page.Entries.Count == 0 && before is null
            && await store.ReadAsync(new ResourceKey(call.Tenant, type!, id), call.Cancel) is null)
        {
            return FhirResult.Refused(404, "not-found", $"There is no {type} of that id.");
        }

        var address = string.Join('/', new[] { call.BaseUrl, type, id, "_history" }.Where(part => part is not null));
        return new FhirResult(200)
        {
            Content = new HistorySet(call.BaseUrl, page.Entries)
            {
                Total = page.Total,
                Links = paging.Links(address, parameters, page.Next?.ToString(CultureInfo.InvariantCulture)),
            },
        };
    }

    private static (DateTimeOffset? Since, Issue? Wrong) ReadSince(List<KeyValuePair<string, string>> parameters)
    {
        DateTimeOffset? since = null;
        foreach (var (name, value) in parameters)
        {
            if (name != "_since")
            {
                return (null, new Issue("not-supported", "A history takes _since, _count and nothing else.", FhirAddresses.Shorten(name)));
            }

            // A '+' of an offset that was not percent-encoded arrives as a space.
            if (!DateTimeOffset.TryParse(
                value.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            {
                return (null, new Issue("value", "_since is an instant, 2026-01-31T08:00:00Z.", "_since"));
            }

            since = time;
        }

        return (since, null);
    }
}
