using System.Diagnostics;
using System.Threading.Channels;
using HdrHistogram;

namespace MedOrleans.LoadTests;

/// <summary>What came of a stream of requests.</summary>
/// <param name="Sent">How many were sent.</param>
/// <param name="Statuses">Answers by HTTP status; 0 for none.</param>
/// <param name="Latency">Ticks of 100 ns from when a request was due to its answer, of those that succeeded.</param>
internal sealed record StreamResult(long Sent, IReadOnlyDictionary<int, long> Statuses, LongHistogram Latency)
{
    /// <summary>Answers that are a failure of the server's: none at all, or 5xx.</summary>
    public long Errors => Statuses.Where(status => status.Key is 0 or >= 500).Sum(status => status.Value);

    /// <summary>Requests that were told to come back.</summary>
    public long Throttled => Statuses.GetValueOrDefault(429);

    /// <summary>A percentile in milliseconds.</summary>
    public double Milliseconds(double percentile) => Latency.TotalCount == 0 ? 0 : Latency.GetValueAtPercentile(percentile) / (double)TimeSpan.TicksPerMillisecond;
}

/// <summary>
/// Sends requests when they are due, whether the ones before have been answered or not, and counts an answer's time from then: a server
/// that stalls is seen by all who would have come meanwhile.
/// </summary>
internal static class OpenLoop
{
    /// <summary>Sends <paramref name="perSecond"/> requests a second for <paramref name="length"/>.</summary>
    /// <param name="client">The client.</param>
    /// <param name="perSecond">The rate.</param>
    /// <param name="length">How long.</param>
    /// <param name="request">The request of a number.</param>
    public static async Task<StreamResult> RunAsync(HttpClient client, double perSecond, TimeSpan length, Func<long, HttpRequestMessage> request)
    {
        var total = (long)(perSecond * length.TotalSeconds);
        var start = Stopwatch.GetTimestamp();
        var latency = new LongHistogram(TimeSpan.TicksPerMinute * 5, 3);
        var statuses = new SortedDictionary<int, long>();
        var sync = new Lock();
        var due = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleWriter = true });

        // As many as are in flight at once when an answer takes a second, so that lateness is the server's.
        var senders = Enumerable.Range(0, (int)Math.Clamp(perSecond, 8, 512)).Select(_ => Task.Run(SendAsync)).ToList();
        await PaceAsync();
        await Task.WhenAll(senders);
        return new StreamResult(total, statuses, latency);

        async Task PaceAsync()
        {
            using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            for (var number = 0L; number < total; await clock.WaitForNextTickAsync())
            {
                for (var now = Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond; number < total && number <= now; number++)
                {
                    due.Writer.TryWrite(number);
                }
            }

            due.Writer.Complete();
        }

        async Task SendAsync()
        {
            await foreach (var number in due.Reader.ReadAllAsync())
            {
                var status = 0;
                try
                {
                    using var message = request(number);
                    using var response = await client.SendAsync(message);
                    await response.Content.CopyToAsync(Stream.Null);
                    status = (int)response.StatusCode;
                }
                catch (HttpRequestException)
                {
                    // Counted as no answer.
                }

                var ticks = Stopwatch.GetElapsedTime(start + (long)(number / perSecond * Stopwatch.Frequency)).Ticks;
                lock (sync)
                {
                    statuses[status] = statuses.GetValueOrDefault(status) + 1;
                    if (status is >= 200 and < 300)
                    {
                        latency.RecordValue(Math.Clamp(ticks, 1, TimeSpan.TicksPerMinute * 5));
                    }
                }
            }
        }
    }
}
