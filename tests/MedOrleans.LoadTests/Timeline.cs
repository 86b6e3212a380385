using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using HdrHistogram;

namespace MedOrleans.LoadTests;

/// <summary>What happened to requests, second by second of when they were due.</summary>
internal sealed class Timeline
{
    private const long MostTicks = TimeSpan.TicksPerMinute * 5;

    private readonly Lock _lock = new();
    private readonly List<Second> _seconds = [];
    private readonly List<(double At, string What)> _events = [];
    private long _start;

    /// <summary>How many requests there were.</summary>
    public long Total => _seconds.Sum(second => second.Ok + second.Failed);

    /// <summary>How many failed: no answer, or one that is no success.</summary>
    public long Failed => _seconds.Sum(second => second.Failed);

    /// <summary>The statuses of those that failed.</summary>
    public SortedDictionary<int, long> Failures { get; } = [];

    /// <summary>How many silos there are now, as the drawing shows it.</summary>
    public Func<int> Silos { get; set; } = static () => 0;

    /// <summary>How long it runs already.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_start);

    /// <summary>Begins to count the time.</summary>
    public void Begin() => _start = Stopwatch.GetTimestamp();

    /// <summary>
    /// Sends requests when they are due, whether the ones before have been answered or not, and counts an answer's time from then: a server that stalls is seen by all who would
    /// have come meanwhile.
    /// </summary>
    /// <param name="length">How long.</param>
    /// <param name="rate">Requests a second, by the time since the start.</param>
    /// <param name="send">Sends the request of a number, and gives its status.</param>
    public async Task RunAsync(TimeSpan length, Func<TimeSpan, double> rate, Func<long, Task<int>> send)
    {
        Begin();
        var due = Channel.CreateUnbounded<(long Number, double At)>(new UnboundedChannelOptions { SingleWriter = true });
        var senders = Enumerable.Range(0, 512).Select(_ => Task.Run(async () =>
        {
            await foreach (var (number, at) in due.Reader.ReadAllAsync())
            {
                var status = await send(number);
                Record(at, status, Now - TimeSpan.FromSeconds(at));
            }
        })).ToList();
        using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var (next, count) = (0.0, 0L);
        while (next < length.TotalSeconds)
        {
            for (var now = Now.TotalSeconds; next <= now && next < length.TotalSeconds; next += 1 / Math.Max(0.1, rate(TimeSpan.FromSeconds(next))))
            {
                due.Writer.TryWrite((count++, next));
            }

            await clock.WaitForNextTickAsync();
        }

        due.Writer.Complete();
        await Task.WhenAll(senders);
    }

    /// <summary>Notes that something happens now.</summary>
    public void Note(string what)
    {
        lock (_lock)
        {
            _events.Add((Now.TotalSeconds, what));
        }

        Console.WriteLine($"{Now.TotalSeconds,6:0.0} s  {what}");
    }

    /// <summary>A percentile of what succeeded, in milliseconds, of the requests that were due in a time.</summary>
    public double Milliseconds(double percentile, double from = 0, double to = double.MaxValue)
    {
        var all = new LongHistogram(MostTicks, 3);
        foreach (var second in _seconds.Where((_, i) => i >= from && i < to))
        {
            all.Add(second.Latency);
        }

        return all.TotalCount == 0 ? 0 : all.GetValueAtPercentile(percentile) / (double)TimeSpan.TicksPerMillisecond;
    }

    /// <summary>The seconds, for JSON.</summary>
    public IEnumerable<object> ToJson() => _seconds.Select((second, i) => new { second = i, ok = second.Ok, failed = second.Failed, p50 = Round(second, 50), p99 = Round(second, 99), silos = second.Silos });

    /// <summary>The events, for JSON.</summary>
    public IEnumerable<object> EventsToJson() => _events.Select(one => new { at = Math.Round(one.At, 1), what = one.What });

    /// <summary>The drawing: rate, latency, silos, errors.</summary>
    public string ToSvg(string title)
    {
        const int Width = 1000, Left = 70, Height = 150;
        var count = Math.Max(1, _seconds.Count);
        double X(double second) => Left + (second / count * (Width - Left - 20));
        var svg = new StringBuilder().Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} 720" font-family="system-ui, sans-serif" font-size="12" fill="#333">
            <rect width="100%" height="100%" fill="#fff"/><text x="{Left}" y="22" font-size="16" font-weight="600">{title}</text>

            """);
        Panel(40, "answered a second, by when they were due (red: failed)", [(second => second.Ok, "#0b6e63"), (second => second.Failed, "#c0262d")], log: false);
        Panel(260, "latency, ms: p50 and p99, logarithmic", [(second => Round(second, 50), "#0b6e63"), (second => Round(second, 99), "#b3541e")], log: true);
        Panel(480, "silos", [(second => second.Silos, "#34508f")], log: false);
        foreach (var (at, what) in _events)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(at):0.#}\" x2=\"{X(at):0.#}\" y1=\"50\" y2=\"660\" stroke=\"#999\" stroke-dasharray=\"3 3\"/><text transform=\"translate({X(at) + 4:0.#} 672) rotate(12)\" font-size=\"11\">{System.Security.SecurityElement.Escape(what)}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        void Panel(int top, string name, (Func<Second, double> Value, string Colour)[] lines, bool log)
        {
            var most = Math.Max(log ? 10 : 1, _seconds.Count == 0 ? 1 : _seconds.Max(second => lines.Max(line => line.Value(second))));
            double Y(double value) => top + 20 + Height - ((log ? Math.Max(0, Math.Log10(Math.Max(1, value))) / Math.Log10(most) : value / most) * Height);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{top + 12}\">{name}</text>\n");
            foreach (var value in log ? Enumerable.Range(0, 6).Select(power => Math.Pow(10, power)).Where(value => value <= most) : [0, most / 2, most])
            {
                svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - 20}\" y1=\"{Y(value):0.#}\" y2=\"{Y(value):0.#}\" stroke=\"#ddd\"/><text x=\"{Left - 8}\" y=\"{Y(value) + 4:0.#}\" text-anchor=\"end\">{value:0.#}</text>\n");
            }

            foreach (var (value, colour) in lines)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" d=\"{string.Join(' ', _seconds.Select((second, i) => string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{X(i + 0.5):0.#} {Y(value(second)):0.#}")))}\"/>\n");
            }
        }
    }

    /// <summary>Counts what became of a request.</summary>
    /// <param name="at">When it was due, in seconds since the beginning.</param>
    /// <param name="status">Its HTTP status; 0 for no answer.</param>
    /// <param name="took">From when it was due to its answer.</param>
    public void Record(double at, int status, TimeSpan took)
    {
        lock (_lock)
        {
            while (_seconds.Count <= (int)at)
            {
                _seconds.Add(new Second { Silos = Silos() });
            }

            var second = _seconds[(int)at];
            if (status is >= 200 and < 300)
            {
                second.Ok++;
                second.Latency.RecordValue(Math.Clamp(took.Ticks, 1, MostTicks));
            }
            else
            {
                second.Failed++;
                Failures[status] = Failures.GetValueOrDefault(status) + 1;
            }
        }
    }

    private static double Round(Second second, double percentile) => second.Latency.TotalCount == 0 ? 0 : Math.Round(second.Latency.GetValueAtPercentile(percentile) / (double)TimeSpan.TicksPerMillisecond, 2);

    private sealed class Second
    {
        public long Ok { get; set; }

        public long Failed { get; set; }

        public int Silos { get; init; }

        public LongHistogram Latency { get; } = new(MostTicks, 2);
    }
}
