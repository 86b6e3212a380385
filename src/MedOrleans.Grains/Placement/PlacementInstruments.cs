using System.Diagnostics.Metrics;

namespace MedOrleans.Grains.Placement;

/// <summary>What moves between silos, for the operator's dashboards.</summary>
internal sealed class PlacementInstruments
{
    private readonly Counter<long> _moved;
    private readonly Histogram<double> _drained;

    public PlacementInstruments(IMeterFactory meters)
    {
        var meter = meters.Create("MedOrleans");
        _moved = meter.CreateCounter<long>("medorleans.activations.moved", "{activation}", "Activations that this silo sent to another, by reason: pool, drain or level.");
        _drained = meter.CreateHistogram("medorleans.silo.drain", "s", "How long the silo took to send all of its activations away.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60] });

        // A series that is there from the start: the first move of a day is a change, too.
        foreach (var reason in (string[])["pool", "drain", "level"])
        {
            Moved(reason, 0);
        }
    }

    public void Moved(string reason, int count) => _moved.Add(count, new KeyValuePair<string, object?>("reason", reason));

    public void Drained(TimeSpan duration) => _drained.Record(duration.TotalSeconds);
}
