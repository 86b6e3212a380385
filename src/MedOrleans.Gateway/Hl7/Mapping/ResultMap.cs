using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Orders;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Results (HL7 v2.8, chapter 7: ORU^R01): each OBR as a DiagnosticReport with its OBX as Observations. Of an order that is there it is the result; of another it stands for itself.</summary>
internal static class ResultMap
{
    /// <summary>Plans what a message comes to.</summary>
    public static async Task MapAsync(Hl7Mapping mapping)
    {
        var patient = await PatientMap.PatientAsync(mapping, updates: false);
        var encounter = await OrderMap.EncounterAsync(mapping, patient);
        var groups = Groups(mapping.Message).ToList();
        if (groups.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.SegmentSequenceError, "The message has no report.", new Hl7Location("OBR"));
        }

        foreach (var (orc, group) in groups)
        {
            await MapAsync(mapping, orc, group, patient, encounter);
        }
    }

    private static IEnumerable<(Hl7Segment? Orc, List<Hl7Segment> Group)> Groups(Hl7Message message)
    {
        Hl7Segment? orc = null, next = null;
        List<Hl7Segment>? group = null;
        foreach (var segment in message.Segments)
        {
            if (segment.Name == "ORC")
            {
                next = segment;
            }
            else if (segment.Name == "OBR")
            {
                if (group is not null)
                {
                    yield return (orc, group);
                }

                (orc, next, group) = (next, null, []);
            }

            group?.Add(segment);
        }

        if (group is not null)
        {
            yield return (orc, group);
        }
    }

    private static async Task MapAsync(Hl7Mapping mapping, Hl7Segment? orc, List<Hl7Segment> group, string patient, string? encounter)
    {
        var (types, obr) = (mapping.Types, group[0]);
        var identifiers = OrderMap.IdentifiersOf(types, orc, obr);
        var keys = Hl7Mapping.Identifiers(new JsonObject { ["identifier"] = new JsonArray([.. identifiers.Select(identifier => identifier.DeepClone())]) }).ToList();
        var code = Hl7Types.Concept(obr.Field(4)) ?? throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The report does not say of what it is.", obr.At(4));
        var status = obr.Text(25) is { Length: > 0 } said
            ? Hl7Tables.ReportStatus.GetValueOrDefault(said) ?? throw new Hl7Exception(Hl7Condition.TableValueNotFound, "It is no code of table 0123, or one without a state in FHIR.", obr.At(25))
            : "final";

        // A report is known by the filler's number; without one by the placer's, and by what was asked.
        var filler = identifiers.Count > 0 ? identifiers[^1] : null;
        string[] name = filler is null
            ? [mapping.Message.Header.Text(3), mapping.Message.Header.Text(4), mapping.Message.ControlId, $"{obr.Sequence}"]
            : [filler["system"]!.ToString(), filler["value"]!.ToString(), obr.Field(4).Component(1).Raw];
        var id = mapping.IdOf("DiagnosticReport", name);
        var effective = types.TimeIfAny(obr.Text(7));
        var observations = Observations(mapping, group, id, patient, encounter, effective, out var forms);
        var report = new JsonObject
        {
            ["resourceType"] = "DiagnosticReport",
            ["id"] = id,
            ["status"] = status,
            ["code"] = code,
            ["subject"] = Hl7Mapping.Reference("Patient", patient),
        };
        if (identifiers.Count > 0)
        {
            report["identifier"] = new JsonArray([.. identifiers]);
        }

        if (encounter is not null)
        {
            report["encounter"] = Hl7Mapping.Reference("Encounter", encounter);
        }

        if (obr.Text(24) is { Length: > 0 } section)
        {
            report["category"] = new JsonArray(Hl7Types.V2Concept("0074", section));
        }

        if (effective is { } time)
        {
            report["effectiveDateTime"] = time.DateTime;
        }

        if (types.TimeIfAny(obr.Text(22)) is { Digits: 14 } issued)
        {
            report["issued"] = issued.Instant;
        }

        if (types.Person(NameOnly(obr.Field(32))) is { } interpreter)
        {
            report["resultsInterpreter"] = new JsonArray(interpreter);
        }

        if (forms.Count > 0)
        {
            report["presentedForm"] = forms;
        }

        var order = keys.Count == 0 ? null : await mapping.FindAsync("ServiceRequest", keys, obr.At(3));
        if (order?.Json["subject"]?["reference"]?.ToString() is { } subject && subject != $"Patient/{patient}")
        {
            throw new Hl7Exception(Hl7Condition.DuplicateKeyIdentifier, "The order is another patient's.", obr.At(2));
        }

        if (order is null)
        {
            report["result"] = new JsonArray([.. observations.Select(observation => Hl7Mapping.Reference("Observation", observation.Id))]);
            if (observations.Count == 0)
            {
                report.Remove("result");
            }

            await mapping.PutAllAsync([.. observations.Select(observation => ("Observation", observation.Id, observation.Json)), ("DiagnosticReport", id, report)]);
            return;
        }

        mapping.Plan.Steps.Add(new OrderAction(order.Id, new RecordResult
        {
            CommandId = mapping.NextCommand(),
            ReportId = id,
            Status = status,
            Report = Encoding.UTF8.GetBytes(report.ToJsonString()),
            Observations = [.. observations.Select(observation => Encoding.UTF8.GetBytes(observation.Json.ToJsonString()))],
        }));
        mapping.Became("DiagnosticReport", id);
        mapping.Became("ServiceRequest", order.Id);
    }

    private static List<(string Id, JsonObject Json)> Observations(
        Hl7Mapping mapping, List<Hl7Segment> group, string report, string patient, string? encounter, Hl7Time? effective, out JsonArray forms)
    {
        forms = [];
        var observations = new List<(string Id, JsonObject Json)>();
        for (var i = 0; i < group.Count; i++)
        {
            var obx = group[i];
            if (obx.Name == "SPM")
            {
                // What follows a specimen is about the specimen.
                break;
            }

            if (obx.Name != "OBX")
            {
                continue;
            }

            if (obx.Text(2) == "ED")
            {
                if (DocumentMap.Attachment(obx) is { } form)
                {
                    forms.Add(form);
                }

                continue;
            }

            var notes = group.Skip(i + 1).TakeWhile(segment => segment.Name == "NTE");
            if (ObservationMap.Read(mapping.Types, obx, notes, patient, encounter, effective) is { } observation)
            {
                // Several values of one kind are told apart by OBX-4, or else by their order.
                var id = mapping.IdOf("Observation", report, obx.Field(3).Component(1).Raw, obx.Field(3).Component(2).Raw, obx.Field(4).Raw);
                if (observations.Any(other => other.Id == id))
                {
                    id = mapping.IdOf("Observation", report, obx.Field(3).Raw, obx.Field(4).Raw, $"{obx.Sequence}");
                }

                observation["resourceType"] = "Observation";
                observation["id"] = id;
                observations.Add((id, observation));
            }
        }

        return observations;
    }

    // OBR-32 is an NDL: a name in its first component.
    private static Hl7Value NameOnly(Hl7Value ndl)
    {
        var d = ndl.Delimiters;
        return new Hl7Value(ndl.Component(1).Raw.Replace(d.Sub, d.Component), d);
    }
}
