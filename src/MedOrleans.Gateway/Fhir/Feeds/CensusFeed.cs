using System.Buffers;
using System.Text;
using MedOrleans.Gateway.Fhir.Operations;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace MedOrleans.Gateway.Fhir.Feeds;

/// <summary>The endpoint can answer by server-sent events.</summary>
internal sealed class FeedMetadata;

/// <summary>
/// The census as server-sent events (HTML, server-sent-events.html): <c>event: census</c> with the Bundle that <c>$census</c> gives, now and whenever a bed has changed; <c>event: end</c>
/// with an OperationOutcome before the gateway closes it. Every event is the whole state, so that nothing is lost with a connection; an event's id is a fingerprint of the state, and a client
/// that comes back with it is not told the same again.
/// </summary>
internal sealed class CensusFeed(CensusFeeds feeds, AdtInteractions adt, ITenantDirectory tenants, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const int MostId = 64;

    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Opens a feed.</summary>
    /// <param name="call">The call.</param>
    /// <param name="id">The ward.</param>
    public async ValueTask<FhirResult> OpenAsync(FhirCall call, string id)
    {
        var (store, refusal) = await adt.WardAsync(call, id);
        if (store is null)
        {
            return refusal!;
        }

        if (feeds.Follow(call.Tenant, id, store) is not { } follower)
        {
            return FhirResult.Refused(429, "throttled", "The hospital has as many census feeds open at this gateway as it may.") with { RetryAfter = 30 };
        }

        return new FhirResult(200) { Feed = meter => RunAsync(call, store, follower, meter) };
    }

    private async Task RunAsync(FhirCall call, IRecordStore store, CensusFeeds.Follower follower, FeedMeter meter)
    {
        var response = call.Http.Response;
        using var following = follower;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(call.Http.RequestAborted, lifetime.ApplicationStopping);
        response.ContentType = MediaTypes.EventStream;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await response.StartAsync(over.Token);
            await WriteAsync(response, "retry: 1000\n\n", over.Token);
            var seen = call.Http.Request.Headers["Last-Event-ID"] is [{ Length: > 0 and <= MostId } last] ? last : null;
            await FollowAsync(call, store, follower, meter, seen, over.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            if (!call.Http.RequestAborted.IsCancellationRequested)
            {
                await EndAsync(response, new Issue("transient", "The gateway stops: connect again."));
            }
        }
        catch (Exception fault) when (fault is IOException or RecordStoreException || ClusterRetry.IsTransient(fault))
        {
            await EndAsync(response, new Issue("transient", "The record cannot be reached: connect again."));
        }
    }

    private async Task FollowAsync(FhirCall call, IRecordStore store, CensusFeeds.Follower follower, FeedMeter meter, string? seen, CancellationToken cancel)
    {
        var isFirst = true;
        var output = new ArrayBufferWriter<byte>();
        var next = follower.AfterAsync(seen, cancel);
        var looked = time.GetTimestamp();
        while (true)
        {
            var left = s_heartbeat - time.GetElapsedTime(looked);
            if (left > TimeSpan.Zero && await IsInTimeAsync(next, left, cancel))
            {
                var moment = await next;
                output.Clear();
                output.Write(Encoding.ASCII.GetBytes($"id: {moment.Id}\nevent: census\ndata: "));
                var data = new ArrayBufferWriter<byte>();
                (await AdtInteractions.ContentAsync(call, store, moment.Beds, cancel)).Write(data);
                WriteLine(output, data.WrittenSpan);
                await call.Http.Response.BodyWriter.WriteAsync(output.WrittenMemory, cancel);
                meter.Sent(output.WrittenCount, isFirst);
                isFirst = false;
                next = follower.AfterAsync(moment.Id, cancel);
                continue;
            }

            looked = time.GetTimestamp();
            if (await RefuseAsync(call, cancel) is { } refusal)
            {
                await EndAsync(call.Http.Response, refusal);
                return;
            }

            meter.StillThere();
            await WriteAsync(call.Http.Response, ":\n\n", cancel);
        }
    }

    /// <summary>Whether the feed may go on.</summary>
    private async ValueTask<Issue?> RefuseAsync(FhirCall call, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        return call.Expires <= now ? new Issue("expired", "The token has ended: connect again with another.")
            : (await tenants.FindAsync(call.Tenant, cancel))?.IsReadable(now) == true ? null
            : new Issue("not-found", "There is no such hospital.");
    }

    private async Task<bool> IsInTimeAsync(Task next, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            await next.WaitAsync(limit, time, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static async Task EndAsync(HttpResponse response, Issue issue)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("event: end\ndata: "u8);
        WriteLine(output, OperationOutcomes.ToJson([issue]));
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await response.BodyWriter.WriteAsync(output.WrittenMemory, limit.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
        }
    }

    private static async Task WriteAsync(HttpResponse response, string text, CancellationToken cancel) => await response.BodyWriter.WriteAsync(Encoding.ASCII.GetBytes(text), cancel);

    /// <summary>Ends an event with its data, which has to be one line: a line break in JSON is nothing but white space.</summary>
    private static void WriteLine(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        var line = output.GetSpan(json.Length + 2);
        for (var i = 0; i < json.Length; i++)
        {
            line[i] = json[i] is (byte)'\n' or (byte)'\r' ? (byte)' ' : json[i];
        }

        "\n\n"u8.CopyTo(line[json.Length..]);
        output.Advance(json.Length + 2);
    }
}
