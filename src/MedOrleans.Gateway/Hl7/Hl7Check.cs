using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Record.Fhir;

namespace MedOrleans.Gateway.Hl7;

/// <summary>What would become of a message.</summary>
/// <param name="Message">Type, event and version, <c>ADT^A01 2.5.1</c>.</param>
/// <param name="IsMapped">Whether it would be taken.</param>
/// <param name="Outcome">What it would become; or why it would not be taken.</param>
internal sealed record Hl7CheckRow(string Message, bool IsMapped, string Outcome);

/// <summary>Maps messages without a record: what a message is about is assumed to be there, or not to be there yet, as its event needs it.</summary>
internal sealed class Hl7Check(ResourceReader reader, TimeProvider time)
{
    private static readonly Hl7Sender s_sender = new(new Hl7SenderOptions { Name = "check", Tenant = "check", Processing = "PTD" });

    /// <summary>What would become of the messages of a block.</summary>
    public async Task<IReadOnlyList<Hl7CheckRow>> RunAsync(byte[] block, CancellationToken cancel)
    {
        IReadOnlyList<string> messages;
        try
        {
            messages = Hl7Batch.Split(Hl7Charset.Decode(block, s_sender.Charset, out _)).Messages;
        }
        catch (Hl7Exception unread)
        {
            return [new Hl7CheckRow("", false, unread.Fault.ToString())];
        }

        var rows = new List<Hl7CheckRow>();
        foreach (var text in messages)
        {
            rows.Add(await CheckAsync(text, cancel));
        }

        return rows;
    }

    private async Task<Hl7CheckRow> CheckAsync(string text, CancellationToken cancel)
    {
        var name = "";
        try
        {
            var message = Hl7Message.Parse(text);
            name = $"{message.Type}^{message.Event} {message.Version}";
            Hl7Intake.Check(message, s_sender);
            var mapping = new Hl7Mapping(s_sender.Tenant, message, s_sender.Types(message), new AssumedRecord(message), step => Hl7Mapping.Named($"{step}"), time.GetUtcNow(), cancel);
            await Hl7Maps.MapAsync(mapping);
            foreach (var write in mapping.Plan.Before.Concat(mapping.Plan.After))
            {
                MessageWriter.Read(reader, write);
            }

            return new Hl7CheckRow(name, true, string.Join(", ", mapping.Plan.Summary().GroupBy(what => what).Select(group => group.Count() > 1 ? $"{group.Count()} {group.Key}" : group.Key)));
        }
        catch (Hl7Exception refused)
        {
            return new Hl7CheckRow(name, false, refused.Fault.ToString());
        }
    }

    private sealed class AssumedRecord(Hl7Message message) : IHl7Record
    {
        public Task<IReadOnlyList<KnownResource>> FindAsync(string type, IReadOnlyList<(string System, string Value)> identifiers, CancellationToken cancel)
        {
            var isThere = type switch
            {
                "Encounter" => message.Event is not ("A01" or "A04" or "A05"),
                "Appointment" => message.Event is not "S12",
                "ServiceRequest" => message.Type is "ORM" or "OML" && message.Find("ORC")?.Text(1) is not ("NW" or "SN" or "PA"),
                "Patient" => message.Find("MRG") is { } mrg && identifiers.Any(identifier => mrg.Field(1).Repetitions().Any(cx => cx.TextOf(1) == identifier.Value)),
                _ => false,
            };
            return Task.FromResult<IReadOnlyList<KnownResource>>(isThere ? [new KnownResource("assumed", Assumed(type), 1)] : []);
        }

        public Task<IReadOnlyList<(string Type, KnownResource Resource)>> ReadAsync(IReadOnlyList<(string Type, string Id)> ids, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<(string Type, KnownResource Resource)>>([]);

        private static JsonObject Assumed(string type) => type switch
        {
            "Encounter" => JsonNode.Parse("""{"resourceType":"Encounter","id":"assumed","status":"in-progress","class":{"code":"IMP"}}""")!.AsObject(),
            "Appointment" => JsonNode.Parse("""{"resourceType":"Appointment","id":"assumed","status":"booked","participant":[{"status":"accepted","actor":{"display":"assumed"}}]}""")!.AsObject(),
            "ServiceRequest" => JsonNode.Parse("""{"resourceType":"ServiceRequest","id":"assumed","status":"active","intent":"order","subject":{"display":"assumed"}}""")!.AsObject(),
            _ => JsonNode.Parse("""{"resourceType":"Patient","id":"assumed"}""")!.AsObject(),
        };
    }
}
