using System.Text.Json.Nodes;
using MedOrleans.Gateway.Admin;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Gateway.Hl7.Outbound;
using MedOrleans.Metering;
using MedOrleans.Metering.Usage;
using MedOrleans.Rating;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.AspNetCore.Http.HttpResults;
using Orleans;

namespace MedOrleans.Gateway.Console;

/// <summary>The cluster at one moment.</summary>
internal sealed record ClusterPicture(DateTimeOffset At, IReadOnlyList<SiloView> Silos, ClusterPoolsView Pools, HospitalList Hospitals, IReadOnlyList<ConsoleAlert> Alerts);

/// <summary>The hospitals.</summary>
/// <param name="Hospitals">In order of slug.</param>
/// <param name="IsWhole">Whether these are all.</param>
internal sealed record HospitalList(IReadOnlyList<TenantView> Hospitals, bool IsWhole);

/// <summary>A hospital at one moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="Hospital">The hospital.</param>
/// <param name="Pools">Its pools.</param>
/// <param name="Days">Its counters by day, of the last 31.</param>
/// <param name="Levels">Its gauges as they stand, by meter.</param>
internal sealed record HospitalPicture(DateTimeOffset At, TenantView Hospital, TenantPoolsView Pools, IReadOnlyList<UsageBucket> Days, IReadOnlyDictionary<string, long> Levels);

/// <summary>A hospital's statement of a month, the months that there are, and how its budget stands.</summary>
internal sealed record StatementPicture(IReadOnlyList<StatementHead> Months, Statement? Statement, string? Refusal, BudgetStanding? Budget);

/// <summary>A hospital's wards and messages at one moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="Hospital">Its name.</param>
/// <param name="Wards">Its wards.</param>
/// <param name="IsWhole">Whether these are all.</param>
/// <param name="Failed">The messages to it that were not taken.</param>
/// <param name="Undelivered">The messages of it that others would not take.</param>
internal sealed record WorkPicture(DateTimeOffset At, string Hospital, IReadOnlyList<WardView> Wards, bool IsWhole, MessageList Failed, MessageList Undelivered);

/// <summary>Messages, the latest first.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Latest">Some of them.</param>
internal sealed record MessageList(long Total, IReadOnlyList<MessageView> Latest);

/// <summary>A message that needs somebody: what it is and why, and nothing of what it says.</summary>
/// <param name="Task">The id of its Task.</param>
/// <param name="Message">Type and event, <c>ADT^A01</c>.</param>
/// <param name="At">When it was tried last.</param>
/// <param name="OtherSide">Who sent it, or was to be told.</param>
/// <param name="Reason">Why it was not taken.</param>
internal sealed record MessageView(string Task, string Message, DateTimeOffset At, string OtherSide, string Reason);

/// <summary>The session is over: whoever looks has to sign in again.</summary>
internal sealed class SessionEndedException() : Exception("The session has ended.");

/// <summary>
/// What the console shows, by the very handlers of <c>/admin</c>. Every question says whose session asks: what is another's is null, as what
/// is not there.
/// </summary>
internal sealed class ConsoleData(IGrainFactory grains, ITenantDirectory directory, IRecordStores stores, ClusterRetry retry, SearchQueryParser parser, TimeProvider time)
{
    /// <summary>How many days the charts have.</summary>
    public const int Days = 31;

    private const int MostHospitals = 10_000;
    private const int MostPlaces = 5000;
    private const int MostMessages = 20;

    private static readonly TimeSpan s_listAge = TimeSpan.FromSeconds(10);

    private (DateTimeOffset At, HospitalList List)? _list;

    /// <summary>The cluster; null to a hospital's people.</summary>
    public async Task<ClusterPicture?> ClusterAsync(ConsoleSession session, CancellationToken cancel)
    {
        Check(session);
        if (!session.IsOperator)
        {
            return null;
        }

        var silos = await AdminEndpoints.SilosAsync(grains, retry, cancel);
        var pools = await PoolEndpoints.ClusterAsync(grains, directory, cancel);
        var hospitals = (await HospitalsAsync(session, cancel))!;
        var budgets = await grains.GetGrain<IBillingClerkGrain>(IBillingClerkGrain.Key).ReachedAsync();
        return new ClusterPicture(time.GetUtcNow(), silos.Value!, pools.Value!, hospitals, ConsoleAlerts.Of(silos.Value!, pools.Value!, hospitals.Hospitals, budgets));
    }

    /// <summary>The hospitals, a few seconds old; null to a hospital's people.</summary>
    public async Task<HospitalList?> HospitalsAsync(ConsoleSession session, CancellationToken cancel)
    {
        Check(session);
        if (!session.IsOperator)
        {
            return null;
        }

        // Many operators may look at one time: all of them share one reading.
        if (_list is { } kept && time.GetUtcNow() - kept.At < s_listAge)
        {
            return kept.List;
        }

        var found = new List<TenantView>();
        string? after = null;
        do
        {
            var page = (await TenantEndpoints.ListAsync(directory, after, 1000, cancel)).Value!;
            found.AddRange(page.Tenants);
            after = page.Next;
        }
        while (after is not null && found.Count < MostHospitals);
        var list = new HospitalList(found, after is null);
        _list = (time.GetUtcNow(), list);
        return list;
    }

    /// <summary>A hospital; null where there is none of that slug, or it is another's.</summary>
    public async Task<HospitalPicture?> HospitalAsync(ConsoleSession session, string tenant, CancellationToken cancel)
    {
        Check(session);
        if (!session.MaySee(tenant) || !TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        var usage = await UsageEndpoints.UsageAsync(tenant, directory, stores, time, today.AddDays(1 - Days), null, "day", null, cancel);
        var pools = await PoolEndpoints.TenantAsync(tenant, grains, directory, stores, cancel);
        if (usage.Result is not Ok<UsageView> { Value: { } days } || pools.Result is not Ok<TenantPoolsView> { Value: { } shares })
        {
            return null;
        }

        // The store's clock stamps usage and may be a little ahead of this host's.
        var levels = await stores.Named(found.Database).UsageBeforeAsync(id, now.AddHours(2), cancel);
        return new HospitalPicture(
            now, TenantView.Of(found), shares, [.. days.Buckets.Where(bucket => Meters.Find(bucket.Meter) is { Kind: MeterKind.Counter })],
            levels.Where(level => Meters.Find(level.Key) is { Kind: MeterKind.Gauge }).ToDictionary(level => level.Key, level => level.Value, StringComparer.Ordinal));
    }

    /// <summary>A hospital's statement; null where there is no such hospital, or it is another's.</summary>
    public async Task<StatementPicture?> StatementAsync(ConsoleSession session, string tenant, string? month, CancellationToken cancel)
    {
        Check(session);
        if (!session.MaySee(tenant) || !TenantId.TryParse(tenant, out var id)
            || (await StatementEndpoints.ListAsync(tenant, directory, grains, time, cancel)).Result is not Ok<IReadOnlyList<StatementHead>> { Value: { } months })
        {
            return null;
        }

        var asked = BillingMonth.TryParse(month, out var parsed) ? parsed : BillingMonth.Of(time.GetUtcNow());
        var reply = await grains.GetGrain<IStatementGrain>(StatementKey.Of(id, asked)).ShowAsync();
        return new StatementPicture(months, reply.Statement, reply.Status == StatementReplyStatus.Done ? null : reply.Detail ?? "There is no statement of that month.", await grains.GetGrain<IBudgetGrain>(id.Value).ShowAsync());
    }

    /// <summary>A hospital's wards and messages; null where there is no such hospital, or it is another's.</summary>
    public async Task<WorkPicture?> WorkAsync(ConsoleSession session, string tenant, CancellationToken cancel)
    {
        Check(session);
        if (!session.MaySee(tenant) || !TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found || await stores.ForAsync(id, cancel) is not { } store)
        {
            return null;
        }

        var places = new List<StoredVersion>();
        string? next = null;
        do
        {
            var page = await store.SearchAsync(Query(id, "Location") with { Count = 1000, Cursor = next }, cancel);
            places.AddRange(page.Matches);
            next = page.Next;
        }
        while (next is not null && places.Count < MostPlaces);

        return new WorkPicture(
            time.GetUtcNow(), found.Name, WardBoard.Of(places), next is null,
            await MessagesAsync(store, id, MessageTask.System, "requester", cancel), await MessagesAsync(store, id, UndeliveredTask.System, "owner", cancel));
    }

    private async Task<MessageList> MessagesAsync(IRecordStore store, TenantId tenant, string system, string otherSide, CancellationToken cancel)
    {
        var query = Query(tenant, "Task", ("identifier", $"{system}|"), ("status", "failed"), ("_sort", "-_lastUpdated"));
        var page = await store.SearchAsync(query with { Count = MostMessages, WithTotal = true }, cancel);
        return new MessageList(page.Total ?? page.Matches.Count, [.. page.Matches.Select(stored =>
        {
            var task = JsonNode.Parse(stored.Body)!;
            return new MessageView(
                stored.Id, task["code"]?["text"]?.ToString() ?? "not readable", stored.LastUpdated, task[otherSide]?["display"]?.ToString() ?? "–", task["statusReason"]?["text"]?.ToString() ?? "–");
        })]);
    }

    private SearchQuery Query(TenantId tenant, string type, params (string Name, string Value)[] criteria) =>
        parser.Parse(tenant, type, [.. criteria.Select(criterion => KeyValuePair.Create(criterion.Name, criterion.Value))]).Query!;

    private void Check(ConsoleSession session)
    {
        if (time.GetUtcNow() >= session.Expires)
        {
            throw new SessionEndedException();
        }
    }
}
