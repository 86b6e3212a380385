using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Documents (HL7 v2.8, chapter 9: MDM with content): TXA and OBX as a DocumentReference.</summary>
internal static class DocumentMap
{
    /// <summary>The events that are mapped: those with content.</summary>
    public static readonly string[] Events = ["T02", "T04", "T06", "T08", "T10"];

    /// <summary>Plans what a message comes to.</summary>
    public static async Task MapAsync(Hl7Mapping mapping)
    {
        var patient = await PatientMap.PatientAsync(mapping, updates: false);
        var encounter = await OrderMap.EncounterAsync(mapping, patient);
        var (types, txa) = (mapping.Types, mapping.Message.Require("TXA"));
        var number = types.EntityIdentifier(txa.Field(12), "FILL")
            ?? throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The document has no number.", txa.At(12));
        var id = mapping.IdOf("DocumentReference", number["system"]!.ToString(), number["value"]!.ToString());
        var contents = Contents(mapping.Message).ToList();
        if (contents.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.SegmentSequenceError, "The document has no content.", new Hl7Location("OBX"));
        }

        var document = new JsonObject
        {
            ["masterIdentifier"] = number,
            ["status"] = "current",
            ["docStatus"] = txa.Text(17) switch { "AU" or "LA" or "" => "final", "CA" => "entered-in-error", _ => "preliminary" },
            ["type"] = txa.Text(2) is { Length: > 0 } type ? Hl7Types.V2Concept("0270", type) : throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The document has no type.", txa.At(2)),
            ["subject"] = Hl7Mapping.Reference("Patient", patient),
            ["content"] = new JsonArray([.. contents.Select(attachment => new JsonObject { ["attachment"] = attachment })]),
        };
        if ((types.TimeIfAny(txa.Text(6)) ?? types.TimeIfAny(txa.Text(4))) is { Digits: > 8 } written)
        {
            document["date"] = written.Moment.ToString("yyyy-MM-ddTHH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture);
        }

        var authors = txa.Field(9).Repetitions().Concat(txa.Field(5).Repetitions()).Select(xcn => types.Person(xcn)).OfType<JsonObject>().Take(1).ToList();
        if (authors.Count > 0)
        {
            document["author"] = new JsonArray([.. authors]);
        }

        if (encounter is not null)
        {
            document["context"] = new JsonObject { ["encounter"] = new JsonArray(Hl7Mapping.Reference("Encounter", encounter)) };
        }

        if (mapping.Message.Event is "T06" or "T10")
        {
            var parent = types.EntityIdentifier(txa.Field(13), "FILL")
                ?? throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The document that this one adds to or replaces is missing.", txa.At(13));
            var parentId = mapping.IdOf("DocumentReference", parent["system"]!.ToString(), parent["value"]!.ToString());
            var known = (await mapping.ReadAsync([("DocumentReference", parentId)])).Select(found => found.Resource).FirstOrDefault();
            document["relatesTo"] = new JsonArray(new JsonObject
            {
                ["code"] = mapping.Message.Event == "T06" ? "appends" : "replaces",
                ["target"] = known is null ? new JsonObject { ["identifier"] = parent } : Hl7Mapping.Reference("DocumentReference", parentId),
            });
            if (known is not null && mapping.Message.Event == "T10")
            {
                mapping.Put("DocumentReference", parentId, known, new JsonObject { ["status"] = "superseded" }, after: true);
            }
        }

        await mapping.PutAllAsync([("DocumentReference", id, document)]);
    }

    /// <summary>An OBX of type ED as an Attachment; null where it is empty.</summary>
    /// <exception cref="Hl7Exception">Its data are not what they say.</exception>
    public static JsonObject? Attachment(Hl7Segment obx)
    {
        var value = obx.Field(5);
        var (main, sub, encoding, data) = (value.TextOf(2), value.TextOf(3), value.TextOf(4), value.First.Raw.Split(obx.Delimiters.Component, 5) is [_, _, _, _, var last] ? new Hl7Value(last, obx.Delimiters).Text : "");
        if (data.Length == 0)
        {
            return null;
        }

        byte[] bytes;
        try
        {
            bytes = encoding.ToUpperInvariant() switch
            {
                "BASE64" => Convert.FromBase64String(new string([.. data.Where(static c => !char.IsWhiteSpace(c))])),
                "HEX" => Convert.FromHexString(data),
                _ => Encoding.UTF8.GetBytes(data),
            };
        }
        catch (FormatException)
        {
            throw new Hl7Exception(Hl7Condition.DataTypeError, "The data are not in the encoding that they say.", obx.At(5, 1, 5));
        }

        var kind = (main.ToUpperInvariant(), sub.ToUpperInvariant()) switch
        {
            (_, "PDF") => "application/pdf",
            (_, "RTF") => "application/rtf",
            ("TEXT" or "TX" or "FT", "") or (_, "PLAIN") => "text/plain",
            (_, "HTML") => "text/html",
            (_, "XML") => "application/xml",
            (_, "JPEG" or "JPG") => "image/jpeg",
            (_, "PNG") => "image/png",
            _ when main.Contains('/', StringComparison.Ordinal) => main,
            _ => "application/octet-stream",
        };
        var attachment = new JsonObject { ["contentType"] = kind, ["data"] = Convert.ToBase64String(bytes) };
        Hl7Types.Set(attachment, "title", obx.Text(3, 2));
        return attachment;
    }

    private static IEnumerable<JsonObject> Contents(Hl7Message message)
    {
        var lines = new List<string>();
        foreach (var obx in message.All("OBX"))
        {
            if (obx.Text(2) == "ED")
            {
                if (Attachment(obx) is { } attachment)
                {
                    yield return attachment;
                }
            }
            else if (obx.Text(2) == "RP" && obx.Text(5) is { Length: > 0 } pointer)
            {
                yield return new JsonObject { ["url"] = pointer };
            }
            else
            {
                lines.AddRange(obx.Field(5).Repetitions().Select(ObservationMap.Plain));
            }
        }

        if (lines.Any(static line => line.Length > 0))
        {
            yield return new JsonObject { ["contentType"] = "text/plain; charset=utf-8", ["data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Join('\n', lines))) };
        }
    }
}
