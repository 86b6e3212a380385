using System.Globalization;
using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Rating;
using MedOrleans.Metering.Usage;
using MedOrleans.Rating;
using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>Usage by meter and hour, day or month.</summary>
internal sealed record UsageView(string Tenant, DateTimeOffset From, DateTimeOffset To, UsageResolution Resolution, IReadOnlyList<UsageBucket> Buckets);

/// <summary>What came of holding a month's usage against the record.</summary>
internal sealed record UsageVerificationView(string Tenant, string Month, bool Equal, long Versions, long Batches, IReadOnlyList<UsageDifference> Differences);

/// <summary>What is metered, what a hospital used, and whether that is so.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this RouteGroupBuilder admin)
    {
        var usage = admin.MapGroup("").WithTags("Usage");
        usage.MapGet("/meters", Meters).WithMetadata(new OperatorAccess(OrAnyTenant: true))
            .WithSummary("The catalogue of meters: unit, definition, and how exact each is; every hospital's clients may ask.");
        usage.MapGet("/tenants/{tenant}/usage", UsageAsync).WithMetadata(new OperatorAccess(OrTenant: true))
            .WithSummary("Metered usage by meter and hour, day or month, of the last 31 days unless from and to say otherwise; the hospital's own clients may ask too.");
        usage.MapGet("/tenants/{tenant}/usage/verification", VerifyAsync).WithMetadata(new OperatorAccess(OrTenant: true))
            .WithSummary("Recomputes a month's usage (yyyy-MM; this one unless given) from the history and the batches, holds what the statement bills against it, and lists every difference; the hospital's own clients may ask too.");
    }

    private static Ok<IReadOnlyList<Meter>> Meters() => TypedResults.Ok(Metering.Usage.Meters.All);

    internal static async Task<Results<Ok<UsageView>, ProblemHttpResult>> UsageAsync(
        string tenant, ITenantDirectory directory, IRecordStores stores, TimeProvider time, DateTimeOffset? from, DateTimeOffset? to, string? resolution, string? meter, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found)
        {
            return AdminProblems.NoHospital();
        }

        if (!Enum.TryParse<UsageResolution>(resolution ?? "hour", ignoreCase: true, out var span) || !Enum.IsDefined(span))
        {
            return Problem(400, "resolution: is hour, day or month.");
        }

        if (meter is not null && Metering.Usage.Meters.Find(meter) is null)
        {
            return Problem(400, "meter: there is none of that name; GET /admin/meters lists them.");
        }

        // The store's clock stamps usage and may be a little ahead of this host's.
        var end = to ?? time.GetUtcNow().AddHours(1);
        var start = from ?? end.AddDays(-31);
        if (start >= end || end - start > TimeSpan.FromDays(400))
        {
            return Problem(400, "from: must be before to, by 400 days at the most.");
        }

        var buckets = await UsageReader.ReadAsync(stores.Named(found.Database), id, start, end, cancel);
        return TypedResults.Ok(new UsageView(tenant, start, end, span, UsageReader.Sum(buckets.Where(bucket => meter is null || bucket.Meter == meter), span)));
    }

    private static async Task<Results<Ok<UsageVerificationView>, ProblemHttpResult>> VerifyAsync(
        string tenant, ITenantDirectory directory, IRecordStores stores, IGrainFactory grains, TimeProvider time, string? month, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found)
        {
            return AdminProblems.NoHospital();
        }

        month ??= time.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);
        if (!BillingMonth.TryParse(month, out var asked))
        {
            return Problem(400, "month: is written 2026-11.");
        }

        var store = stores.Named(found.Database);
        var verdict = await UsageVerification.VerifyAsync(store, id, asked.Start, asked.End, cancel);
        List<UsageDifference> differences = [.. verdict.Differences, .. await StatementDifferencesAsync(store, id, asked, grains, cancel)];
        return TypedResults.Ok(new UsageVerificationView(tenant, month, differences.Count == 0, verdict.Versions, verdict.Batches, differences));
    }

    /// <summary>What the month's statement bills, with what later ones adjust of it, held against the buckets.</summary>
    private static async Task<IReadOnlyList<UsageDifference>> StatementDifferencesAsync(IRecordStore store, TenantId tenant, BillingMonth month, IGrainFactory grains, CancellationToken cancel)
    {
        var before = await UsageReader.ReadAsync(store, tenant, month.Start, month.End, cancel);
        var now = BillingMonth.Of(await store.TimeAsync(cancel));
        var lines = new List<StatementLine>();
        for (var billed = month; billed <= now && billed.Index <= month.Index + StatementRules.LookBack; billed = billed.Next)
        {
            if ((await grains.GetGrain<IStatementGrain>(StatementKey.Of(tenant, billed)).ShowAsync()).Statement is { } statement)
            {
                lines.AddRange(statement.Lines.Where(line => StatementRules.IsQuantityOf(line, month, isOwn: billed == month)));
            }
        }

        // The drafts were computed between two looks at the buckets, which may have grown.
        return UsageVerification.CompareBilled(lines, before, await UsageReader.ReadAsync(store, tenant, month.Start, month.End, cancel));
    }

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
