using System.Globalization;
using MedOrleans.Cluster;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// The audit trail as FHIR sees it. Every committed write is an AuditEvent <c>w-{sequence}</c>, made when it is asked for
/// from the columns of the write's own history row. AuditEvents that clients stored themselves are found too: a search
/// gives those first, in the order asked for, then the trail's, newest first.
/// </summary>
internal sealed class AuditEvents(IRecordStores stores, SearchParameterCatalog catalog)
{
    /// <summary>The resource type.</summary>
    public const string Type = "AuditEvent";

    // A cursor of the trail; those of the stores never begin so.
    private const string TrailCursor = "trail:";

    /// <summary>Whether this is the id of an event of the trail.</summary>
    public static bool TryReadId(string type, string id, out long sequence)
    {
        sequence = 0;
        return type == Type && id.StartsWith("w-", StringComparison.Ordinal)
            && long.TryParse(id.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }

    /// <summary>One event of the trail; null where there is none.</summary>
    public async ValueTask<StoredVersion?> ReadAsync(FhirCall call, long sequence)
    {
        if (await stores.ForAsync(call.Tenant, call.Cancel) is not { } store)
        {
            return null;
        }

        var page = await store.AuditAsync(new AuditQuery { Tenant = call.Tenant, Sequence = sequence, Count = 1 }, call.Cancel);
        return page.Rows.Count == 0 ? null : AuditEventJson.Of(page.Rows[0], call.BaseUrl);
    }

    /// <summary>One page of stored events and of the trail.</summary>
    public async ValueTask<(SearchPage Page, FhirResult? Refusal)> SearchAsync(
        FhirCall call, IRecordStore store, SearchQuery query, IReadOnlyList<KeyValuePair<string, string>> parameters, List<Issue> warnings)
    {
        long? before = null;
        var page = new SearchPage([], [], null, null);
        if (query.Cursor?.StartsWith(TrailCursor, StringComparison.Ordinal) != true)
        {
            page = await store.SearchAsync(query, call.Cancel);
            if (page.Next is not null)
            {
                return (page with { Total = null }, null);
            }
        }
        else if (long.TryParse(query.Cursor.AsSpan(TrailCursor.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            before = position == 0 ? null : position;
        }
        else
        {
            return (page, FhirResult.Refused(400, "value", "The page is not one that a next link led to.", Paging.CursorParameter));
        }

        if (AuditTrailQuery.Of(query, parameters, catalog, warnings) is not { } trail)
        {
            return (page, null);
        }

        if (query.Count == 0)
        {
            return (page, FhirResult.Refused(
                400, "not-supported", "The audit trail is not counted: read it page by page, or see the hospital's usage.", "_summary"));
        }

        var room = query.Count - page.Matches.Count;
        if (room == 0)
        {
            return (page with { Next = TrailCursor + "0", Total = null }, null);
        }

        var rows = await store.AuditAsync(trail with { Before = before, Count = room }, call.Cancel);
        return (new SearchPage(
            [.. page.Matches, .. rows.Rows.Select(row => AuditEventJson.Of(row, call.BaseUrl))],
            page.Included,
            rows.Next is { } next ? TrailCursor + next.ToString(CultureInfo.InvariantCulture) : null,
            Total: null), null);
    }
}

/// <summary>Translates a search over AuditEvent to one over the trail.</summary>
internal static class AuditTrailQuery
{
    private const string RestType = "http://terminology.hl7.org/CodeSystem/audit-event-type|rest";

    /// <summary>The search over the trail; null where no event of the trail can match.</summary>
    public static AuditQuery? Of(
        SearchQuery query, IReadOnlyList<KeyValuePair<string, string>> parameters, SearchParameterCatalog catalog, List<Issue> warnings)
    {
        var trail = new AuditQuery { Tenant = query.Tenant };
        foreach (var (name, value) in parameters)
        {
            switch (name)
            {
                case "_summary" or "_total" or "_include" or "_revinclude" or "_elements":
                    break;
                case "_sort" when value is "-date" or "-_lastUpdated":
                    break;
                case "_sort":
                    warnings.Add(new Issue("incomplete", "Events of the audit trail come newest first, after those that clients stored.", "_sort", "warning"));
                    break;
                case "date" or "_lastUpdated":
                    break;
                case "_id" when AuditEvents.TryReadId(AuditEvents.Type, value, out var sequence):
                    trail = trail with { Sequence = sequence };
                    break;
                case "entity" when TryReadEntity(value, out var type, out var id):
                    trail = trail with { Type = type, Id = id };
                    break;
                case "agent" or "agent-name" or "agent-name:exact":
                    trail = trail with { Agent = value };
                    break;
                case "action" when KindOf(value) is { } kind:
                    trail = trail with { Kind = kind };
                    break;
                case "type" when value is "rest" or RestType:
                case "outcome" when value is "0" or "http://terminology.hl7.org/CodeSystem/audit-event-outcome|0":
                    break;
                default:
                    // Nothing of the trail has such an element or value.
                    return null;
            }
        }

        var date = catalog.Find(AuditEvents.Type, "date")?.Number;
        foreach (var criterion in query.Criteria)
        {
            var (low, high, comparison) = criterion switch
            {
                { Negated: false, AnyOf: [RangeIs range] } when range.Parameter == date => (range.Low, range.High, range.Comparison),
                { Negated: false, AnyOf: [LastUpdatedIs range] } => (range.Low, range.High, (RangeComparison?)range.Comparison),
                _ => (0d, 0d, null),
            };
            if (comparison is not null)
            {
                trail = Narrow(trail, comparison.Value, low, high);
            }
        }

        return trail;
    }

    private static AuditQuery Narrow(AuditQuery trail, RangeComparison comparison, double low, double high)
    {
        var from = comparison switch
        {
            RangeComparison.Within or RangeComparison.ReachesAboveOrWithin or RangeComparison.Overlaps => Time(low),
            RangeComparison.ReachesAbove or RangeComparison.StartsAfter => Time(high + 1),
            _ => null,
        };
        var to = comparison switch
        {
            RangeComparison.Within or RangeComparison.ReachesBelowOrWithin or RangeComparison.Overlaps => Time(high + 1),
            RangeComparison.ReachesBelow or RangeComparison.EndsBefore => Time(low),
            _ => null,
        };
        return trail with
        {
            From = trail.From > from ? trail.From : from ?? trail.From,
            To = trail.To < to ? trail.To : to ?? trail.To,
        };
    }

    private static DateTimeOffset? Time(double microseconds) => microseconds is > -62e15 and < 253e15
        ? DateTimeOffset.UnixEpoch.AddTicks((long)microseconds * TimeSpan.TicksPerMicrosecond)
        : null;

    private static bool TryReadEntity(string value, out string type, out string id)
    {
        var parts = value.Split('/');
        (type, id) = parts.Length >= 2 ? (parts[0], parts[1]) : ("", "");
        return (parts.Length == 2 || (parts.Length == 4 && parts[2] == "_history")) && ResourceKey.IsId(id);
    }

    private static WriteKind? KindOf(string action) => action[(action.LastIndexOf('|') + 1)..] switch
    {
        "C" => WriteKind.Create,
        "U" => WriteKind.Update,
        "D" => WriteKind.Delete,
        _ => null,
    };
}
