using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Hl7.Outbound;

/// <summary>
/// A message that the other end would not take, as a Task of the record: <c>Task?identifier=urn:medorleans:hl7v2:outbound|&amp;status=failed</c> are the dead letters. What is acknowledged
/// leaves no Task; the history that it was made from is there.
/// </summary>
internal sealed record UndeliveredTask(string Id, long Version, string Subscriber, string? Patient, string Text, bool IsDone)
{
    /// <summary>The system of messages to others, by subscriber and control id.</summary>
    public const string System = "urn:medorleans:hl7v2:outbound";

    /// <summary>The id of a message's Task: the same whenever it is put aside.</summary>
    public static string IdOf(TenantId tenant, string subscriber, string controlId) => Hl7Mapping.Named($"{tenant.Value}\n{System}\n{subscriber}|{controlId}").ToString("D");

    /// <summary>The Task.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="subscriber">Who was to be told.</param>
    /// <param name="content">What the message says.</param>
    /// <param name="text">The message.</param>
    /// <param name="answer">What was answered.</param>
    /// <param name="reason">Why it was not taken; null where it was in the end.</param>
    /// <param name="now">The time.</param>
    public static JsonObject Make(string id, string subscriber, (string Event, string ControlId, string? Patient) content, string text, string answer, string? reason, DateTimeOffset now)
    {
        var task = new JsonObject
        {
            ["resourceType"] = "Task",
            ["id"] = id,
            ["identifier"] = new JsonArray(new JsonObject { ["system"] = System, ["value"] = $"{subscriber}|{content.ControlId}" }),
            ["status"] = reason is null ? "completed" : "failed",
            ["intent"] = "order",
            ["code"] = new JsonObject
            {
                ["coding"] = new JsonArray(new JsonObject { ["system"] = Hl7Tables.V2 + "0003", ["code"] = content.Event }),
                ["text"] = $"ADT^{content.Event}",
            },
            ["lastModified"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            ["owner"] = new JsonObject { ["display"] = $"hl7:{subscriber}" },
            ["input"] = new JsonArray(Part("message", text)),
            ["output"] = new JsonArray(Part("acknowledgement", answer)),
        };
        if (reason is not null)
        {
            task["statusReason"] = new JsonObject { ["text"] = reason };
        }

        if (content.Patient is { } patient)
        {
            task["for"] = new JsonObject { ["reference"] = patient };
        }

        return task;
    }

    /// <summary>What a Task says; null where it is none of these.</summary>
    public static UndeliveredTask? Read(StoredVersion? stored)
    {
        if (stored is not { Deleted: false } || JsonNode.Parse(stored.Body) is not JsonObject task
            || (task["identifier"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(identifier => identifier["system"]?.ToString() == System)?["value"]?.ToString().Split('|') is not [{ Length: > 0 } subscriber, _]
            || (task["input"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault()?["valueBase64Binary"]?.ToString() is not { } text)
        {
            return null;
        }

        try
        {
            return new UndeliveredTask(stored.Id, stored.Version, subscriber, task["for"]?["reference"]?.ToString(), Encoding.UTF8.GetString(Convert.FromBase64String(text)), task["status"]?.ToString() == "completed");
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static JsonObject Part(string name, string text) => new() { ["type"] = new JsonObject { ["text"] = name }, ["valueBase64Binary"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) };
}
