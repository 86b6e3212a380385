using System.Threading.RateLimiting;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// What every FHIR request passes through: request id, limits, the hospital's state, and the one place where a fault becomes
/// an answer.
/// </summary>
internal sealed partial class FhirPipeline(
    IOptions<FhirOptions> options, ITenantDirectory tenants, UsageCounters usage, TimeProvider time, ILogger<FhirPipeline> logger) : IDisposable
{
    private const string RequestIdHeader = "X-Request-Id";

    private readonly FhirOptions _options = options.Value;

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.MaxConcurrentRequests,
        QueueLimit = options.Value.MaxQueuedRequests,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

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

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private static Records.Issue NotJson => new("not-supported", "The answer is application/fhir+json and nothing else.");

    private async Task RunAsync(HttpContext context, Func<FhirCall, ValueTask<FhirResult>> interaction, TimeSpan limit)
    {
        NameRequest(context);
        using var call = new FhirCall(context, _options, time, limit);
        using var lease = _limiter.AttemptAcquire() is { IsAcquired: true } acquired
            ? acquired
            : await _limiter.AcquireAsync(1, context.RequestAborted);
        FhirResult result;
        try
        {
            result = lease.IsAcquired
                ? await AdmitAsync(call) ?? await interaction(call)
                : FhirResult.Refused(503, "throttled", "The gateway has as much to do as it takes on; try again.") with { RetryAfter = 1 };
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

        var written = FhirResponse.WriteAsync(call, result);
        Count(call, result, written.IsCompletedSuccessfully ? written.Result : await written);
    }

    /// <summary>Counts what no commit meters: the call of a class, and the bytes that came and went.</summary>
    private void Count(FhirCall call, FhirResult result, long bytesOut)
    {
        if (result.Status is 429 or >= 500 || call.Proven is not { } tenant)
        {
            return;
        }

        var counters = usage.For(tenant);
        var counts = call.Http.GetEndpoint()?.Metadata.GetMetadata<InteractionMetadata>()?.Counts;
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

    private async ValueTask<FhirResult?> AdmitAsync(FhirCall call)
    {
        if (!MediaTypes.Accepts(call.Http.Request))
        {
            return FhirResult.Refused(406, NotJson);
        }

        // The security middleware has refused foreign tenants already; this holds should it ever be left out.
        if (call.Proven is not { } tenant
            || await tenants.FindAsync(tenant, call.Http.RequestAborted) is not { Status: not TenantStatus.Closed })
        {
            return FhirResult.Refused(404, "not-found", "There is no such hospital.");
        }

        return null;
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
