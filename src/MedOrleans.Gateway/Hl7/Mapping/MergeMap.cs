using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Patients;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>A40 and A34: the patient in MRG is the one in PID (HL7 v2.8, 3.3.40; v2.3, 3.2.34).</summary>
internal static class MergeMap
{
    /// <summary>The events that are mapped.</summary>
    public static readonly string[] Events = ["A34", "A40"];

    /// <summary>Plans what a message comes to.</summary>
    public static async Task MapAsync(Hl7Mapping mapping)
    {
        var message = mapping.Message;
        if (message.All("MRG").Skip(1).FirstOrDefault() is { } second)
        {
            throw new Hl7Exception(Hl7Condition.SegmentSequenceError, "One merge a message is taken.", new Hl7Location(second.Name, 2));
        }

        var mrg = message.Require("MRG");
        var given = mrg.Field(1).Repetitions().Concat(mrg.Field(2).Repetitions()).Concat(mrg.Field(4).Repetitions()).Select(cx => mapping.Types.Identifier(cx)).OfType<JsonObject>().ToList();
        if (given.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "The number of the patient that is given up is missing.", mrg.At(1));
        }

        var source = await PatientMap.CurrentAsync(mapping, await mapping.FindAsync("Patient", PatientMap.Keys(given), mrg.At(1)))
            ?? throw new Hl7Exception(Hl7Condition.UnknownKeyIdentifier, "There is no patient of this number.", mrg.At(1));

        // Who is merged already is found as the one that stays.
        var target = await PatientMap.PatientAsync(mapping, updates: true);
        if (target != source.Id)
        {
            mapping.Became("Patient", source.Id);
            mapping.Plan.Steps.Add(new MergeAction(target, new MergePatient { SourceId = source.Id, CommandId = mapping.NextCommand() }));
        }
    }
}
