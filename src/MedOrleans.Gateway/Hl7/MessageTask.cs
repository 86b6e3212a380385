using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Hl7;

/// <summary>
/// A message as a Task of the record: what came, what became of it, and what was answered. So it is as durable, encrypted, audited and metered as everything else of the
/// hospital's, leaves with an export and is searched like it: <c>Task?identifier=urn:medorleans:hl7v2:message|&amp;status=failed</c>.
/// </summary>
internal static class MessageTask
{
    /// <summary>The system of messages by sending application, facility and control id.</summary>
    public const string System = "urn:medorleans:hl7v2:message";

    private const int MostReferences = 500;

    private static readonly TimeSpan s_round = TimeSpan.FromDays(1);

    /// <summary>The message's name: MSH-3, MSH-4 and MSH-10.</summary>
    public static string NameOf(Hl7Message message) => $"{message.Header.Text(3)}|{message.Header.Text(4)}|{message.ControlId}";

    /// <summary>The id of a message's Task: the same whenever it is sent.</summary>
    public static string IdOf(TenantId tenant, string name) => Hl7Mapping.Named($"{tenant.Value}\n{System}\n{name}").ToString("D");

    /// <summary>Whether a message was made more than a day after one of the same number, by MSH-7: control ids run round.</summary>
    public static bool IsLater(Hl7Message message, StoredMessage kept)
    {
        var line = Hl7Message.Lines(kept.Text)[0];
        var before = Hl7Delimiters.TryRead(line, out var delimiters) && Hl7Segment.Read(line, delimiters) is { } header ? Hl7Time.Parse(header.Text(7), TimeZoneInfo.Utc) : null;
        return before is { } first && Hl7Time.Parse(message.Header.Text(7), TimeZoneInfo.Utc) is { } second && second.Moment - first.Moment > s_round;
    }

    /// <summary>What a message is told from another by.</summary>
    public static string DigestOf(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A Task.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="name">The message's name.</param>
    /// <param name="text">What came.</param>
    /// <param name="message">The message; null where it could not be read.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="answer">What is answered.</param>
    /// <param name="faults">Why it was not taken; empty where it was.</param>
    /// <param name="plan">What it became; null where nothing.</param>
    /// <param name="now">The time.</param>
    public static JsonObject Make(
        string id, string name, string text, Hl7Message? message, string sender, string answer, IReadOnlyList<Hl7Fault> faults, Hl7Plan? plan, DateTimeOffset now)
    {
        var task = new JsonObject
        {
            ["resourceType"] = "Task",
            ["id"] = id,
            ["identifier"] = new JsonArray(new JsonObject { ["system"] = System, ["value"] = name }),
            ["status"] = faults.Count == 0 ? "completed" : "failed",
            ["intent"] = "order",
            ["requester"] = new JsonObject { ["display"] = sender },
            ["lastModified"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", global::System.Globalization.CultureInfo.InvariantCulture),
            ["input"] = new JsonArray(Part("message", "valueBase64Binary", Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))),
        };
        if (message is not null)
        {
            var code = new JsonObject { ["text"] = $"{message.Type}^{message.Event}" };
            if (message.Event.Length > 0)
            {
                code["coding"] = new JsonArray(new JsonObject { ["system"] = Hl7Tables.V2 + "0003", ["code"] = Hl7Types.Code(message.Event) });
            }

            task["code"] = code;
            if (Hl7Time.Parse(message.Header.Text(7), TimeZoneInfo.Utc) is { Digits: > 8 } sent)
            {
                task["authoredOn"] = sent.DateTime;
            }
        }

        if (faults.Count > 0)
        {
            task["statusReason"] = new JsonObject
            {
                ["coding"] = new JsonArray(new JsonObject { ["system"] = Hl7Tables.V2 + "0357", ["code"] = ((int)faults[0].Condition).ToString(global::System.Globalization.CultureInfo.InvariantCulture), ["display"] = faults[0].Display }),
                ["text"] = string.Join(' ', faults),
            };
        }

        if (plan?.PatientId is { } patient && faults.Count == 0)
        {
            task["for"] = Hl7Mapping.Reference("Patient", patient);
        }

        var output = new JsonArray(Part("acknowledgement", "valueBase64Binary", Convert.ToBase64String(Encoding.UTF8.GetBytes(answer))));
        foreach (var reference in faults.Count == 0 ? plan?.Became.Take(MostReferences) ?? [] : [])
        {
            output.Add(Part("resource", "valueReference", new JsonObject { ["reference"] = reference }));
        }

        task["output"] = output;
        return task;
    }

    /// <summary>What a Task says; null where it is no message's.</summary>
    public static StoredMessage? Read(StoredVersion? stored)
    {
        if (stored is not { Deleted: false } || JsonNode.Parse(stored.Body) is not JsonObject task
            || (task["identifier"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(identifier => identifier["system"]?.ToString() == System)?["value"]?.ToString() is not { } name
            || Value(task["input"], "message") is not { } text || Value(task["output"], "acknowledgement") is not { } answer)
        {
            return null;
        }

        return new StoredMessage(stored.Id, stored.Version, name, task["status"]?.ToString() ?? "", text, answer);
    }

    private static string? Value(JsonNode? parts, string name)
    {
        var value = (parts as JsonArray)?.OfType<JsonObject>().FirstOrDefault(part => part["type"]?["text"]?.ToString() == name)?["valueBase64Binary"]?.ToString();
        try
        {
            return value is null ? null : Encoding.UTF8.GetString(Convert.FromBase64String(value));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static JsonObject Part(string name, string member, JsonNode value) => new() { ["type"] = new JsonObject { ["text"] = name }, [member] = value };
}

/// <summary>A message as its Task has it.</summary>
/// <param name="Id">The Task's id.</param>
/// <param name="Version">The Task's version.</param>
/// <param name="Name">MSH-3, MSH-4 and MSH-10.</param>
/// <param name="Status"><c>completed</c> or <c>failed</c>.</param>
/// <param name="Text">What came.</param>
/// <param name="Answer">What was answered.</param>
internal sealed record StoredMessage(string Id, long Version, string Name, string Status, string Text, string Answer)
{
    /// <summary>Whether the message has had its effect.</summary>
    public bool IsDone => Status == "completed";
}
