using System.Diagnostics.Metrics;

namespace MedOrleans.Grains.Committing;

/// <summary>What the committer tells the operator's dashboards; by database, never by tenant.</summary>
internal sealed class CommitterInstruments
{
    private readonly Histogram<int> _groupSize;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _versions;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _failures;

    public CommitterInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("MedOrleans");
        _groupSize = meter.CreateHistogram("medorleans.commit.group_size", "{commit}", "Commits that shared one transaction.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] });
        _duration = meter.CreateHistogram("medorleans.commit.duration", "s", "How long the store took to make a group durable.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });
        _versions = meter.CreateCounter<long>("medorleans.commit.versions", "{version}", "Committed versions.");
        _conflicts = meter.CreateCounter<long>("medorleans.commit.conflicts", "{commit}", "Commits that the compare-and-set refused.");
        _failures = meter.CreateCounter<long>("medorleans.commit.failures", "{commit}", "Commits whose outcome is unknown.");
    }

    public void Committed(string database, int commits, long versions, int conflicts, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("database", database);
        _groupSize.Record(commits, tag);
        _duration.Record(duration.TotalSeconds, tag);
        _versions.Add(versions, tag);
        _conflicts.Add(conflicts, tag);
    }

    public void Failed(string database, int commits) => _failures.Add(commits, new KeyValuePair<string, object?>("database", database));
}
