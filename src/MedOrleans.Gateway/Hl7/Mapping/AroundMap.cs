using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>What messages carry about a patient besides the event: kin, allergies, diagnoses, observations.</summary>
internal static class AroundMap
{
    private const string Clinical = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";

    /// <summary>Plans the resources of NK1, AL1, DG1 and OBX.</summary>
    /// <param name="mapping">The message.</param>
    /// <param name="patient">The patient's id.</param>
    /// <param name="encounter">The encounter's id; null for none.</param>
    public static Task MapAsync(Hl7Mapping mapping, string patient, string? encounter)
    {
        var resources = new List<(string, string, JsonObject)>();
        foreach (var nk1 in mapping.Message.All("NK1"))
        {
            if (Kin(mapping.Types, nk1, patient) is { } kin)
            {
                resources.Add(("RelatedPerson", mapping.IdOf("RelatedPerson", patient, nk1.Text(2), nk1.Text(2, 2), nk1.Text(3)), kin));
            }
        }

        foreach (var al1 in mapping.Message.All("AL1"))
        {
            if (Allergy(mapping.Types, al1, patient) is { } allergy)
            {
                resources.Add(("AllergyIntolerance", mapping.IdOf("AllergyIntolerance", patient, al1.Field(3).Component(1).Raw, al1.Field(3).Component(2).Raw), allergy));
            }
        }

        foreach (var dg1 in mapping.Message.All("DG1"))
        {
            if (Diagnosis(mapping.Types, dg1, patient, encounter) is { } diagnosis)
            {
                resources.Add(("Condition", mapping.IdOf("Condition", patient, encounter ?? "", dg1.Field(3).Component(1).Raw, dg1.Field(3).Component(3).Raw, dg1.Text(4)), diagnosis));
            }
        }

        // Observations of an event stand for themselves; those of a report are the report's.
        foreach (var (i, obx) in mapping.Message.All("OBX").Index())
        {
            if (ObservationMap.Read(mapping.Types, obx, [], patient, encounter, effective: null) is { } observation)
            {
                resources.Add(("Observation", mapping.IdOf("Observation", mapping.Message.Header.Text(3), mapping.Message.Header.Text(4), mapping.Message.ControlId, $"{i}"), observation));
            }
        }

        return mapping.PutAllAsync(resources);
    }

    private static JsonObject? Kin(Hl7Types types, Hl7Segment nk1, string patient)
    {
        var names = nk1.Field(2).Repetitions().Select(Hl7Types.Name).OfType<JsonObject>().ToList();
        if (names.Count == 0)
        {
            return null;
        }

        var kin = new JsonObject { ["patient"] = Hl7Mapping.Reference("Patient", patient), ["name"] = new JsonArray([.. names]) };
        if (Hl7Types.Concept(nk1.Field(3)) is { } relationship)
        {
            if (Hl7Tables.Relationship.TryGetValue(nk1.Text(3), out var role))
            {
                ((JsonArray)(relationship["coding"] ??= new JsonArray())).Insert(0, new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-RoleCode", ["code"] = role });
            }

            kin["relationship"] = new JsonArray(relationship);
        }

        var addresses = nk1.Field(4).Repetitions().Select(Hl7Types.Address).OfType<JsonObject>().ToList();
        if (addresses.Count > 0)
        {
            kin["address"] = new JsonArray([.. addresses]);
        }

        var telecoms = nk1.Field(5).Repetitions().Select(xtn => Hl7Types.Telecom(xtn, "home")).Concat(nk1.Field(6).Repetitions().Select(xtn => Hl7Types.Telecom(xtn, "work"))).OfType<JsonObject>().ToList();
        if (telecoms.Count > 0)
        {
            kin["telecom"] = new JsonArray([.. telecoms]);
        }

        if (Hl7Tables.Gender.TryGetValue(nk1.Text(15), out var gender))
        {
            kin["gender"] = gender;
        }

        if (types.TimeIfAny(nk1.Text(16)) is { } born)
        {
            kin["birthDate"] = born.Date;
        }

        return kin;
    }

    private static JsonObject? Allergy(Hl7Types types, Hl7Segment al1, string patient)
    {
        if (Hl7Types.Concept(al1.Field(3)) is not { } code)
        {
            return null;
        }

        var allergy = new JsonObject
        {
            ["clinicalStatus"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = Clinical, ["code"] = "active" }) },
            ["code"] = code,
            ["patient"] = Hl7Mapping.Reference("Patient", patient),
        };
        if (Hl7Tables.AllergyCategory.TryGetValue(al1.Text(2), out var category))
        {
            allergy["category"] = Hl7Types.Texts([category]);
        }

        var manifestations = al1.Field(5).Repetitions().Select(value => value.TextOf(1)).Where(static text => text.Length > 0).Select(text => new JsonObject { ["text"] = text }).ToList();
        if (manifestations.Count > 0)
        {
            var reaction = new JsonObject { ["manifestation"] = new JsonArray([.. manifestations]) };
            if (Hl7Tables.Severity.TryGetValue(al1.Text(4), out var severity))
            {
                reaction["severity"] = severity;
            }

            allergy["reaction"] = new JsonArray(reaction);
        }

        if (types.TimeIfAny(al1.Text(6)) is { } onset)
        {
            allergy["onsetDateTime"] = onset.DateTime;
        }

        return allergy;
    }

    private static JsonObject? Diagnosis(Hl7Types types, Hl7Segment dg1, string patient, string? encounter)
    {
        var code = Hl7Types.Concept(dg1.Field(3)) ?? (dg1.Text(4) is { Length: > 0 } text ? new JsonObject { ["text"] = text } : null);
        if (code is null)
        {
            return null;
        }

        var condition = new JsonObject
        {
            ["clinicalStatus"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/condition-clinical", ["code"] = "active" }) },
            ["category"] = new JsonArray(new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/condition-category", ["code"] = "encounter-diagnosis" }) }),
            ["code"] = code,
            ["subject"] = Hl7Mapping.Reference("Patient", patient),
        };
        if (encounter is not null)
        {
            condition["encounter"] = Hl7Mapping.Reference("Encounter", encounter);
        }

        if (types.TimeIfAny(dg1.Text(5)) is { } onset)
        {
            condition["onsetDateTime"] = onset.DateTime;
        }

        if (types.TimeIfAny(dg1.Text(19)) is { } recorded)
        {
            condition["recordedDate"] = recorded.DateTime;
        }

        return condition;
    }
}
