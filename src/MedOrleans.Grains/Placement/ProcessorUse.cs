namespace MedOrleans.Grains.Placement;

/// <summary>
/// How busy this process keeps its processors: the mean of the last seconds. Orleans' own figure is smoothed for placement, and tells half a minute later that a silo is at rest.
/// </summary>
internal sealed class ProcessorUse(TimeProvider time)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Queue<(long At, TimeSpan Used)> _samples = new();
    private double _last;

    /// <summary>Of the processors that the process has, 0 to 100.</summary>
    public double Percent()
    {
        lock (_lock)
        {
            var (now, used) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
            if (_samples.Count > 0 && time.GetElapsedTime(_samples.Last().At, now) < s_least)
            {
                return _last;
            }

            // The oldest that stays is just outside the window.
            while (_samples.Count > 1 && time.GetElapsedTime(_samples.ElementAt(1).At, now) >= s_window)
            {
                _samples.Dequeue();
            }

            if (_samples.TryPeek(out var first))
            {
                _last = Math.Clamp(100 * ((used - first.Used) / time.GetElapsedTime(first.At, now)) / Environment.ProcessorCount, 0, 100);
            }

            _samples.Enqueue((now, used));
            return _last;
        }
    }
}
