using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Outbound;

/// <summary>What an ADT message says.</summary>
/// <param name="Event">The event.</param>
/// <param name="ControlId">MSH-10.</param>
/// <param name="At">When it was committed.</param>
/// <param name="Patient">The patient.</param>
internal sealed record AdtContent(string Event, string ControlId, DateTimeOffset At, JsonObject Patient)
{
    /// <summary>The patient that was merged into <see cref="Patient"/>; null where none was.</summary>
    public JsonObject? Merged { get; init; }

    /// <summary>The visit; null where the event is about the patient alone.</summary>
    public JsonObject? Encounter { get; init; }

    /// <summary>Names of places, point of care, room and bed, by their reference.</summary>
    public IReadOnlyDictionary<string, string[]> Places { get; init; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    /// <summary>Practitioners, by their reference.</summary>
    public IReadOnlyDictionary<string, JsonObject> People { get; init; } = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
}

/// <summary>Writes ADT messages of v2.5.1, by the tables that messages are read by.</summary>
internal sealed class AdtMessage(Hl7SubscriberOptions subscriber)
{
    private static readonly Hl7Delimiters s_usual = Hl7Delimiters.Usual;
    private static readonly Dictionary<string, string> s_genders = new() { ["female"] = "F", ["male"] = "M", ["other"] = "O", ["unknown"] = "U" };
    private static readonly Dictionary<string, string> s_classes = new() { ["EMER"] = "E", ["AMB"] = "O", ["PRENC"] = "P", ["VR"] = "O", ["HH"] = "O", ["FLD"] = "O" };
    private static readonly Dictionary<string, string> s_nameUses = new() { ["official"] = "L", ["usual"] = "D", ["maiden"] = "M", ["nickname"] = "N", ["anonymous"] = "S", ["old"] = "BAD", ["temp"] = "NB" };
    private static readonly Dictionary<string, string> s_addressUses = new() { ["home"] = "H", ["work"] = "B", ["temp"] = "C", ["old"] = "BA", ["billing"] = "BI" };
    private static readonly Dictionary<string, string> s_structures = new()
    {
        ["A04"] = "ADT_A01",
        ["A08"] = "ADT_A01",
        ["A13"] = "ADT_A01",
        ["A28"] = "ADT_A05",
        ["A31"] = "ADT_A05",
        ["A07"] = "ADT_A06",
        ["A11"] = "ADT_A09",
        ["A22"] = "ADT_A21",
        ["A40"] = "ADT_A39",
    };

    private readonly Dictionary<string, string> _authorities = subscriber.Authorities.GroupBy(pair => pair.Value, pair => pair.Key).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    /// <summary>The message.</summary>
    public string Write(AdtContent content)
    {
        var text = new StringBuilder();
        var now = Stamp(content.At);
        Segment(text, "MSH", [
            s_usual.Encoding, Escape(subscriber.Application), Escape(subscriber.Facility.Length > 0 ? subscriber.Facility : subscriber.Tenant), Escape(subscriber.ReceivingApplication),
            Escape(subscriber.ReceivingFacility), now, "", $"ADT^{content.Event}^{s_structures.GetValueOrDefault(content.Event, $"ADT_{content.Event}")}", content.ControlId, "P", "2.5.1", "", "", "", "", "", "UNICODE UTF-8"]);
        Segment(text, "EVN", [content.Event, now, "", "", "", content.Encounter is { } visit ? Stamp(OccurredAt(content.Event, visit)) : ""]);
        Segment(text, "PID", Pid(content.Patient));
        if (content.Merged is { } merged)
        {
            Segment(text, "MRG", [Identifiers(merged), "", "", "", "", "", Repeat(Members(merged, "name"), Name)]);
        }
        else
        {
            Segment(text, "PV1", content.Encounter is { } encounter ? Pv1(encounter, content) : ["1", "N"]);
        }

        return text.ToString();
    }

    private string[] Pid(JsonObject patient)
    {
        var fields = New(30);
        fields[0] = "1";
        fields[2] = Identifiers(patient);
        fields[4] = Repeat(Members(patient, "name"), Name);
        fields[6] = Digits(Text(patient["birthDate"]));
        fields[7] = s_genders.GetValueOrDefault(Text(patient["gender"]), "");
        fields[10] = Repeat(Members(patient, "address"), Address);
        var telecoms = Members(patient, "telecom").ToList();
        fields[12] = Repeat(telecoms.Where(telecom => Text(telecom["use"]) != "work"), Telecom);
        fields[13] = Repeat(telecoms.Where(telecom => Text(telecom["use"]) == "work"), Telecom);
        fields[14] = Concept(Members(patient, "communication").FirstOrDefault()?["language"]);
        fields[15] = Escape(Text(patient["maritalStatus"]?["coding"]?[0]?["code"]));
        fields[23] = Flag(patient["multipleBirthBoolean"]);
        fields[24] = patient["multipleBirthInteger"]?.ToString() ?? "";
        fields[28] = Text(patient["deceasedDateTime"]) is { Length: <= 10 } day ? Digits(day) : Stamp(Time(patient["deceasedDateTime"]));
        fields[29] = fields[28].Length > 0 ? "Y" : Flag(patient["deceasedBoolean"]);
        return fields;
    }

    private string[] Pv1(JsonObject encounter, AdtContent content)
    {
        var fields = New(45);
        var places = Members(encounter, "location").ToList();
        var last = places.LastOrDefault();
        fields[0] = "1";
        fields[1] = Text(encounter["status"]) == "planned" ? "P" : s_classes.GetValueOrDefault(Text(encounter["class"]?["code"]), "I");
        fields[2] = Place(last, content);
        fields[3] = Concept(Members(encounter, "type").FirstOrDefault());
        fields[5] = content.Event is "A02" or "A06" or "A07" && places.Count > 1 ? Place(places[^2], content) : "";
        foreach (var (field, role) in new[] { (6, "ATND"), (7, "REF"), (8, "CON"), (16, "ADM") })
        {
            fields[field] = Repeat(Members(encounter, "participant").Where(person => Members(person, "type").Any(type => Text(type["coding"]?[0]?["code"]) == role)), person => Person(person["individual"], content));
        }

        fields[9] = Escape(Text(encounter["serviceType"]?["coding"]?[0]?["code"]));
        fields[13] = Escape(Text(encounter["hospitalization"]?["admitSource"]?["coding"]?[0]?["code"]));
        fields[18] = Members(encounter, "identifier").OrderBy(identifier => Text(identifier["type"]?["coding"]?[0]?["code"]) == "VN" ? 0 : 1).Select(Identifier).FirstOrDefault(static number => number.Length > 0)
            ?? $"{Escape(Text(encounter["id"]))}^^^{Escape(subscriber.Application)}^VN";
        fields[35] = Escape(Text(encounter["hospitalization"]?["dischargeDisposition"]?["coding"]?[0]?["code"]));
        fields[43] = Stamp(Time(encounter["period"]?["start"]));
        fields[44] = Stamp(Time(encounter["period"]?["end"]));
        return fields;
    }

    private static DateTimeOffset? OccurredAt(string code, JsonObject encounter) => code switch
    {
        "A01" or "A04" => Time(encounter["period"]?["start"]),
        "A03" => Time(encounter["period"]?["end"]),
        "A02" or "A06" or "A07" => Time(Members(encounter, "location").LastOrDefault()?["period"]?["start"]),
        _ => null,
    };

    private string Identifiers(JsonObject resource) => Repeat(Members(resource, "identifier").Where(identifier => Text(identifier["use"]) != "old"), Identifier) is { Length: > 0 } numbers
        ? numbers : $"{Escape(Text(resource["id"]))}^^^{Escape(subscriber.Application)}^PI";

    private string Identifier(JsonObject identifier) => Text(identifier["value"]) is { Length: > 0 } value
        ? $"{Escape(value)}^^^{Authority(Text(identifier["system"]))}^{Escape(Text(identifier["type"]?["coding"]?[0]?["code"]))}".TrimEnd('^') : "";

    private string Authority(string system)
    {
        const string Named = "urn:medorleans:hl7v2:authority:", Facility = "urn:medorleans:hl7v2:facility:", Oid = "urn:oid:", Uuid = "urn:uuid:";
        return _authorities.TryGetValue(system, out var configured) ? Escape(configured)
            : system.StartsWith(Named, StringComparison.Ordinal) ? Escape(Uri.UnescapeDataString(system[Named.Length..]))
            : system.StartsWith(Facility, StringComparison.Ordinal) ? Escape(Uri.UnescapeDataString(system[Facility.Length..]))
            : system.StartsWith(Oid, StringComparison.Ordinal) ? $"&{Escape(system[Oid.Length..])}&ISO"
            : system.StartsWith(Uuid, StringComparison.Ordinal) ? $"&{Escape(system[Uuid.Length..])}&UUID"
            : system.Length > 0 ? $"&{Escape(system)}&URI" : "";
    }

    private static string Place(JsonObject? entry, AdtContent content) =>
        entry is not null && content.Places.TryGetValue(Text(entry["location"]?["reference"]), out var names) ? string.Join('^', names.Select(Escape)).TrimEnd('^') : "";

    private string Person(JsonNode? reference, AdtContent content)
    {
        if (content.People.TryGetValue(Text(reference?["reference"]), out var person))
        {
            var number = Members(person, "identifier").FirstOrDefault();
            var name = Members(person, "name").FirstOrDefault();
            return $"{Escape(Text(number?["value"]))}^{Escape(Text(name?["family"]))}^{Escape(Text(name?["given"]?[0]))}^^^^^^{Authority(Text(number?["system"]))}".TrimEnd('^');
        }

        return $"{Escape(Text(reference?["identifier"]?["value"]))}^{Escape(Text(reference?["display"]))}^^^^^^^{Authority(Text(reference?["identifier"]?["system"]))}".TrimEnd('^');
    }

    private static string Name(JsonObject name)
    {
        var given = (name["given"] as JsonArray ?? []).Select(Text).ToList();
        return Text(name["family"]).Length + given.Count == 0 ? Escape(Text(name["text"]))
            : string.Join('^', Escape(Text(name["family"])), Escape(given.FirstOrDefault() ?? ""), Escape(string.Join(' ', given.Skip(1))), Escape(Text(name["suffix"]?[0])), Escape(Text(name["prefix"]?[0])), "",
                s_nameUses.GetValueOrDefault(Text(name["use"]), "")).TrimEnd('^');
    }

    private static string Address(JsonObject address)
    {
        var lines = (address["line"] as JsonArray ?? []).Select(Text).ToList();
        return string.Join('^', Escape(lines.FirstOrDefault() ?? ""), Escape(string.Join(", ", lines.Skip(1))), Escape(Text(address["city"])), Escape(Text(address["state"])), Escape(Text(address["postalCode"])),
            Escape(Text(address["country"])), s_addressUses.GetValueOrDefault(Text(address["use"]), "")).TrimEnd('^');
    }

    private static string Telecom(JsonObject telecom)
    {
        var (value, work) = (Escape(Text(telecom["value"])), Text(telecom["use"]) == "work");
        return value.Length == 0 ? "" : Text(telecom["system"]) switch
        {
            "email" => $"^NET^Internet^{value}",
            "fax" => $"{value}^{(work ? "WPN" : "PRN")}^FX",
            _ => $"{value}^{(work ? "WPN" : "PRN")}^{(Text(telecom["use"]) == "mobile" ? "CP" : "PH")}",
        };
    }

    private static string Concept(JsonNode? concept) => $"{Escape(Text(concept?["coding"]?[0]?["code"]))}^{Escape(Text(concept?["text"]) is { Length: > 0 } text ? text : Text(concept?["coding"]?[0]?["display"]))}".TrimEnd('^');

    private static string Flag(JsonNode? value) => value is null ? "" : value.GetValueKind() == System.Text.Json.JsonValueKind.True ? "Y" : "N";

    private static string Digits(string date) => date.Replace("-", "", StringComparison.Ordinal);

    private static DateTimeOffset? Time(JsonNode? node) => Text(node) is { Length: > 10 } text
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private string Stamp(DateTimeOffset? time) => time is { } at
        ? TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(subscriber.TimeZone)).ToString("yyyyMMddHHmmsszzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal) : "";

    private static void Segment(StringBuilder text, string name, string[] fields)
    {
        var last = fields.Length;
        while (last > 0 && fields[last - 1].Length == 0)
        {
            last--;
        }

        text.Append(name).Append(s_usual.Field).AppendJoin(s_usual.Field, fields.Take(last)).Append(Hl7Message.Terminator);
    }

    private static string[] New(int count)
    {
        var fields = new string[count];
        Array.Fill(fields, "");
        return fields;
    }

    private static string Repeat(IEnumerable<JsonObject> members, Func<JsonObject, string> write) => string.Join(s_usual.Repetition, members.Select(write).Where(static field => field.Length > 0));

    private static IEnumerable<JsonObject> Members(JsonObject resource, string name) => (resource[name] as JsonArray ?? []).OfType<JsonObject>();

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static string Escape(string text) => Hl7Text.Escape(text, s_usual);
}
