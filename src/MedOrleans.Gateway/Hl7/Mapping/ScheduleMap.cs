using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Schedules;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Schedules (HL7 v2.8, chapter 10: SIU S12 to S26): SCH and the resources of RGS as an Appointment.</summary>
internal static class ScheduleMap
{
    /// <summary>The events that are mapped; S23 to S25 block times of a schedule, and are nobody's appointment.</summary>
    public static readonly string[] Events = ["S12", "S13", "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S26"];

    /// <summary>Plans what a message comes to.</summary>
    public static async Task MapAsync(Hl7Mapping mapping)
    {
        var message = mapping.Message;
        var sch = message.Require("SCH");
        var patient = await PatientMap.PatientAsync(mapping, updates: false);
        var identifiers = new[] { mapping.Types.EntityIdentifier(sch.Field(1), "PLAC"), mapping.Types.EntityIdentifier(sch.Field(2), "FILL") }.OfType<JsonObject>().ToList();
        if (identifiers.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The appointment has no number.", sch.At(1));
        }

        var keys = Hl7Mapping.Identifiers(new JsonObject { ["identifier"] = new JsonArray([.. identifiers.Select(identifier => identifier.DeepClone())]) }).ToList();
        var known = await mapping.FindAsync("Appointment", keys, sch.At(1));
        var id = known?.Id ?? mapping.IdOf("Appointment", keys[0].System, keys[0].Value);
        if (known is null && message.Event is not ("S12" or "S13" or "S14"))
        {
            throw new Hl7Exception(Hl7Condition.UnknownKeyIdentifier, "There is no appointment of this number.", sch.At(1));
        }

        // One that has slots gives them back by its own step.
        if (known?.Json["slot"] is JsonArray { Count: > 0 } && message.Event is "S15" or "S16" or "S17" or "S26")
        {
            mapping.Plan.Steps.Add(new AppointmentAction(id, message.Event == "S26"
                ? new MarkNoShow { CommandId = mapping.NextCommand() }
                : new CancelAppointment { CommandId = mapping.NextCommand(), Reason = Reason(sch) }));
            mapping.Became("Appointment", id);
            return;
        }

        mapping.Put("Appointment", id, known, Read(mapping, sch, identifiers, patient), after: true);
    }

    private static JsonObject Read(Hl7Mapping mapping, Hl7Segment sch, IReadOnlyList<JsonObject> identifiers, string patient)
    {
        var (message, types) = (mapping.Message, mapping.Types);
        var appointment = new JsonObject
        {
            ["identifier"] = new JsonArray([.. identifiers]),
            ["status"] = message.Event switch { "S15" or "S16" => "cancelled", "S17" => "entered-in-error", "S26" => "noshow", _ => sch.Text(25) is "Pending" or "Waitlist" ? "pending" : "booked" },
        };
        if (Times(types, message, sch) is { } times)
        {
            (appointment["start"], appointment["end"]) = (times.Start.Instant, times.End.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));
            appointment["minutesDuration"] = Math.Max(1, (int)(times.End - times.Start.Moment).TotalMinutes);
        }
        else if (message.Event is "S12" or "S13" or "S14")
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The appointment has no beginning (TQ1-7, SCH-11.4, AIS-4, AIG-8, AIL-6 or AIP-6).", sch.At(11));
        }

        if (Hl7Types.Concept(sch.Field(8)) is { } type)
        {
            appointment["appointmentType"] = type;
        }

        if (Hl7Types.Concept(sch.Field(7)) is { } reason)
        {
            appointment["reasonCode"] = new JsonArray(reason);
        }

        if (appointment["status"]!.ToString() == "cancelled" && Hl7Types.Concept(sch.Field(6)) is { } why)
        {
            appointment["cancelationReason"] = why;
        }

        var services = message.All("AIS").Select(ais => Hl7Types.Concept(ais.Field(3))).OfType<JsonObject>().ToList();
        if (services.Count > 0)
        {
            appointment["serviceType"] = new JsonArray([.. services]);
        }

        var participants = new List<JsonObject> { new() { ["actor"] = Hl7Mapping.Reference("Patient", patient), ["status"] = "accepted" } };
        participants.AddRange(message.All("AIP").Select(aip => types.Person(aip.Field(3))).OfType<JsonObject>().Select(person => new JsonObject { ["actor"] = person, ["status"] = "accepted" }));
        foreach (var ail in message.All("AIL"))
        {
            string[] names = [ail.Text(3), ail.Text(3, 2), ail.Text(3, 3)];
            if (string.Join('|', names).TrimEnd('|') is { Length: > 0 } place)
            {
                participants.Add(new JsonObject { ["actor"] = new JsonObject { ["type"] = "Location", ["identifier"] = new JsonObject { ["system"] = PlaceMap.System, ["value"] = place } }, ["status"] = "accepted" });
            }
        }

        appointment["participant"] = new JsonArray([.. participants]);
        var notes = ObservationMap.Notes(message.All("NTE"));
        if (notes.Count > 0)
        {
            appointment["comment"] = string.Join('\n', notes.Select(note => note!["text"]!.ToString()));
        }

        return appointment;
    }

    private static (Hl7Time Start, DateTimeOffset End)? Times(Hl7Types types, Hl7Message message, Hl7Segment sch)
    {
        Hl7Time? start = null, end = null;
        if (message.Find("TQ1") is { } tq1)
        {
            (start, end) = (types.Time(tq1, 7), types.Time(tq1, 8));
        }

        if (start is null && sch.Text(11, 4) is { Length: > 0 } begin)
        {
            (start, end) = (Hl7Time.Parse(begin, types.Zone) ?? throw new Hl7Exception(Hl7Condition.DataTypeError, "It is no date or time.", sch.At(11, 1, 4)), types.TimeIfAny(sch.Text(11, 5)));
        }

        TimeSpan? duration = Duration(sch.Text(9), sch.Text(10));
        foreach (var (name, at, length) in new[] { ("AIS", 4, 7), ("AIG", 8, 11), ("AIL", 6, 9), ("AIP", 6, 9) })
        {
            if (message.Find(name) is { } resource)
            {
                start ??= types.Time(resource, at);
                duration ??= Duration(resource.Text(length), resource.Text(length + 1));
            }
        }

        if (start is not { Digits: > 8 } from)
        {
            return null;
        }

        var until = end is { Digits: > 8 } said && said.Moment > from.Moment ? said.Moment : from.Moment + (duration is { } span && span > TimeSpan.Zero ? span : TimeSpan.FromMinutes(15));
        return (from, until);
    }

    private static TimeSpan? Duration(string number, string unit) =>
        !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var length) || length is <= 0 or > 100_000 ? null
        : unit.ToUpperInvariant() is "S" or "SEC" ? TimeSpan.FromSeconds(length)
        : unit.ToUpperInvariant() is "H" or "HR" or "HOURS" ? TimeSpan.FromHours(length)
        : TimeSpan.FromMinutes(length);

    private static CodedText? Reason(Hl7Segment sch) => sch.Field(6) is { IsEmpty: false } field
        ? new CodedText(field.TextOf(1) is { Length: > 0 } code ? Hl7Types.Code(code) : null, Hl7Tables.SystemOf(field.TextOf(3)), null, field.TextOf(2) is { Length: > 0 } text ? text : null)
        : null;
}
