using System.Globalization;
using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir.Feeds;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Plans;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// What every FHIR request passes through: request id, limits, the hospital's state, and the one place where a fault becomes
/// an answer.
/// </summary>
internal sealed partial class FhirPipeline(
    IOptions<FhirOptions> options, ITenantDirectory tenants, IGrainFactory grains, UsageCounters usage, PoolRegistry pools, FairQueue turns, ClusterRetry retry, TimeProvider time, ILogger<FhirPipeline> logger)
{
    private const string RequestIdHeader = "X-Request-Id";

    private readonly FhirOptions _options = options.Value;

    /// <summary>An interaction as an endpoint's handler.</summary>
    public RequestDelegate Handle(Func<FhirCall, ValueTask<FhirResult>> interaction, bool isBundle = false) =>
        context => RunAsync(context, interaction, isBundle ? _options.BundleTimeout : _options.RequestTimeout);

    /// <summary>A document that is the same for everybody as an endpoint's handler; it asks for no credential.</summary>
    public static RequestDelegate HandleAnonymous(Func<HttpContext, FhirContent> document) => async context =>
    {
        NameRequest(context);
        if (!MediaTypes.Accepts(context.Request))
        {
            await OperationOutcomes.WriteAsync(context, 406, NotJson);
            return;
        }

        await FhirResponse.WriteContentAsync(context, document(context));
    };

    private static Records.Issue NotJson => new("not-supported", "The answer is application/fhir+json and nothing else.");

    private async Task RunAsync(HttpContext context, Func<FhirCall, ValueTask<FhirResult>> interaction, TimeSpan limit)
    {
        NameRequest(context);
        using var call = new FhirCall(context, _options, time, limit);
        FhirResult result;
        TenantPools? share = null;
        WorkClass? turn = null;
        try
        {
            var admission = AdmitAsync(call);
            (var refusal, share) = admission.IsCompletedSuccessfully ? admission.Result : await retry.AgainAsync(admission, () => AdmitAsync(call), context.RequestAborted);
            if (refusal is null)
            {
                (turn, refusal) = await TakeTurnAsync(call, share!);
            }

            if (refusal is null)
            {
                var work = interaction(call);
                result = work.IsCompletedSuccessfully ? work.Result
                    : HttpMethods.IsGet(context.Request.Method) ? await retry.AgainAsync(work, () => interaction(call), context.RequestAborted)
                    : await work;
            }
            else
            {
                result = refusal;
            }
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            if (context.RequestAborted.IsCancellationRequested)
            {
                return;
            }

            result = OperationOutcomes.Of(exception, context.TraceIdentifier);
            Log(context, exception, result.Status);
        }
        finally
        {
            if (turn is { } taken)
            {
                turns.Leave(taken);
            }
        }

        if (result.Feed is { } feed)
        {
            Count(call, share, result, bytesOut: 0);
            await feed(new FeedMeter(call, usage.For(call.Tenant), share!));
            return;
        }

        var written = FhirResponse.WriteAsync(call, result);
        Count(call, share, result, written.IsCompletedSuccessfully ? written.Result : await written);
    }

    /// <summary>Waits for a turn where the gateway works on as much as it takes on.</summary>
    private async ValueTask<(WorkClass? Turn, FhirResult? Refusal)> TakeTurnAsync(FhirCall call, TenantPools share)
    {
        var work = share.TakeGuaranteed() ? WorkClass.Guaranteed : WorkClass.Burst;
        return await turns.EnterAsync(share.Tenant, share.Plan.Weight, work, call.Http.RequestAborted) == Turn.Taken
            ? (work, null)
            : (null, FhirResult.Refused(503, "throttled", "The gateway has as much to do as it takes on; try again.") with { RetryAfter = 1 });
    }

    /// <summary>Counts what no commit meters: the call of a class, and the bytes that came and went.</summary>
    private void Count(FhirCall call, TenantPools? share, FhirResult result, long bytesOut)
    {
        share?.ChargeBytes(call.BytesRead + bytesOut);
        if (result.Status is 429 or >= 500 || call.Proven is not { } tenant)
        {
            return;
        }

        var counters = usage.For(tenant);
        var endpoint = call.Http.GetEndpoint()?.Metadata;
        var counts = endpoint?.GetMetadata<InteractionMetadata>()?.Counts ?? endpoint?.GetMetadata<OperationMetadata>()?.Counts;
        if (counts is { } what)
        {
            counters.Add(what);
        }

        if (bytesOut > 0)
        {
            counters.Add(Counted.BytesOut, bytesOut);
        }

        // What a write or a Bundle brought in is metered by its commit, unless it was refused.
        if (call.BytesRead > 0 && (result.Status >= 400 || !(result.IsWrite || counts == Counted.Bulk)))
        {
            counters.Add(Counted.BytesIn, call.BytesRead);
        }
    }

    /// <summary>Whether the request may be worked on, and the hospital's pools where its plan lets it in.</summary>
    private async ValueTask<(FhirResult? Refusal, TenantPools? Share)> AdmitAsync(FhirCall call)
    {
        if (!MediaTypes.Accepts(call.Http.Request) && !(MediaTypes.AcceptsEvents(call.Http.Request) && call.Http.GetEndpoint()?.Metadata.GetMetadata<FeedMetadata>() is not null))
        {
            return (FhirResult.Refused(406, NotJson), null);
        }

        // The security middleware has refused foreign tenants already; this holds should it ever be left out.
        if (call.Proven is not { } tenant
            || await tenants.FindAsync(tenant, call.Http.RequestAborted) is not { } found || !found.IsReadable(time.GetUtcNow()))
        {
            return (FhirResult.Refused(404, "not-found", "There is no such hospital."), null);
        }

        if (!pools.IsServed(found.Pool)
            && (await retry.RunAsync(grains.GetGrain<ISiloPoolsGrain>(ISiloPoolsGrain.Key).ListAsync, call.Http.RequestAborted)).All(silo => silo.Pool != found.Pool))
        {
            // What the gateway could answer by itself, a search, it does not either: the hospital is there as a whole or not at all.
            throw RecordUnavailableException.NoSilo(found.Pool);
        }

        var share = pools.For(tenant, found.Plan);
        var verdict = share.Admit(Workstations.Of(call), isWrite: false);
        return verdict.Pool is { } pool ? (Throttled(call, share, pool, verdict.RetryAfter), null) : (null, share);
    }

    /// <summary>429 with what the plan gives (RateLimit headers of draft-ietf-httpapi-ratelimit-headers).</summary>
    private static FhirResult Throttled(FhirCall call, TenantPools share, PoolKind pool, TimeSpan wait)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        var name = pool.ToString().ToLowerInvariant();
        if (pool == PoolKind.Network)
        {
            call.Http.Response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={share.RequestLimit:0};w=1");
            call.Http.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={Math.Floor(share.RequestsLeft):0};t={seconds}");
        }

        return FhirResult.Refused(429, "throttled", $"The hospital's share of the {name} pool is used up; try again.") with { RetryAfter = seconds };
    }

    private static void NameRequest(HttpContext context)
    {
        var given = context.Request.Headers[RequestIdHeader];
        if (given.Count == 1 && given[0] is { Length: > 0 and <= 64 } id
            && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or ':'))
        {
            context.TraceIdentifier = id;
        }

        context.Response.Headers[RequestIdHeader] = context.TraceIdentifier;
    }

    private void Log(HttpContext context, Exception exception, int status)
    {
        var endpoint = context.GetEndpoint()?.DisplayName;
        switch (status)
        {
            case 500:
                LogFailed(logger, exception, context.TraceIdentifier, context.Request.Method, endpoint);
                break;
            case 503:
                LogUnavailable(logger, context.TraceIdentifier, context.Request.Method, endpoint, exception.GetType().Name);
                break;
        }
    }
}
