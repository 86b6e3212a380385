using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>OBX as an Observation (segment map OBX[Observation]).</summary>
internal static class ObservationMap
{
    /// <summary>The observation; null where OBX-3 says nothing, or the value is a document.</summary>
    /// <param name="types">The data types as the sender writes them.</param>
    /// <param name="obx">The segment.</param>
    /// <param name="notes">The NTE that follow it.</param>
    /// <param name="patient">The patient's id.</param>
    /// <param name="encounter">The encounter's id; null for none.</param>
    /// <param name="effective">When, where OBX-14 does not say.</param>
    public static JsonObject? Read(Hl7Types types, Hl7Segment obx, IEnumerable<Hl7Segment> notes, string patient, string? encounter, Hl7Time? effective)
    {
        if (Hl7Types.Concept(obx.Field(3)) is not { } code || obx.Text(2) is "ED")
        {
            return null;
        }

        var status = obx.Text(11) is { Length: > 0 } said
            ? Hl7Tables.ObservationStatus.GetValueOrDefault(said) ?? throw new Hl7Exception(Hl7Condition.TableValueNotFound, "It is no code of table 0085.", obx.At(11))
            : "final";
        var observation = new JsonObject { ["status"] = status, ["code"] = code, ["subject"] = Hl7Mapping.Reference("Patient", patient) };
        if (encounter is not null)
        {
            observation["encounter"] = Hl7Mapping.Reference("Encounter", encounter);
        }

        if ((types.Time(obx, 14) ?? effective) is { } time)
        {
            observation["effectiveDateTime"] = time.DateTime;
        }

        SetValue(types, observation, obx);
        if (obx.Text(7) is { Length: > 0 } range)
        {
            observation["referenceRange"] = new JsonArray(new JsonObject { ["text"] = range });
        }

        var interpretations = obx.Field(8).Repetitions().Select(Interpretation).OfType<JsonObject>().ToList();
        if (interpretations.Count > 0)
        {
            observation["interpretation"] = new JsonArray([.. interpretations]);
        }

        if (Hl7Types.Concept(obx.Field(17)) is { } method)
        {
            observation["method"] = method;
        }

        if (Hl7Types.Concept(obx.Field(20)) is { } site)
        {
            observation["bodySite"] = site;
        }

        var performers = obx.Field(16).Repetitions().Select(xcn => types.Person(xcn)).OfType<JsonObject>().ToList();
        if (performers.Count > 0)
        {
            observation["performer"] = new JsonArray([.. performers]);
        }

        if (Notes(notes) is { Count: > 0 } texts)
        {
            observation["note"] = texts;
        }

        return observation;
    }

    /// <summary>NTE as notes.</summary>
    public static JsonArray Notes(IEnumerable<Hl7Segment> notes) => [.. notes
        .Select(nte => string.Join('\n', nte.Field(3).Repetitions().Select(text => text.Text)).Trim()).Where(static text => text.Length > 0)
        .Select(text => (JsonNode)new JsonObject { ["text"] = text })];

    private static void SetValue(Hl7Types types, JsonObject observation, Hl7Segment obx)
    {
        var value = obx.Field(5);
        var text = value.Text;
        if (text.Length == 0)
        {
            if (!value.IsNull && obx.Text(11) is "X" or "I" or "O")
            {
                return;
            }

            observation["dataAbsentReason"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/data-absent-reason", ["code"] = "unknown" }) };
            return;
        }

        switch (obx.Text(2))
        {
            case "NM" when Quantity(text, obx) is { } quantity:
                observation["valueQuantity"] = quantity;
                break;
            case "SN" when Structured(value, obx) is { } structured:
                observation[structured.Name] = structured.Value;
                break;
            case "CE" or "CWE" or "CNE" or "CF" or "IS" or "ID" when Hl7Types.Concept(value) is { } concept:
                observation["valueCodeableConcept"] = concept;
                break;
            case "DT" or "DTM" or "TS" when Hl7Time.Parse(value.TextOf(1), types.Zone) is { } time:
                observation["valueDateTime"] = time.DateTime;
                break;
            default:
                // Lines of a text are its repetitions, and so are lines that are reports' own.
                observation["valueString"] = string.Join('\n', value.Repetitions().Select(line => Plain(line)));
                break;
        }
    }

    /// <summary>A value as one reads it: its components with spaces between.</summary>
    public static string Plain(Hl7Value value) => string.Join(' ', value.Raw.Split(value.Delimiters.Component).Select(part => new Hl7Value(part, value.Delimiters).Text).Where(static part => part.Length > 0));

    private static JsonObject? Quantity(string text, Hl7Segment obx)
    {
        var comparator = text.StartsWith("<=", StringComparison.Ordinal) || text.StartsWith(">=", StringComparison.Ordinal) ? text[..2] : text[0] is '<' or '>' ? text[..1] : "";
        if (!decimal.TryParse(text[comparator.Length..], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var quantity = new JsonObject { ["value"] = number };
        Hl7Types.Set(quantity, "comparator", comparator);
        SetUnit(quantity, obx);
        return quantity;
    }

    private static (string Name, JsonObject Value)? Structured(Hl7Value value, Hl7Segment obx)
    {
        var (comparator, first, separator, second) = (value.TextOf(1), value.TextOf(2), value.TextOf(3), value.TextOf(4));
        if (second.Length == 0)
        {
            return Quantity(comparator is "<" or ">" or "<=" or ">=" ? comparator + first : first, obx) is { } quantity && comparator is "" or "=" or "<" or ">" or "<=" or ">="
                ? ("valueQuantity", quantity) : null;
        }

        if (Quantity(first, obx) is not { } low || Quantity(second, obx) is not { } high)
        {
            return null;
        }

        return separator switch
        {
            "-" => ("valueRange", new JsonObject { ["low"] = low, ["high"] = high }),
            ":" or "/" => ("valueRatio", new JsonObject { ["numerator"] = low, ["denominator"] = high }),
            _ => null,
        };
    }

    private static void SetUnit(JsonObject quantity, Hl7Segment obx)
    {
        var (code, display, system) = (obx.Text(6), obx.Text(6, 2), obx.Text(6, 3));
        Hl7Types.Set(quantity, "unit", display.Length > 0 ? display : code);
        if (code.Length > 0 && system == "UCUM")
        {
            (quantity["system"], quantity["code"]) = ("http://unitsofmeasure.org", Hl7Types.Code(code));
        }
    }

    private static JsonObject? Interpretation(Hl7Value flag)
    {
        var code = flag.TextOf(1);
        return code.Length == 0 ? null : Hl7Tables.Interpretation.Contains(code)
            ? new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", ["code"] = code }) }
            : Hl7Types.Concept(flag);
    }
}
