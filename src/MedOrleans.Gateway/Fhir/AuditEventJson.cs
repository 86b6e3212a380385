using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir;

/// <summary>A row of the audit trail as a FHIR R4 AuditEvent (the RESTful interaction pattern of R4, auditevent.html).</summary>
internal static class AuditEventJson
{
    /// <summary>The event of a row.</summary>
    public static StoredVersion Of(AuditRow row, string baseUrl)
    {
        var id = "w-" + row.Sequence.ToString(CultureInfo.InvariantCulture);
        return new StoredVersion
        {
            Type = AuditEvents.Type,
            Id = id,
            Version = 1,
            LastUpdated = row.At,
            CommandId = row.CommandId,
            Body = Write(row, id, baseUrl),
        };
    }

    private static byte[] Write(AuditRow row, string id, string baseUrl)
    {
        var (action, subtype) = row.Kind switch
        {
            WriteKind.Create => ("C", "create"),
            WriteKind.Delete => ("D", "delete"),
            _ => ("U", "update"),
        };
        var time = row.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("resourceType"u8, AuditEvents.Type);
        json.WriteString("id"u8, id);
        json.WriteStartObject("meta"u8);
        json.WriteString("versionId"u8, "1"u8);
        json.WriteString("lastUpdated"u8, time);
        json.WriteEndObject();
        WriteCoding(json, "type", "http://terminology.hl7.org/CodeSystem/audit-event-type", "rest");
        json.WriteStartArray("subtype"u8);
        WriteCoding(json, null, "http://hl7.org/fhir/restful-interaction", subtype);
        json.WriteEndArray();
        json.WriteString("action"u8, action);
        json.WriteString("recorded"u8, time);
        json.WriteString("outcome"u8, "0"u8);
        if (row.Caller.Reason is { } reason)
        {
            json.WriteStartArray("purposeOfEvent"u8);
            json.WriteStartObject();
            json.WriteString("text"u8, reason);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        WriteAgent(json, row.Caller);
        json.WriteStartObject("source"u8);
        json.WriteStartObject("observer"u8);
        json.WriteString("display"u8, baseUrl);
        json.WriteEndObject();
        json.WriteEndObject();
        WriteEntities(json, row);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteAgent(Utf8JsonWriter json, Caller caller)
    {
        json.WriteStartArray("agent"u8);
        json.WriteStartObject();
        json.WriteStartObject("who"u8);
        json.WriteStartObject("identifier"u8);
        json.WriteString("value"u8, caller.Agent);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("name"u8, caller.Agent);
        json.WriteBoolean("requestor"u8, true);
        if (caller.Address is { } address)
        {
            json.WriteStartObject("network"u8);
            json.WriteString("address"u8, address);
            json.WriteString("type"u8, "2"u8);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteEntities(Utf8JsonWriter json, AuditRow row)
    {
        json.WriteStartArray("entity"u8);
        json.WriteStartObject();
        json.WriteStartObject("what"u8);
        json.WriteString("reference"u8, string.Create(CultureInfo.InvariantCulture, $"{row.Type}/{row.Id}/_history/{row.Version}"));
        json.WriteEndObject();
        json.WriteEndObject();
        if (row.Caller.RequestId is { } requestId)
        {
            // IHE BALP's way to say which request it was.
            json.WriteStartObject();
            json.WriteStartObject("what"u8);
            json.WriteStartObject("identifier"u8);
            json.WriteString("value"u8, requestId);
            json.WriteEndObject();
            json.WriteEndObject();
            WriteCoding(json, "type", "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCoding(Utf8JsonWriter json, string? name, string system, string code)
    {
        if (name is not null)
        {
            json.WritePropertyName(name);
        }

        json.WriteStartObject();
        json.WriteString("system"u8, system);
        json.WriteString("code"u8, code);
        json.WriteEndObject();
    }
}
