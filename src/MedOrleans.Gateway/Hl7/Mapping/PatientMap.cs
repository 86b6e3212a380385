using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Record.Identity;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>PID as a Patient (segment map PID[Patient]).</summary>
internal static class PatientMap
{
    private const string SocialSecurity = "http://hl7.org/fhir/sid/us-ssn";

    /// <summary>Finds the patient of a message, or plans a new one.</summary>
    /// <param name="mapping">The message.</param>
    /// <param name="updates">Whether what the message says of the patient takes the place of what is there: so it is of the messages that are about the patient.</param>
    /// <returns>The patient's id.</returns>
    public static async Task<string> PatientAsync(Hl7Mapping mapping, bool updates)
    {
        var pid = mapping.Message.Require("PID");
        var identifiers = Identifiers(mapping.Types, pid);
        if (identifiers.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The patient has no identifier.", pid.At(3));
        }

        var keys = Keys(identifiers);
        var known = await CurrentAsync(mapping, await mapping.FindAsync("Patient", keys, pid.At(3)));
        var id = known?.Id ?? mapping.IdOf("Patient", keys[0].System, keys[0].Value);
        mapping.Plan.PatientId = id;
        if (known is null || updates)
        {
            mapping.Put("Patient", id, known, Read(mapping.Types, pid, identifiers));
        }
        else
        {
            mapping.Became("Patient", id);
        }

        return id;
    }

    /// <summary>The patient that is there for good: of one that was merged, who is in their place.</summary>
    public static async Task<KnownResource?> CurrentAsync(Hl7Mapping mapping, KnownResource? known)
    {
        for (var i = 0; i < 8 && known is not null && PatientLinks.ReplacementOf(known.Json) is { } next; i++)
        {
            known = (await mapping.ReadAsync([("Patient", next)])).Select(found => found.Resource).FirstOrDefault();
        }

        return known;
    }

    /// <summary>What PID says, PID-3 first: numbers that older versions had elsewhere follow.</summary>
    public static IReadOnlyList<JsonObject> Identifiers(Hl7Types types, Hl7Segment pid)
    {
        var identifiers = new List<JsonObject>();
        foreach (var cx in pid.Field(3).Repetitions().Concat(pid.Field(2).Repetitions()).Concat(pid.Field(4).Repetitions()))
        {
            Add(types.Identifier(cx));
        }

        if (pid.Text(19) is { Length: > 0 } number)
        {
            Add(new JsonObject { ["type"] = Hl7Types.V2Concept("0203", "SS"), ["system"] = SocialSecurity, ["value"] = number });
        }

        if (pid.Text(20) is { Length: > 0 } licence)
        {
            var issuer = pid.Text(20, 2);
            Add(new JsonObject
            {
                ["type"] = Hl7Types.V2Concept("0203", "DL"),
                ["system"] = issuer.Length > 0 ? $"urn:medorleans:hl7v2:authority:{Uri.EscapeDataString(issuer)}" : types.SystemOf(new Hl7Value("", pid.Delimiters)),
                ["value"] = licence,
            });
        }

        return identifiers;

        void Add(JsonObject? identifier)
        {
            if (identifier is not null && !identifiers.Any(other => other["system"]!.ToString() == identifier["system"]!.ToString() && other["value"]!.ToString() == identifier["value"]!.ToString()))
            {
                identifiers.Add(identifier);
            }
        }
    }

    /// <summary>What a patient is looked for by, medical record numbers first; a number of social security or a licence only where there is nothing else.</summary>
    public static IReadOnlyList<(string System, string Value)> Keys(IEnumerable<JsonObject> identifiers)
    {
        var ranked = identifiers.Select(identifier => (Key: (identifier["system"]!.ToString(), identifier["value"]!.ToString()), Rank: Rank(identifier))).OrderBy(pair => pair.Rank).ToList();
        return [.. ranked.Where(pair => pair.Rank < 2 || pair.Rank == ranked[0].Rank).Select(pair => pair.Key)];
    }

    private static int Rank(JsonObject identifier) => identifier["type"]?["coding"]?[0]?["code"]?.ToString() switch
    {
        "MR" => 0,
        "SS" or "DL" => 2,
        _ => 1,
    };

    private static JsonObject Read(Hl7Types types, Hl7Segment pid, IReadOnlyList<JsonObject> identifiers)
    {
        var patient = new JsonObject { ["identifier"] = new JsonArray([.. identifiers]) };
        SetAll(patient, "name", pid.Field(5), Hl7Types.Name);
        if (pid.Field(7).IsNull)
        {
            patient["birthDate"] = null;
        }
        else if (types.Time(pid, 7) is { } born)
        {
            patient["birthDate"] = born.Date;
        }

        if (pid.Field(8).IsNull)
        {
            patient["gender"] = null;
        }
        else if (pid.Text(8) is { Length: > 0 } sex)
        {
            patient["gender"] = Hl7Tables.Gender.TryGetValue(sex, out var gender) ? gender
                : throw new Hl7Exception(Hl7Condition.TableValueNotFound, "It is no code of table 0001.", pid.At(8));
        }

        SetAll(patient, "address", pid.Field(11), Hl7Types.Address);
        var telecoms = pid.Field(13).Repetitions().Select(xtn => Hl7Types.Telecom(xtn, "home")).Concat(pid.Field(14).Repetitions().Select(xtn => Hl7Types.Telecom(xtn, "work"))).OfType<JsonObject>().ToList();
        if (telecoms.Count > 0)
        {
            patient["telecom"] = new JsonArray([.. telecoms]);
        }
        else if (pid.Field(13).IsNull)
        {
            patient["telecom"] = null;
        }

        if (Hl7Types.Concept(pid.Field(15)) is { } language)
        {
            patient["communication"] = new JsonArray(new JsonObject { ["language"] = language });
        }

        if (pid.Text(16) is { Length: > 0 } marital)
        {
            patient["maritalStatus"] = Hl7Tables.MaritalStatus.TryGetValue(marital, out var status)
                ? new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", ["code"] = status }) }
                : Hl7Types.V2Concept("0002", marital);
        }

        if (int.TryParse(pid.Text(25), out var order) && order > 0)
        {
            (patient["multipleBirthInteger"], patient["multipleBirthBoolean"]) = (order, null);
        }
        else if (pid.Text(24) is "Y" or "N")
        {
            (patient["multipleBirthInteger"], patient["multipleBirthBoolean"]) = (null, pid.Text(24) == "Y");
        }

        if (types.TimeIfAny(pid.Text(29)) is { } died)
        {
            (patient["deceasedDateTime"], patient["deceasedBoolean"]) = (died.DateTime, null);
        }
        else if (pid.Text(30) is "Y" or "N")
        {
            (patient["deceasedDateTime"], patient["deceasedBoolean"]) = (null, pid.Text(30) == "Y");
        }

        return patient;
    }

    private static void SetAll(JsonObject patient, string name, Hl7Value field, Func<Hl7Value, JsonObject?> map)
    {
        if (field.IsNull)
        {
            patient[name] = null;
        }
        else if (field.Repetitions().Select(map).OfType<JsonObject>().ToList() is { Count: > 0 } values)
        {
            patient[name] = new JsonArray([.. values]);
        }
    }
}
