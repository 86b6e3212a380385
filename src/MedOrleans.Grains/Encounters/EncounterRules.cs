using System.Text.Json;
using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using static MedOrleans.Grains.Encounters.EncounterJson;

namespace MedOrleans.Grains.Encounters;

/// <summary>The states of an encounter (R4, <c>encounter-status</c>) and what leads from one to the next, as pure functions over its JSON.</summary>
internal static class EncounterRules
{
    /// <summary>Members of an encounter that steps alone write.</summary>
    private static readonly string[] s_steps = ["resourceType", "id", "meta", "status", "statusHistory", "class", "classHistory", "subject", "period", "location", "hospitalization", "length"];

    /// <summary>What a plain write may make of each state besides leaving it; the other steps have verbs, or none.</summary>
    private static readonly Dictionary<string, string[]> s_plain = new(StringComparer.Ordinal)
    {
        ["planned"] = ["arrived", "triaged", "in-progress", "cancelled", "entered-in-error", "unknown"],
        ["arrived"] = ["triaged", "in-progress", "finished", "cancelled", "entered-in-error", "unknown"],
        ["triaged"] = ["in-progress", "finished", "cancelled", "entered-in-error", "unknown"],
        ["in-progress"] = ["onleave", "finished", "entered-in-error", "unknown"],
        ["onleave"] = ["in-progress", "finished", "entered-in-error", "unknown"],
        ["finished"] = ["entered-in-error"],
        ["cancelled"] = ["entered-in-error"],
        ["entered-in-error"] = [],
        ["unknown"] = ["planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error"],
    };

    /// <summary>A started encounter.</summary>
    public static byte[] Start(string id, string patientId, string encounterClass, DateTimeOffset now) => Print(New(id, patientId, new CodedText(encounterClass), now));

    /// <summary>The encounter finished: the status that was moves to the history, the period ends. Null where its state forbids it.</summary>
    /// <param name="current">The stored encounter.</param>
    /// <param name="now">When it is finished.</param>
    /// <param name="status">The state that it was in.</param>
    public static byte[]? Finish(ReadOnlySpan<byte> current, DateTimeOffset now, out string status)
    {
        var encounter = Parse(current);
        status = Status(encounter);
        if (status is not ("arrived" or "triaged" or "in-progress" or "onleave"))
        {
            return null;
        }

        Move(encounter, "finished", now);
        SetEnd(encounter, now);
        return Print(encounter);
    }

    /// <summary>Why a step cannot be taken from the state that the encounter is in; null where it can.</summary>
    public static Issue? RefuseStep(JsonObject? encounter, EncounterStep step)
    {
        var (what, from) = step switch
        {
            AdmitEncounter => ("be admitted", "planned, arrived, triaged or unknown"),
            TransferEncounter => ("be transferred", "arrived, triaged or in-progress"),
            DischargeEncounter => ("be discharged", "arrived, triaged, in-progress or onleave"),
            LeaveEncounter => ("go on leave", "in-progress"),
            ReturnEncounter => ("return from leave", "onleave"),
            CancelAdmit => ("have its admission cancelled", "in-progress"),
            CancelTransfer => ("have its transfer cancelled", "arrived, triaged or in-progress"),
            CancelDischarge => ("have its discharge cancelled", "finished"),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        if (encounter is null)
        {
            return null;
        }

        var status = Status(encounter);
        return from.Split([", ", " or "], StringSplitOptions.None).Contains(status) ? null
            : new Issue("business-rule", $"An encounter that is {status} cannot {what}: it has to be {from}.", "Encounter.status");
    }

    /// <summary>The id of the place that a step leads to; null for none.</summary>
    public static string? Destination(JsonObject? encounter, EncounterStep step) => step switch
    {
        AdmitEncounter admit => admit.LocationId,
        TransferEncounter transfer => transfer.LocationId,
        CancelTransfer when encounter is not null => BedJson.IdOf(LastTransfer(encounter)?.Before["location"], "Location"),
        CancelDischarge cancel => cancel.LocationId ?? (encounter is null ? null : BedJson.IdOf(LastBeforeDischarge(encounter)?["location"], "Location")),
        _ => null,
    };

    /// <summary>Takes a step that <see cref="RefuseStep"/> lets pass, in the encounter alone: what it does to beds comes from where the encounter was and is.</summary>
    /// <param name="encounter">The encounter, changed in place; null where it is not there yet.</param>
    /// <param name="id">Its id.</param>
    /// <param name="step">The step.</param>
    /// <param name="place">The Location that it leads to; null for none.</param>
    /// <param name="now">The time now.</param>
    public static (JsonObject? Encounter, Issue? Refusal) Apply(JsonObject? encounter, string id, EncounterStep step, JsonObject? place, DateTimeOffset now)
    {
        var at = step.At ?? now;
        if (at > now.AddMinutes(1))
        {
            return (null, new Issue("value", "The step would lie in the future.", "at"));
        }

        if (encounter is not null && Since(encounter, step) is { } since && at < since)
        {
            if (step.At is not null)
            {
                return (null, new Issue("value", "The step would lie before the one that it follows.", "at"));
            }

            // Another process's clock is ahead, or the content came with times of its own.
            at = since;
        }

        switch (step)
        {
            case AdmitEncounter admit:
                return Admit(encounter, id, admit, place, at);
            case TransferEncounter transfer:
                var destination = transfer.LocationId;
                if (destination is not null && Places(encounter!).Contains(destination))
                {
                    return (null, new Issue("business-rule", $"The encounter is at Location/{destination} already.", "Encounter.location"));
                }

                if (destination is not null)
                {
                    Leave(encounter!, at);
                    Enter(encounter!, destination, place, at);
                }

                Reclass(encounter!, transfer.Class, at);
                return (encounter, null);
            case DischargeEncounter discharge:
                Move(encounter!, "finished", at);
                SetEnd(encounter!, at);
                Leave(encounter!, at);
                SetConcept(Hospitalization(encounter!), "dischargeDisposition", discharge.Disposition);
                return (encounter, null);
            case LeaveEncounter:
                Move(encounter!, "onleave", at);
                return (encounter, null);
            case ReturnEncounter:
                Move(encounter!, "in-progress", at);
                return (encounter, null);
            case CancelAdmit:
                Move(encounter!, "cancelled", at);
                SetEnd(encounter!, at);
                Leave(encounter!, at);
                return (encounter, null);
            case CancelTransfer:
                return CancelTransferOf(encounter!);
            default:
                return CancelDischargeOf(encounter!, (CancelDischarge)step, place, at);
        }
    }

    /// <summary>Why a plain write of an encounter is refused; null where it may be.</summary>
    /// <param name="before">What is stored; null where nothing is.</param>
    /// <param name="after">What is to be; null for a deletion.</param>
    /// <param name="entered">The places that the encounter is in afterwards and was not before: none of them may be a bed.</param>
    public static Issue? RefusePlain(JsonObject? before, JsonObject? after, out IReadOnlyList<string> entered)
    {
        entered = [];
        var beds = before is null ? [] : Beds(before);
        if (after is null)
        {
            return beds.Count == 0 ? null : Held(beds, "be deleted");
        }

        var status = Status(after);
        if (before is not null && Status(before) is var was && was != status && !(s_plain.TryGetValue(was, out var next) && next.Contains(status)))
        {
            return new Issue("business-rule", $"An encounter that is {was} cannot become {status} by a plain write.{Hint(was, status)}", "Encounter.status");
        }

        if (beds.Count > 0 && status is not ("arrived" or "triaged" or "in-progress" or "onleave"))
        {
            return Held(beds, $"become {status} by a plain write");
        }

        if (beds.Count > 0 && !Beds(after).ToHashSet(StringComparer.Ordinal).SetEquals(beds))
        {
            return new Issue("business-rule", $"The encounter lies in Location/{beds[0]}: it leaves it by $transfer, $discharge or what cancels them.", "Encounter.location");
        }

        if (status is not ("finished" or "cancelled" or "entered-in-error"))
        {
            entered = [.. Places(after).Except(before is null ? [] : Places(before), StringComparer.Ordinal)];
        }

        return null;
    }

    /// <summary>The patient of a planned encounter is here: it is <c>arrived</c>, and begins now.</summary>
    public static void Arrive(JsonObject encounter, CodedText? wanted, DateTimeOffset at)
    {
        Move(encounter, "arrived", at);
        encounter["period"] = new JsonObject { ["start"] = BedJson.Time(at) };
        Reclass(encounter, wanted, at);
    }

    private static (JsonObject? Encounter, Issue? Refusal) Admit(JsonObject? encounter, string id, AdmitEncounter admit, JsonObject? place, DateTimeOffset at)
    {
        if (encounter is null)
        {
            encounter = New(id, admit.PatientId!, admit.Class ?? new CodedText("IMP"), at);
            if (admit.Proposed is { } proposed && TakeOver(encounter, proposed) is { } unread)
            {
                return (null, unread);
            }
        }
        else
        {
            if (admit.PatientId is { } patient && BedJson.IdOf(encounter["subject"], "Patient") != patient)
            {
                return (null, new Issue("business-rule", "The encounter is another patient's.", "Encounter.subject"));
            }

            // What was planned begins now; what has arrived began when it did.
            var wasPlanned = Status(encounter) is "planned" or "unknown";
            Move(encounter, "in-progress", at);
            if (wasPlanned || encounter["period"]?["start"] is null)
            {
                encounter["period"] = new JsonObject { ["start"] = BedJson.Time(at) };
            }

            Reclass(encounter, admit.Class, at);
        }

        if (admit.LocationId is { } destination)
        {
            Leave(encounter, at);
            Enter(encounter, destination, place, at);
        }

        if (admit.AdmitSource is not null)
        {
            SetConcept(Hospitalization(encounter), "admitSource", admit.AdmitSource);
        }

        if (admit.Reason is not null)
        {
            ArrayOf(encounter, "reasonCode").Add(Concept(admit.Reason));
        }

        if (admit.AttenderId is { } attender)
        {
            ArrayOf(encounter, "participant").Add(new JsonObject
            {
                ["type"] = new JsonArray(new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", ["code"] = "ATND" }) }),
                ["period"] = new JsonObject { ["start"] = BedJson.Time(at) },
                ["individual"] = new JsonObject { ["reference"] = $"Practitioner/{attender}" },
            });
        }

        return (encounter, null);
    }

    /// <summary>Takes over what a new encounter says besides what the step says of it.</summary>
    private static Issue? TakeOver(JsonObject encounter, byte[] proposed)
    {
        try
        {
            foreach (var (name, value) in Parse(proposed))
            {
                if (!s_steps.Contains(name))
                {
                    encounter[name] = value?.DeepClone();
                }
            }

            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new Issue("structure", "What is proposed is no FHIR JSON.", "proposed", "fatal");
        }
    }

    private static (JsonObject? Encounter, Issue? Refusal) CancelTransferOf(JsonObject encounter)
    {
        if (LastTransfer(encounter) is not var (before, current))
        {
            return (null, new Issue("business-rule", "The encounter has no transfer to cancel: it is where it was from the beginning.", "Encounter.location"));
        }

        var at = BedJson.Time(current["period"]?["start"]);
        ((JsonArray)encounter["location"]!).Remove(current);
        Reopen(before);
        if (encounter["classHistory"] is JsonArray history && history is [.., JsonObject last] && BedJson.Time(last["period"]?["end"]) == at)
        {
            encounter["class"] = last["class"]!.DeepClone();
            history.Remove(last);
            if (history.Count == 0)
            {
                encounter.Remove("classHistory");
            }
        }

        return (encounter, null);
    }

    private static (JsonObject? Encounter, Issue? Refusal) CancelDischargeOf(JsonObject encounter, CancelDischarge cancel, JsonObject? place, DateTimeOffset at)
    {
        var before = LastBeforeDischarge(encounter);
        var status = (encounter["statusHistory"] as JsonArray)?.OfType<JsonObject>().Select(Status).LastOrDefault(was => was is "arrived" or "triaged" or "in-progress" or "onleave") ?? "in-progress";
        Move(encounter, status, at);
        (encounter["period"] as JsonObject)?.Remove("end");
        if (encounter["hospitalization"] is JsonObject hospitalization)
        {
            hospitalization.Remove("dischargeDisposition");
            if (hospitalization.Count == 0)
            {
                encounter.Remove("hospitalization");
            }
        }

        if (cancel.LocationId is { } other && other != BedJson.IdOf(before?["location"], "Location"))
        {
            Enter(encounter, other, place, at);
        }
        else if (before is not null)
        {
            Reopen(before);
        }

        return (encounter, null);
    }

    /// <summary>The latest moment that the encounter tells of; of a planned one the plan does not count.</summary>
    private static DateTimeOffset? Since(JsonObject encounter, EncounterStep step)
    {
        var moments = Entries(encounter).Select(entry => BedJson.Time(entry["period"]?["start"]))
            .Append(BedJson.Time((encounter["statusHistory"] as JsonArray)?.LastOrDefault()?["period"]?["end"]))
            .Append(step is CancelDischarge ? BedJson.Time(encounter["period"]?["end"]) : null);
        return (Status(encounter) is "planned" or "unknown" ? moments : moments.Append(BedJson.Time(encounter["period"]?["start"]))).Max();
    }

    /// <summary>The place before the last, and the last, where one was left for the other; null where there was no such transfer.</summary>
    private static (JsonObject Before, JsonObject Current)? LastTransfer(JsonObject encounter)
    {
        var entries = Entries(encounter).ToList();
        var current = entries.LastOrDefault(IsOpen);
        var start = BedJson.Time(current?["period"]?["start"]);
        var before = entries.LastOrDefault(entry => entry != current && BedJson.Text(entry["status"]) == "completed" && BedJson.Time(entry["period"]?["end"]) is { } end && end == start);
        return current is null || before is null ? null : (before, current);
    }

    private static JsonObject? LastBeforeDischarge(JsonObject encounter)
    {
        var end = BedJson.Time(encounter["period"]?["end"]);
        return Entries(encounter).LastOrDefault(entry => end is not null && BedJson.Time(entry["period"]?["end"]) == end);
    }

    private static Issue Held(List<string> beds, string what) =>
        new("business-rule", $"The encounter lies in Location/{beds[0]} and cannot {what}: $discharge or $cancel-admit frees the bed.", "Encounter.location");

    private static string Hint(string was, string status) => (was, status) switch
    {
        ("finished", "in-progress" or "onleave" or "arrived" or "triaged") => " $cancel-discharge takes a discharge back.",
        ("in-progress" or "onleave", "cancelled") => " $cancel-admit takes an admission back.",
        _ => "",
    };
}
