using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>PV1 as an Encounter (segment map PV1[Encounter]).</summary>
internal static class VisitMap
{
    private const string Classes = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

    /// <summary>What a visit is known by: PV1-19, or else the account, PID-18, or PV1-50.</summary>
    public static IReadOnlyList<JsonObject> Identifiers(Hl7Types types, Hl7Message message)
    {
        var pv1 = message.Find("PV1");
        return [.. new[]
        {
            pv1 is null ? null : types.Identifier(pv1.Field(19), "VN"),
            pv1 is null ? null : types.Identifier(pv1.Field(50), "VN"),
            message.Find("PID") is { } pid ? types.Identifier(pid.Field(18), "AN") : null,
        }.OfType<JsonObject>().Take(1)];
    }

    /// <summary>The encounter that a message is about; null where it is not there.</summary>
    /// <exception cref="Hl7Exception">The message names none, or it is another patient's.</exception>
    public static async Task<(KnownResource? Known, string Id)> FindAsync(Hl7Mapping mapping, string patientId)
    {
        var pv1 = mapping.Message.Require("PV1");
        var keys = Hl7Mapping.Identifiers(new JsonObject { ["identifier"] = new JsonArray([.. Identifiers(mapping.Types, mapping.Message)]) }).ToList();
        if (keys.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The visit has no number.", pv1.At(19));
        }

        var known = await mapping.FindAsync("Encounter", keys, pv1.At(19));
        if (known is not null && known.Json["subject"]?["reference"]?.ToString() is { } subject && subject != $"Patient/{patientId}")
        {
            throw new Hl7Exception(Hl7Condition.DuplicateKeyIdentifier, "The visit is another patient's.", pv1.At(19));
        }

        return (known, known?.Id ?? mapping.IdOf("Encounter", keys[0].System, keys[0].Value));
    }

    /// <summary>The class that PV1-2 says.</summary>
    public static CodedText? Class(Hl7Message message) => message.Find("PV1") is { } pv1 && Hl7Tables.PatientClass.TryGetValue(pv1.Text(2), out var code) ? new CodedText(code, Classes) : null;

    /// <summary>What PV1 and PV2 say of an encounter besides its status, class and places, which steps change.</summary>
    /// <param name="mapping">The message.</param>
    /// <param name="known">What is there; null where nothing is.</param>
    /// <param name="patientId">The patient.</param>
    public static JsonObject Read(Hl7Mapping mapping, KnownResource? known, string patientId)
    {
        var (types, pv1) = (mapping.Types, mapping.Message.Require("PV1"));
        var encounter = new JsonObject { ["identifier"] = new JsonArray([.. Identifiers(types, mapping.Message)]) };
        if (known is null)
        {
            encounter["status"] = "planned";
            var code = Class(mapping.Message) ?? new CodedText("IMP", Classes);
            encounter["class"] = new JsonObject { ["system"] = code.System, ["code"] = code.Code };
            encounter["subject"] = Hl7Mapping.Reference("Patient", patientId);
        }

        if (pv1.Text(10) is { Length: > 0 } service)
        {
            encounter["serviceType"] = Hl7Types.V2Concept("0069", service);
        }

        if (Hl7Types.Concept(pv1.Field(4)) is { } type)
        {
            encounter["type"] = new JsonArray(type);
        }

        var participants = new[] { (7, "ATND"), (8, "REF"), (9, "CON"), (17, "ADM") }
            .SelectMany(role => pv1.Field(role.Item1).Repetitions().Select(xcn => (Person: types.Person(xcn), Code: role.Item2)))
            .Where(role => role.Person is not null)
            .Select(role => new JsonObject
            {
                ["type"] = new JsonArray(new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", ["code"] = role.Code }) }),
                ["individual"] = role.Person,
            }).ToList();
        if (participants.Count > 0)
        {
            encounter["participant"] = new JsonArray([.. participants]);
        }

        if (mapping.Message.Find("PV2") is { } pv2 && Hl7Types.Concept(pv2.Field(3)) is { } reason)
        {
            encounter["reasonCode"] = new JsonArray(reason);
        }

        return encounter;
    }

    /// <summary>A code of a v2 table as a step takes it; null where there is none.</summary>
    public static CodedText? Code(Hl7Value field, string table) => field.TextOf(1) is { Length: > 0 } code ? new CodedText(Hl7Types.Code(code), Hl7Tables.V2 + table) : null;

    /// <summary>The id of the Location where an encounter was last; null where it was nowhere.</summary>
    public static string? LastPlace(JsonObject encounter) => (encounter["location"] as JsonArray)?.OfType<JsonObject>().LastOrDefault()?["location"]?["reference"]?.ToString() is { } reference
        && reference.StartsWith("Location/", StringComparison.Ordinal) ? reference["Location/".Length..] : null;
}
