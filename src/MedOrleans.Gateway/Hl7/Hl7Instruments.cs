using System.Diagnostics.Metrics;

namespace MedOrleans.Gateway.Hl7;

/// <summary>What is measured of HL7 v2; nothing of it names a patient.</summary>
internal sealed class Hl7Instruments
{
    private readonly Counter<long> _messages;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _refused;

    public Hl7Instruments(IMeterFactory meters)
    {
        var meter = meters.Create("MedOrleans");
        _messages = meter.CreateCounter<long>("medorleans.hl7.messages", "{message}", "HL7 v2 messages that were answered, by type, event and code of the answer (table 0008; REPEATED for one that was there).");
        _duration = meter.CreateHistogram<double>("medorleans.hl7.duration", "s", "From a whole message to its answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
        _connections = meter.CreateUpDownCounter<long>("medorleans.hl7.connections", "{connection}", "Open MLLP connections.");
        _refused = meter.CreateCounter<long>("medorleans.hl7.refused", "{connection}", "MLLP connections that fit no sender.");
    }

    public void Answered(string tenant, string type, string code, string answer, TimeSpan took)
    {
        _messages.Add(1, new("tenant", tenant), new("type", type), new("event", code), new("answer", answer));
        _duration.Record(took.TotalSeconds);
    }

    public void Connected(int change) => _connections.Add(change);

    public void Refused() => _refused.Add(1);
}
