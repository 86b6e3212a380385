using System.Globalization;
using System.Text.Json.Serialization;
using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Admin;

/// <summary>An hour of a meter as a CloudEvent (CloudEvents 1.0, JSON format). The same hour has the same id for ever, so a consumer can drop what it has.</summary>
internal sealed record UsageEvent(
    [property: JsonPropertyName("specversion")] string SpecVersion,
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("time")] DateTimeOffset Time,
    [property: JsonPropertyName("datacontenttype")] string DataContentType,
    [property: JsonPropertyName("data")] UsageEventData Data);

/// <summary>What was used.</summary>
internal sealed record UsageEventData(string Tenant, string Meter, string Unit, DateTimeOffset From, DateTimeOffset To, long Quantity);

/// <summary>The stream of usage for billing systems: pages of CloudEvents, each naming the next by a Link header.</summary>
internal static class UsageEventEndpoints
{
    private const string MediaType = "application/cloudevents-batch+json";
    private const int MaxEvents = 10_000;

    /// <summary>What one page reads at the most, however much lies behind it.</summary>
    private static readonly TimeSpan s_mostRead = TimeSpan.FromDays(31);

    /// <summary>Flushes of an hour are in by then, so that an hour that was handed out does not grow.</summary>
    private static readonly TimeSpan s_settled = TimeSpan.FromMinutes(5);

    public static void MapUsageEvents(this RouteGroupBuilder admin) =>
        admin.MapGet("/tenants/{tenant}/usage/events", EventsAsync).WithMetadata(new OperatorAccess(OrTenant: true)).WithTags("Usage")
            .WithSummary("Metered usage as a stream of CloudEvents, an event an hour and meter, from the hour of from (31 days ago unless given) on. "
                + "The Link header rel=next is where the stream goes on, now or later; the hospital's own clients may ask too.");

    private static async Task<IResult> EventsAsync(
        HttpContext context, string tenant, ITenantDirectory directory, IRecordStores stores, DateTimeOffset? from, int? count, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found)
        {
            return AdminProblems.NoHospital();
        }

        if (count is < 1 or > MaxEvents)
        {
            return TypedResults.Problem(string.Create(CultureInfo.InvariantCulture, $"count: is 1 to {MaxEvents}."), statusCode: 400);
        }

        var store = stores.Named(found.Database);
        var end = UsageReader.Hour(await store.TimeAsync(cancel) - s_settled);
        var start = UsageReader.Hour(from ?? end - s_mostRead);
        if (end - start > TimeSpan.FromDays(400))
        {
            return TypedResults.Problem("from: is 400 days ago at the most.", statusCode: 400);
        }

        var events = new List<UsageEvent>();
        var next = start;
        if (start < end)
        {
            next = end - start > s_mostRead ? start + s_mostRead : end;
            foreach (var hour in (await UsageReader.ReadAsync(store, id, start, next, cancel)).GroupBy(bucket => bucket.Hour))
            {
                // An hour is never parted: the next page begins with a whole one.
                if (events.Count > 0 && events.Count + hour.Count() > (count ?? 1000))
                {
                    next = hour.Key;
                    break;
                }

                events.AddRange(hour.Select(bucket => Event(id, bucket)));
            }
        }

        var limit = count is { } size ? string.Create(CultureInfo.InvariantCulture, $"&count={size}") : "";
        context.Response.Headers.Link = string.Create(CultureInfo.InvariantCulture, $"</admin/tenants/{id}/usage/events?from={next.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}{limit}>; rel=\"next\"");
        return TypedResults.Json(events, contentType: MediaType);
    }

    private static UsageEvent Event(TenantId tenant, UsageBucket bucket) => new(
        "1.0",
        string.Create(CultureInfo.InvariantCulture, $"{tenant}/{bucket.Meter}/{bucket.Hour.UtcDateTime:yyyy-MM-ddTHHZ}"),
        $"/tenants/{tenant}",
        "medorleans.usage.hour",
        bucket.Meter,
        bucket.Hour.AddHours(1),
        "application/json",
        new UsageEventData(tenant.Value, bucket.Meter, Metering.Usage.Meters.Find(bucket.Meter)?.Unit ?? "", bucket.Hour, bucket.Hour.AddHours(1), bucket.Quantity));
}
