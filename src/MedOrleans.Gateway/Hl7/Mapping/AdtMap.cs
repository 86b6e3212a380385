using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Messages of admission, discharge and transfer (HL7 v2.8, chapter 3).</summary>
internal static class AdtMap
{
    /// <summary>The events that are mapped.</summary>
    public static readonly string[] Events = ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13", "A21", "A22", "A28", "A31", "A47"];

    /// <summary>Plans what a message comes to.</summary>
    public static async Task MapAsync(Hl7Mapping mapping)
    {
        var message = mapping.Message;
        if (message.Event == "A47")
        {
            await RenumberAsync(mapping);
            return;
        }

        var patient = await PatientMap.PatientAsync(mapping, updates: true);
        if (message.Event is "A28" or "A31")
        {
            await AroundMap.MapAsync(mapping, patient, encounter: null);
            return;
        }

        if (message.Event == "A08" && (message.Find("PV1") is null || VisitMap.Identifiers(mapping.Types, message).Count == 0))
        {
            await AroundMap.MapAsync(mapping, patient, encounter: null);
            return;
        }

        var (known, id) = await VisitMap.FindAsync(mapping, patient);
        if (message.Event == "A08" && known is null)
        {
            // What is said of the patient counts; the visit is not one that anybody began here.
            await AroundMap.MapAsync(mapping, patient, encounter: null);
            return;
        }

        if (known is null && message.Event is not ("A01" or "A04" or "A05" or "A06" or "A07"))
        {
            throw new Hl7Exception(Hl7Condition.UnknownKeyIdentifier, "There is no visit of this number.", message.Require("PV1").At(19));
        }

        var status = known?.Json["status"]?.ToString();
        if (message.Event == "A11" && status == "planned")
        {
            var cancelled = VisitMap.Read(mapping, known, patient);
            cancelled["status"] = "cancelled";
            mapping.Put("Encounter", id, known, cancelled);
            return;
        }

        // An admission makes its encounter in one commit with its bed, so that one that is refused leaves none behind.
        JsonObject? made = null;
        if (known is null && message.Event != "A05")
        {
            made = VisitMap.Read(mapping, known, patient);
            mapping.Became("Encounter", id);
        }
        else
        {
            mapping.Put("Encounter", id, known, VisitMap.Read(mapping, known, patient));
        }

        if (await StepAsync(mapping, known, status, patient, made) is { } step)
        {
            mapping.Plan.Steps.Add(new EncounterAction(id, step.Step, step.Bed));
        }

        await AroundMap.MapAsync(mapping, patient, id);
    }

    private static async Task<(EncounterStep Step, string? Bed)?> StepAsync(Hl7Mapping mapping, KnownResource? known, string? status, string patient, JsonObject? made)
    {
        var message = mapping.Message;
        var pv1 = message.Require("PV1");
        var place = message.Event is "A01" or "A02" or "A04" or "A06" or "A07" or "A13" ? await PlaceMap.PlaceAsync(mapping, pv1.Field(3)) : null;
        var bed = place is { IsBed: true } ? place.Value.Id : null;
        var where = place?.Id;
        switch (message.Event)
        {
            case "A01" or "A04":
                return (Admit(message.Event == "A01" ? "IMP" : "AMB"), bed);
            case "A06" or "A07":
                var encounterClass = message.Event == "A06" ? "IMP" : VisitMap.Class(message)?.Code is { } said and not "IMP" ? said : "AMB";
                if (status is null or "planned")
                {
                    return (Admit(encounterClass), bed);
                }

                return (new TransferEncounter
                {
                    CommandId = mapping.NextCommand(),
                    At = mapping.OccurredAt(),
                    Class = new CodedText(encounterClass, "http://terminology.hl7.org/CodeSystem/v3-ActCode"),
                    LocationId = where == VisitMap.LastPlace(known!.Json) ? null : where,
                }, bed);
            case "A02":
                return (new TransferEncounter
                {
                    CommandId = mapping.NextCommand(),
                    At = mapping.OccurredAt(),
                    LocationId = where ?? throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "A transfer names the place that it leads to.", pv1.At(3)),
                }, bed);
            case "A03":
                return (new DischargeEncounter { CommandId = mapping.NextCommand(), At = mapping.OccurredAt(pv1, 45), Disposition = VisitMap.Code(pv1.Field(36), "0112") }, null);
            case "A11":
                return (new CancelAdmit { CommandId = mapping.NextCommand(), At = mapping.OccurredAt() }, null);
            case "A12":
                return (new CancelTransfer { CommandId = mapping.NextCommand() }, null);
            case "A13":
                return (new CancelDischarge { CommandId = mapping.NextCommand(), LocationId = where == VisitMap.LastPlace(known!.Json) ? null : where }, bed);
            case "A21":
                return (new LeaveEncounter { CommandId = mapping.NextCommand(), At = mapping.OccurredAt() }, null);
            case "A22":
                return (new ReturnEncounter { CommandId = mapping.NextCommand(), At = mapping.OccurredAt() }, null);
            default:
                return null;
        }

        AdmitEncounter Admit(string usual) => new()
        {
            CommandId = mapping.NextCommand(),
            At = mapping.OccurredAt(pv1, 44),
            Class = VisitMap.Class(message) is { Code: not "PRENC" } said ? said : new CodedText(usual, "http://terminology.hl7.org/CodeSystem/v3-ActCode"),
            PatientId = patient,
            Proposed = made is null ? null : Encoding.UTF8.GetBytes(made.ToJsonString()),
            LocationId = where,
            AdmitSource = VisitMap.Code(pv1.Field(14), "0023"),
        };
    }

    /// <summary>A47: the number in MRG-1 was wrong, PID-3 has the right one.</summary>
    private static async Task RenumberAsync(Hl7Mapping mapping)
    {
        var (pid, mrg) = (mapping.Message.Require("PID"), mapping.Message.Require("MRG"));
        var wrong = mrg.Field(1).Repetitions().Select(cx => mapping.Types.Identifier(cx)).OfType<JsonObject>().ToList();
        if (wrong.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The number that is changed is missing.", mrg.At(1));
        }

        var right = PatientMap.Identifiers(mapping.Types, pid);
        if (right.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The patient has no identifier.", pid.At(3));
        }

        var known = await PatientMap.CurrentAsync(mapping, await mapping.FindAsync("Patient", [.. wrong.Select(Key)], mrg.At(1)))
            ?? throw new Hl7Exception(Hl7Condition.UnknownKeyIdentifier, "There is no patient of this number.", mrg.At(1));
        if (await mapping.FindAsync("Patient", PatientMap.Keys(right), pid.At(3)) is { } other && other.Id != known.Id)
        {
            throw new Hl7Exception(Hl7Condition.DuplicateKeyIdentifier, "The new number is another patient's: A40 merges them.", pid.At(3));
        }

        var kept = (known.Json["identifier"] as JsonArray ?? []).OfType<JsonObject>().Select(identifier => identifier.DeepClone().AsObject()).ToList();
        foreach (var identifier in kept.Where(identifier => wrong.Any(number => Key(number) == Key(identifier))))
        {
            identifier["use"] = "old";
        }

        mapping.Plan.PatientId = known.Id;

        // The identifiers as a whole: what is said takes the place of what is there, and none is lost.
        mapping.Put("Patient", known.Id, known, new JsonObject { ["identifier"] = new JsonArray([.. kept, .. right.Where(number => !kept.Any(identifier => Key(identifier) == Key(number)))]) });
    }

    private static (string System, string Value) Key(JsonObject identifier) => (identifier["system"]?.ToString() ?? "", identifier["value"]?.ToString() ?? "");
}
