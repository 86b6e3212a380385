using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Orders;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Orders (HL7 v2.8, chapter 4: ORM^O01, OML^O21, OMG^O19): ORC and OBR as a ServiceRequest, its control code as a step.</summary>
internal static class OrderMap
{
    /// <summary>Plans what a message comes to.</summary>
    public static async Task MapAsync(Hl7Mapping mapping)
    {
        var patient = await PatientMap.PatientAsync(mapping, updates: false);
        var encounter = await EncounterAsync(mapping, patient);
        var groups = mapping.Message.Groups("ORC").ToList();
        if (groups.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.SegmentSequenceError, "The message has no order.", new Hl7Location("ORC"));
        }

        foreach (var group in groups)
        {
            await MapAsync(mapping, group, patient, encounter);
        }
    }

    /// <summary>The encounter that an order or a result belongs to: the visit of PV1-19, where it is there.</summary>
    public static async Task<string?> EncounterAsync(Hl7Mapping mapping, string patient) =>
        mapping.Message.Find("PV1") is not null && VisitMap.Identifiers(mapping.Types, mapping.Message).Count > 0 ? (await VisitMap.FindAsync(mapping, patient)).Known?.Id : null;

    private static async Task MapAsync(Hl7Mapping mapping, IReadOnlyList<Hl7Segment> group, string patient, string? encounter)
    {
        var (types, orc) = (mapping.Types, group[0]);
        var obr = group.FirstOrDefault(segment => segment.Name == "OBR");
        var identifiers = IdentifiersOf(types, orc, obr);
        if (identifiers.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The order has no number.", orc.At(2));
        }

        var keys = Hl7Mapping.Identifiers(new JsonObject { ["identifier"] = new JsonArray([.. identifiers.Select(identifier => identifier.DeepClone())]) }).ToList();
        var known = await mapping.FindAsync("ServiceRequest", keys, orc.At(2));
        if (known?.Json["subject"]?["reference"]?.ToString() is { } subject && subject != $"Patient/{patient}")
        {
            throw new Hl7Exception(Hl7Condition.DuplicateKeyIdentifier, "The order is another patient's.", orc.At(2));
        }

        var id = known?.Id ?? mapping.IdOf("ServiceRequest", keys[0].System, keys[0].Value);
        OrderStep? step = orc.Text(1) switch
        {
            "NW" or "SN" or "PA" when known is null => new PlaceOrder { CommandId = mapping.NextCommand(), Proposed = Encoding.UTF8.GetBytes(Read(types, orc, obr, group, identifiers, patient, encounter, id).ToJsonString()) },
            "NW" or "SN" or "PA" => throw new Hl7Exception(Hl7Condition.DuplicateKeyIdentifier, "There is an order of this number already; XO changes it.", orc.At(2)),
            _ when known is null => throw new Hl7Exception(Hl7Condition.UnknownKeyIdentifier, "There is no order of this number.", orc.At(2)),
            "CA" or "OC" or "DC" or "OD" => new RevokeOrder { CommandId = mapping.NextCommand(), Reason = Reason(orc) },
            "HD" or "OH" => new HoldOrder { CommandId = mapping.NextCommand(), Reason = Reason(orc) },
            "RL" => new ResumeOrder { CommandId = mapping.NextCommand() },
            "XO" or "XX" or "SC" or "RP" or "NA" => null,
            _ => throw new Hl7Exception(Hl7Condition.TableValueNotFound, "This order control code is not supported; NW, SN, CA, OC, DC, OD, HD, OH, RL, XO, XX, SC and RP are.", orc.At(1)),
        };
        mapping.Became("ServiceRequest", id);
        if (step is not null)
        {
            mapping.Plan.Steps.Add(new OrderAction(id, step));
        }
        else
        {
            var changed = Read(types, orc, obr, group, identifiers, patient, encounter, id);
            changed.Remove("status");
            mapping.Put("ServiceRequest", id, known, changed);
        }
    }

    private static JsonObject Read(
        Hl7Types types, Hl7Segment orc, Hl7Segment? obr, IReadOnlyList<Hl7Segment> group, IReadOnlyList<JsonObject> identifiers, string patient, string? encounter, string id)
    {
        if (obr is null)
        {
            throw new Hl7Exception(Hl7Condition.SegmentSequenceError, "The order has no OBR: orders of other kinds (RXO, ODS, RQD) are not supported.", new Hl7Location("OBR"));
        }

        var order = new JsonObject
        {
            ["resourceType"] = "ServiceRequest",
            ["id"] = id,
            ["identifier"] = new JsonArray([.. identifiers]),
            ["status"] = "active",
            ["intent"] = "order",
            ["code"] = Hl7Types.Concept(obr.Field(4)) ?? throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The order does not say what is ordered.", obr.At(4)),
            ["subject"] = Hl7Mapping.Reference("Patient", patient),
        };
        if (encounter is not null)
        {
            order["encounter"] = Hl7Mapping.Reference("Encounter", encounter);
        }

        var tq1 = group.FirstOrDefault(segment => segment.Name == "TQ1");
        var priority = new[] { tq1?.Text(9) ?? "", obr.Text(27, 6), orc.Text(7, 6), obr.Text(5) }.FirstOrDefault(static code => code.Length > 0);
        if (priority is not null && Hl7Tables.Priority.TryGetValue(priority, out var urgency))
        {
            order["priority"] = urgency;
        }

        if ((types.TimeIfAny(orc.Text(9)) ?? types.TimeIfAny(orc.Text(15))) is { } authored)
        {
            order["authoredOn"] = authored.DateTime;
        }

        if ((tq1 is null ? null : types.TimeIfAny(tq1.Text(7))) is { } due)
        {
            order["occurrenceDateTime"] = due.DateTime;
        }

        if (types.Person(orc.Field(12).IsEmpty ? obr.Field(16) : orc.Field(12)) is { } requester)
        {
            order["requester"] = requester;
        }

        if (Hl7Types.Concept(obr.Field(31)) is { } reason)
        {
            order["reasonCode"] = new JsonArray(reason);
        }

        if (ObservationMap.Notes(group.Where(segment => segment.Name == "NTE")) is { Count: > 0 } notes)
        {
            order["note"] = notes;
        }

        return order;
    }

    /// <summary>The numbers of an order: the placer's (ORC-2, OBR-2), the filler's (ORC-3, OBR-3).</summary>
    public static IReadOnlyList<JsonObject> IdentifiersOf(Hl7Types types, Hl7Segment? orc, Hl7Segment? obr)
    {
        var found = new List<JsonObject>();
        foreach (var (field, type) in new[] { (2, "PLAC"), (3, "FILL") })
        {
            if (((orc is null ? null : types.EntityIdentifier(orc.Field(field), type)) ?? (obr is null ? null : types.EntityIdentifier(obr.Field(field), type))) is { } number)
            {
                found.Add(number);
            }
        }

        return found;
    }

    private static CodedText? Reason(Hl7Segment orc) => orc.Field(16) is { IsEmpty: false } field
        ? new CodedText(field.TextOf(1) is { Length: > 0 } code ? Hl7Types.Code(code) : null, Hl7Tables.SystemOf(field.TextOf(3)), field.TextOf(2) is { Length: > 0 } display ? display : null)
        : null;
}
