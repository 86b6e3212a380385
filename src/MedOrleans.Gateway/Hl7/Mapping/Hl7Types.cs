using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Data types of HL7 v2 as FHIR R4 has them (the data type maps of the HL7 "v2-to-FHIR" implementation guide).</summary>
/// <param name="zone">The sender's time zone.</param>
/// <param name="facility">The sender's facility, MSH-4.1: whose numbers they are that name no authority.</param>
/// <param name="authorities">Systems of assigning authorities, by their name.</param>
internal sealed class Hl7Types(TimeZoneInfo zone, string facility, IReadOnlyDictionary<string, string> authorities)
{
    /// <summary>The sender's time zone.</summary>
    public TimeZoneInfo Zone => zone;

    /// <summary>The system of an assigning authority (HD).</summary>
    public string SystemOf(Hl7Value authority)
    {
        var (name, id, type) = (authority.Sub(1).Text, authority.Sub(2).Text, authority.Sub(3).Text);
        return authorities.TryGetValue(name, out var configured) ? configured
            : id.Length > 0 && type is "ISO" or "" && id.All(static c => char.IsAsciiDigit(c) || c == '.') && id.Length > 0 ? $"urn:oid:{id}"
            : id.Length > 0 && type is "UUID" or "GUID" ? $"urn:uuid:{id}"
            : id.Length > 0 && type is "URI" ? id
            : name.Length > 0 ? $"urn:medorleans:hl7v2:authority:{Uri.EscapeDataString(name)}"
            : $"urn:medorleans:hl7v2:facility:{Uri.EscapeDataString(facility)}";
    }

    /// <summary>CX as an Identifier; null where there is no number.</summary>
    public JsonObject? Identifier(Hl7Value cx, string? type = null)
    {
        if (cx.TextOf(1) is not { Length: > 0 } number)
        {
            return null;
        }

        var identifier = new JsonObject();
        if (cx.TextOf(5) is { Length: > 0 } given)
        {
            type = given;
        }

        if (type is not null)
        {
            identifier["type"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = Hl7Tables.V2 + "0203", ["code"] = Code(type) }) };
        }

        identifier["system"] = SystemOf(cx.Component(4));
        identifier["value"] = number;
        SetPeriod(identifier, cx.TextOf(7), cx.TextOf(8));
        return identifier;
    }

    /// <summary>EI as an Identifier (its authority begins at the second component); null where there is no number.</summary>
    public JsonObject? EntityIdentifier(Hl7Value ei, string type)
    {
        if (ei.TextOf(1) is not { Length: > 0 } number)
        {
            return null;
        }

        var d = ei.Delimiters;
        var authority = ei.Component(2).IsEmpty && ei.Component(3).IsEmpty ? new Hl7Value("", d) : new Hl7Value(string.Join(d.Sub, ei.Component(2).Raw, ei.Component(3).Raw, ei.Component(4).Raw), d);
        return new JsonObject
        {
            ["type"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = Hl7Tables.V2 + "0203", ["code"] = type }) },
            ["system"] = SystemOf(authority),
            ["value"] = number,
        };
    }

    /// <summary>XPN as a HumanName; null where there is no name.</summary>
    public static JsonObject? Name(Hl7Value xpn)
    {
        var name = new JsonObject();
        if (Hl7Tables.NameUse.TryGetValue(xpn.TextOf(7), out var use))
        {
            name["use"] = use;
        }

        Set(name, "family", xpn.TextOf(1));
        var given = new[] { xpn.TextOf(2) }.Concat(xpn.TextOf(3).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(static part => part.Length > 0).ToList();
        if (given.Count > 0)
        {
            name["given"] = Texts(given);
        }

        var suffix = new[] { xpn.TextOf(4), xpn.TextOf(6) }.Where(static part => part.Length > 0).ToList();
        if (xpn.TextOf(5) is { Length: > 0 } prefix)
        {
            name["prefix"] = Texts([prefix]);
        }

        if (suffix.Count > 0)
        {
            name["suffix"] = Texts(suffix);
        }

        return name.ContainsKey("family") || name.ContainsKey("given") ? name : null;
    }

    /// <summary>XAD as an Address; null where there is none.</summary>
    public static JsonObject? Address(Hl7Value xad)
    {
        var address = new JsonObject();
        var type = xad.TextOf(7);
        var lines = new[] { string.Join(' ', new[] { xad.Component(1).Sub(1).Text, xad.Component(1).Sub(2).Text }.Where(static part => part.Length > 0)), xad.TextOf(2) }.Where(static line => line.Length > 0).ToList();
        if (lines.Count > 0)
        {
            address["line"] = Texts(lines);
        }

        Set(address, "city", xad.TextOf(3));
        Set(address, "district", xad.TextOf(9));
        Set(address, "state", xad.TextOf(4));
        Set(address, "postalCode", xad.TextOf(5));
        Set(address, "country", xad.TextOf(6));
        if (address.Count == 0)
        {
            return null;
        }

        if (type == "M")
        {
            address["type"] = "postal";
        }
        else if (Hl7Tables.AddressUse.TryGetValue(type, out var use))
        {
            address["use"] = use;
        }

        return address;
    }

    /// <summary>XTN as a ContactPoint; null where there is none.</summary>
    /// <param name="xtn">The value.</param>
    /// <param name="use">What it is used for where it does not say.</param>
    public static JsonObject? Telecom(Hl7Value xtn, string? use = null)
    {
        var system = xtn.TextOf(3);
        var mail = xtn.TextOf(4);
        var isMail = mail.Length > 0 && (system is "Internet" or "" || mail.Contains('@', StringComparison.Ordinal));
        var parts = new[] { xtn.TextOf(5) is { Length: > 0 } country ? "+" + country.TrimStart('+') : "", xtn.TextOf(6), xtn.TextOf(7) }.Where(static part => part.Length > 0).ToList();
        var value = isMail ? mail : xtn.TextOf(12) is { Length: > 0 } whole ? whole : xtn.TextOf(7).Length > 0 ? string.Join(' ', parts) : xtn.TextOf(1);
        if (value.Length == 0)
        {
            return null;
        }

        var telecom = new JsonObject
        {
            ["system"] = isMail || value.Contains('@', StringComparison.Ordinal) ? "email" : Hl7Tables.TelecomSystem.GetValueOrDefault(system, "phone"),
            ["value"] = !isMail && xtn.TextOf(8) is { Length: > 0 } extension && xtn.TextOf(7).Length > 0 ? $"{value} ext. {extension}" : value,
        };
        if ((system == "CP" ? "mobile" : Hl7Tables.TelecomUse.GetValueOrDefault(xtn.TextOf(2), use ?? "")) is { Length: > 0 } known)
        {
            telecom["use"] = known;
        }

        return telecom;
    }

    /// <summary>CE, CNE or CWE as a CodeableConcept; null where it says nothing.</summary>
    public static JsonObject? Concept(Hl7Value cwe)
    {
        var codings = new JsonArray();
        foreach (var first in new[] { 1, 4 })
        {
            if (Coding(cwe.TextOf(first), cwe.TextOf(first + 1), cwe.TextOf(first + 2)) is { } coding)
            {
                codings.Add(coding);
            }
        }

        var concept = new JsonObject();
        var text = cwe.TextOf(9) is { Length: > 0 } original ? original : cwe.TextOf(2);
        if (codings.Count > 0)
        {
            concept["coding"] = codings;
        }

        Set(concept, "text", text);
        return concept.Count == 0 ? null : concept;
    }

    /// <summary>A code that is in a table of v2.</summary>
    public static JsonObject V2Concept(string table, string code) =>
        new() { ["coding"] = new JsonArray(new JsonObject { ["system"] = Hl7Tables.V2 + table, ["code"] = Code(code) }) };

    /// <summary>XCN as a Reference to a person by number and name; null where it says nothing.</summary>
    public JsonObject? Person(Hl7Value xcn, string type = "Practitioner")
    {
        var reference = new JsonObject { ["type"] = type };
        if (xcn.TextOf(1) is { Length: > 0 } number)
        {
            reference["identifier"] = new JsonObject { ["system"] = SystemOf(xcn.Component(9)), ["value"] = number };
        }

        Set(reference, "display", string.Join(' ', new[] { xcn.TextOf(6), xcn.TextOf(3), xcn.TextOf(4), xcn.TextOf(2) }.Where(static part => part.Length > 0)));
        return reference.Count == 1 ? null : reference;
    }

    /// <summary>A time; null where there is none.</summary>
    /// <exception cref="Hl7Exception">What is there is no time.</exception>
    public Hl7Time? Time(Hl7Segment segment, int field)
    {
        var text = segment.Text(field);
        return text.Length == 0 ? null
            : Hl7Time.Parse(text, zone) ?? throw new Hl7Exception(Hl7Condition.DataTypeError, "It is no date or time, YYYYMMDDHHMMSS+ZZZZ.", segment.At(field));
    }

    /// <summary>A time where it is one; null where it is not: for what nothing depends on.</summary>
    public Hl7Time? TimeIfAny(string text) => text.Length == 0 ? null : Hl7Time.Parse(text, zone);

    /// <summary>Sets a text that is there.</summary>
    public static void Set(JsonObject target, string name, string text)
    {
        if (text.Length > 0)
        {
            target[name] = text;
        }
    }

    /// <summary>A code as FHIR takes one: no white space at its ends, one space at most within.</summary>
    public static string Code(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>An array of texts.</summary>
    public static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static JsonObject? Coding(string code, string display, string system)
    {
        if (code.Length == 0)
        {
            return null;
        }

        var coding = new JsonObject();
        if (Hl7Tables.SystemOf(system) is { } url)
        {
            coding["system"] = url;
        }

        coding["code"] = Code(code);
        Set(coding, "display", display);
        return coding;
    }

    private void SetPeriod(JsonObject target, string start, string end)
    {
        var (from, to) = (TimeIfAny(start), TimeIfAny(end));
        if (from is null && to is null)
        {
            return;
        }

        var period = new JsonObject();
        if (from is { } begins)
        {
            period["start"] = begins.DateTime;
        }

        if (to is { } ends && (from is null || ends.Moment >= from.Value.Moment))
        {
            period["end"] = ends.DateTime;
        }

        if (period.Count > 0)
        {
            target["period"] = period;
        }
    }
}
