using System.Text.Json;
using HdrHistogram;

namespace MedOrleans.Host.Demo;

/// <summary>What one hospital's frontend and the operator see of it.</summary>
internal sealed class HospitalFigures
{
    private readonly Lock _lock = new();
    private readonly LongHistogram _latency = new(TimeSpan.TicksPerMinute, 3);
    private long _requests;
    private long _errors;
    private long _lastRequests;
    private long _lastTime;

    /// <summary>A patient that can be read, once there is one.</summary>
    public string? SomePatient { get; set; }

    /// <summary>Open encounters.</summary>
    public long OpenEncounters { get; set; }

    /// <summary>Resources that exist.</summary>
    public long Resources { get; set; }

    /// <summary>Bytes of all stored versions.</summary>
    public long StoredBytes { get; set; }

    /// <summary>Metered writes.</summary>
    public long MeteredWrites { get; set; }

    /// <summary>All requests so far, and those that failed.</summary>
    public (long Requests, long Errors) Totals
    {
        get
        {
            lock (_lock)
            {
                return (_requests, _errors);
            }
        }
    }

    /// <summary>Counts a request.</summary>
    public void Add(TimeSpan latency, bool succeeded)
    {
        lock (_lock)
        {
            _requests++;
            _errors += succeeded ? 0 : 1;
            _latency.RecordValue(Math.Clamp(latency.Ticks, 1, TimeSpan.TicksPerMinute));
        }
    }

    /// <summary>Requests a second since the last call, and percentiles over all, in milliseconds.</summary>
    public (double PerSecond, double P50, double P99) Take(TimeProvider time)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var perSecond = _lastTime == 0 ? 0 : (_requests - _lastRequests) / time.GetElapsedTime(_lastTime, now).TotalSeconds;
            (_lastRequests, _lastTime) = (_requests, now);
            return (perSecond, Milliseconds(50), Milliseconds(99));
        }
    }

    /// <summary>Takes over what the operator's API says.</summary>
    public void Read(JsonElement tenant, JsonElement usage)
    {
        var counts = tenant.GetProperty("counts");
        Resources = counts.GetProperty("resourcesByType").EnumerateObject().Sum(type => type.Value.GetInt64());
        StoredBytes = counts.GetProperty("storedBytes").GetInt64();
        MeteredWrites = usage.GetProperty("buckets").EnumerateArray().Where(bucket => bucket.GetProperty("meter").GetString() == "api.write").Sum(bucket => bucket.GetProperty("quantity").GetInt64());
    }

    // An empty histogram has no percentiles.
    private double Milliseconds(double percentile) =>
        _requests == 0 ? 0 : _latency.GetValueAtPercentile(percentile) / (double)TimeSpan.TicksPerMillisecond;
}
