using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace MedOrleans.Gateway.Hl7;

/// <summary>What is measured of HL7 v2; nothing of it names a patient.</summary>
internal sealed class Hl7Instruments
{
    private readonly ConcurrentDictionary<(string Tenant, string Subscriber), double> _behind = new();
    private readonly Counter<long> _sent;
    private readonly Counter<long> _putAside;
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
        _sent = meter.CreateCounter<long>("medorleans.hl7.sent", "{message}", "HL7 v2 messages to subscribers that were answered, by event and code of the answer.");
        _putAside = meter.CreateCounter<long>("medorleans.hl7.put_aside", "{message}", "HL7 v2 messages that a subscriber would not take: its dead letters.");
        meter.CreateObservableGauge(
            "medorleans.hl7.behind", () => _behind.Select(feed => new Measurement<double>(feed.Value, new("tenant", feed.Key.Tenant), new("subscriber", feed.Key.Subscriber))),
            "s", "How old the change is that a subscriber is being told of; 0 where it knows all. Only the gateway that tells it says so.");
        _refused = meter.CreateCounter<long>("medorleans.hl7.refused", "{connection}", "MLLP connections that fit no sender.");
    }

    public void Answered(string tenant, string type, string code, string answer, TimeSpan took)
    {
        _messages.Add(1, new("tenant", tenant), new("type", type), new("event", code), new("answer", answer));
        _duration.Record(took.TotalSeconds);
    }

    public void Sent(Hl7SubscriberOptions subscriber, string code, string answer) =>
        _sent.Add(1, new("tenant", subscriber.Tenant), new("subscriber", subscriber.Name), new("event", code), new("answer", answer));

    public void PutAside(Hl7SubscriberOptions subscriber) => _putAside.Add(1, new("tenant", subscriber.Tenant), new("subscriber", subscriber.Name));

    /// <summary>Notes how far behind a subscriber is; null where another gateway tells it.</summary>
    public void Behind(Hl7SubscriberOptions subscriber, TimeSpan? behind)
    {
        if (behind is { } by)
        {
            _behind[(subscriber.Tenant, subscriber.Name)] = Math.Max(0, by.TotalSeconds);
        }
        else
        {
            _behind.TryRemove((subscriber.Tenant, subscriber.Name), out _);
        }
    }

    public void Connected(int change) => _connections.Add(change);

    public void Refused() => _refused.Add(1);
}
