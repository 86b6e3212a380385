using System.Collections.Concurrent;

namespace MedOrleans.Gateway.Security;

/// <summary>Counts failed sign-ins by client id and address, so that guessing is slow and the right secret still works from elsewhere.</summary>
internal sealed class FailureLimiter(SecurityOptions options, TimeProvider time)
{
    private const int MostCounted = 10_000;

    private readonly ConcurrentDictionary<string, (long Minute, int Count)> _failures = new(StringComparer.Ordinal);

    /// <summary>Whether the client has failed from there too often within this minute.</summary>
    public bool IsBlocked(string attempt) =>
        _failures.TryGetValue(attempt, out var failures) && failures.Minute == Minute && failures.Count >= options.FailuresPerMinute;

    /// <summary>Counts a failure.</summary>
    public void Failed(string attempt)
    {
        if (_failures.Count >= MostCounted)
        {
            _failures.Clear();
        }

        var minute = Minute;
        _failures.AddOrUpdate(attempt, (minute, 1), (_, before) => before.Minute == minute ? (minute, before.Count + 1) : (minute, 1));
    }

    private long Minute => time.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
}
