using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Patients;

namespace MedOrleans.Grains.Patients;

/// <summary>What a registration makes.</summary>
internal static class PatientRules
{
    /// <summary>The Patient (R4) that a registration desk's entries make, as UTF-8 JSON.</summary>
    public static byte[] Register(string id, RegisterPatient command)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resourceType"u8, "Patient"u8);
            json.WriteString("id"u8, id);
            if (command.Identifier is { } identifier)
            {
                json.WriteStartArray("identifier"u8);
                json.WriteStartObject();
                if (command.IdentifierSystem is { } system)
                {
                    json.WriteString("system"u8, system);
                }

                json.WriteString("value"u8, identifier);
                json.WriteEndObject();
                json.WriteEndArray();
            }

            json.WriteBoolean("active"u8, true);
            json.WriteStartArray("name"u8);
            json.WriteStartObject();
            json.WriteString("use"u8, "official"u8);
            json.WriteString("family"u8, command.Family);
            if (command.Given.Count > 0)
            {
                json.WriteStartArray("given"u8);
                foreach (var given in command.Given)
                {
                    json.WriteStringValue(given);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteEndArray();
            if (command.Gender is { } gender)
            {
                json.WriteString("gender"u8, gender);
            }

            if (command.BirthDate is { } born)
            {
                json.WriteString("birthDate"u8, born.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
