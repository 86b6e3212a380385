using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Grains.Encounters;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Schedules;

namespace MedOrleans.Grains.Schedules;

/// <summary>Starts the encounter of an appointment, as pure functions.</summary>
internal static class ArrivalRules
{
    /// <summary>The encounter of a patient who is here, or why there is none.</summary>
    /// <param name="encounter">The encounter, changed in place; null where it is not there yet.</param>
    /// <param name="id">Its id.</param>
    /// <param name="appointment">The appointment.</param>
    /// <param name="appointmentId">The appointment's id.</param>
    /// <param name="step">The step.</param>
    /// <param name="now">The time now.</param>
    public static (JsonObject? Encounter, Issue? Refusal) Arrive(JsonObject? encounter, string id, JsonObject appointment, string appointmentId, CheckInAppointment step, DateTimeOffset now)
    {
        if (AppointmentRules.Patient(appointment) is not { } patient)
        {
            return (null, new Issue("business-rule", "The appointment names no patient who could be checked in.", "Appointment.participant"));
        }

        var at = step.At ?? now;
        if (at > now.AddMinutes(1))
        {
            return (null, new Issue("value", "The step would lie in the future.", "at"));
        }

        if (encounter is null)
        {
            encounter = EncounterJson.New(id, patient, step.Class ?? new CodedText("AMB"), at, "arrived");
            foreach (var (to, from) in new[] { ("serviceType", "serviceType"), ("reasonCode", "reasonCode") })
            {
                if (appointment[from] is JsonArray { Count: > 0 } codes)
                {
                    encounter[to] = to == "serviceType" ? codes[0]!.DeepClone() : codes.DeepClone();
                }
            }
        }
        else
        {
            if (EncounterJson.Status(encounter) is var status && status is not ("planned" or "unknown"))
            {
                return (null, new Issue("business-rule", $"Encounter/{id} is {status}: a patient is checked in to one that is planned, or to a new one.", "Encounter.status"));
            }

            if (BedJson.IdOf(encounter["subject"], "Patient") != patient)
            {
                return (null, new Issue("business-rule", $"Encounter/{id} is another patient's.", "Encounter.subject"));
            }

            EncounterRules.Arrive(encounter, step.Class, at);
        }

        if (encounter["appointment"] is not JsonArray appointments)
        {
            encounter["appointment"] = appointments = [];
        }

        if (!appointments.Any(one => BedJson.IdOf(one, "Appointment") == appointmentId))
        {
            appointments.Add(new JsonObject { ["reference"] = $"Appointment/{appointmentId}" });
        }

        return (encounter, null);
    }
}
