using System.Text.Json;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Grains.Encounters;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Wards;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Schedules;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Schedules;

/// <summary>
/// Takes steps of appointments. That no slot has two appointments rests on the store, as <see cref="StepGrain"/> says. Stateless, and reentrant for the reason that
/// <see cref="IntakeGrain"/> is.
/// </summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class BookingGrain(RecordWriter writer, ResourceReader reader, SlotSearch search) : StepGrain(writer, reader), IBookingGrain
{
    private const string Appointment = "Appointment";

    public Task<WriteReply> StepAsync(string appointmentId, AppointmentStep step, Caller caller, int bytesIn) =>
        AgainAsync(held => TryStepAsync(held, appointmentId, step, caller, bytesIn));

    public async Task<WriteReply> GenerateAsync(string scheduleId, GenerateSlots pattern, Caller caller, int bytesIn)
    {
        var (times, refusal) = SlotPattern.Times(pattern);
        return refusal is null ? await AgainAsync(held => TryGenerateAsync(held, scheduleId, pattern, times, caller, bytesIn)) : Refused(null, refusal);
    }

    private async Task<WriteReply?> TryStepAsync(HeldResources held, string id, AppointmentStep step, Caller caller, int bytesIn)
    {
        await held.HoldAsync(Appointment, id);
        var current = held.Version(Appointment, id);
        var encounter = step is CheckInAppointment checkIn ? checkIn.EncounterId ?? step.CommandId.ToString("D") : null;
        if (await DoneBeforeAsync(held, Appointment, id, step.CommandId) is { } done)
        {
            return encounter is null ? done : await Writer.RepliedAsync(new ResourceKey(Tenant, "Encounter", encounter), WriteKind.Update, step.CommandId) ?? done;
        }

        var stored = held.Json(Appointment, id);
        var (appointment, unread) = stored is null ? Proposed(step, id) : (stored, null);
        if (unread is not null)
        {
            return new WriteReply { Status = WriteStatus.Invalid, Issues = [unread] };
        }

        if (appointment is null)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such appointment.");
        }

        if (stored is not null && step is BookAppointment { Proposed: not null })
        {
            return Refused(current, new Issue("business-rule", "The appointment is there already: it is booked as it is, or rescheduled.", "appointment"));
        }

        if (AppointmentRules.RefuseStep(appointment, step) is { } forbidden)
        {
            return Refused(current, forbidden);
        }

        if (encounter is not null)
        {
            return await CheckInAsync(held, id, appointment, encounter, (CheckInAppointment)step, caller, bytesIn);
        }

        if (step is BookAppointment book && await RefusePatientAsync(held, book, appointment) is { } nobody)
        {
            return nobody;
        }

        var wanted = AppointmentRules.Wanted(appointment, step);
        var (slots, unavailable) = await ChooseAsync(wanted, id);
        if (unavailable is not null || slots.Count > AppointmentRules.MostSlots)
        {
            return Refused(current, unavailable ?? new Issue("too-long", $"An appointment has {AppointmentRules.MostSlots} slots at the most.", "slot"));
        }

        var touched = AppointmentRules.Held(appointment).Concat(slots).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var slot in touched)
        {
            await held.HoldAsync("Slot", slot);
        }

        var booking = new Booking
        {
            Slots = touched.ToDictionary(slot => slot, slot => held.Json("Slot", slot), StringComparer.Ordinal),
            Wanted = slots,
            Start = wanted?.Start,
            End = wanted?.End,
            Actors = await ActorsAsync(slots.Select(slot => held.Json("Slot", slot))),
            Left = step is RescheduleAppointment ? await ActorsAsync(AppointmentRules.Held(appointment).Select(slot => held.Json("Slot", slot))) : [],
            Patient = step is BookAppointment { PatientId: { } patient } ? $"Patient/{patient}" : null,
        };
        if (AppointmentRules.Apply(appointment, id, step, booking, Now) is { } refused)
        {
            // A slot that was chosen for being free may have been taken since: then another is looked for.
            return wanted?.ScheduleId is not null && refused.Code == "conflict" ? null : Refused(current, refused);
        }

        var changed = touched.Where(slot => held.Json("Slot", slot) is { } json && !JsonNode.DeepEquals(json, EncounterJson.Parse(held.Version("Slot", slot)!.Body)))
            .Select(slot => new ChangedResource("Slot", slot, held.Json("Slot", slot)!));
        return await CommitAsync(held, [new(Appointment, id, appointment), .. changed], step.CommandId, caller, bytesIn);
    }

    private async Task<WriteReply?> CheckInAsync(HeldResources held, string id, JsonObject appointment, string encounterId, CheckInAppointment step, Caller caller, int bytesIn)
    {
        await held.HoldAsync("Encounter", encounterId);
        var (encounter, refused) = ArrivalRules.Arrive(held.Json("Encounter", encounterId), encounterId, appointment, id, step, Now);
        if (refused is not null)
        {
            return Refused(held.Version(Appointment, id), refused);
        }

        AppointmentRules.Apply(appointment, id, step, new Booking(), Now);
        return await CommitAsync(held, [new("Encounter", encounterId, encounter!), new(Appointment, id, appointment)], step.CommandId, caller, bytesIn);
    }

    private async Task<WriteReply?> TryGenerateAsync(HeldResources held, string id, GenerateSlots pattern, IReadOnlyList<SlotTime> times, Caller caller, int bytesIn)
    {
        // Two calls at once are kept apart by the schedule, of which each makes a version: whoever comes second sees the slots of the first.
        await held.HoldAsync("Schedule", id);
        var current = held.Version("Schedule", id);
        if (await DoneBeforeAsync(held, "Schedule", id, pattern.CommandId) is { } done)
        {
            return done;
        }

        if (held.Json("Schedule", id) is not { } schedule)
        {
            return WriteRules.Refused(WriteStatus.NotFound, current, "not-found", "There is no such schedule.");
        }

        if (schedule["active"] is JsonValue active && active.TryGetValue(out bool isActive) && !isActive)
        {
            return Refused(current, new Issue("business-rule", "A schedule that is not active gets no slots.", "Schedule.active"));
        }

        var taken = await search.OverlappingAsync(Tenant, id, times[0].Start, times[^1].End);
        var free = SlotPattern.Without(times, [.. taken.Select(slot => new SlotTime(SlotRules.Start(slot.Json)!.Value, SlotRules.End(slot.Json)!.Value))]);
        if (free.Count == 0)
        {
            return Refused(current, new Issue("business-rule", "The schedule has slots at all of these times already.", "Schedule.planningHorizon"));
        }

        SlotPattern.Widen(schedule, times[0].Start, times[^1].End);
        var slots = free.Select(time => (Id: SlotPattern.IdOf(pattern.CommandId, time), Time: time));
        return await CommitAsync(held,
            [new("Schedule", id, schedule), .. slots.Select(slot => new ChangedResource("Slot", slot.Id, SlotPattern.Slot(slot.Id, id, slot.Time, pattern)))], pattern.CommandId, caller, bytesIn);
    }

    /// <summary>The appointment that a booking makes; null where there is nothing to make one of.</summary>
    private static (JsonObject? Appointment, Issue? Unread) Proposed(AppointmentStep step, string id)
    {
        if (step is not BookAppointment book)
        {
            return (null, null);
        }

        if (book.Proposed is null)
        {
            return (new JsonObject { ["resourceType"] = Appointment, ["id"] = id, ["status"] = "proposed" }, null);
        }

        try
        {
            var proposed = EncounterJson.Parse(book.Proposed);
            proposed["id"] = id;
            proposed.Remove("meta");
            if (proposed["slot"] is JsonArray slots && slots.Any(slot => BedJson.IdOf(slot, "Slot") is null))
            {
                return (null, new Issue("value", "The proposed appointment names what is no slot of this hospital.", "Appointment.slot"));
            }

            // It has no slots yet: those that it names are what it wants.
            if (AppointmentRules.Status(proposed) is "" or "pending" or "booked")
            {
                proposed["status"] = "proposed";
            }

            return (proposed, null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return (null, new Issue("structure", "The proposed appointment is no JSON object.", "appointment"));
        }
    }

    private static async Task<WriteReply?> RefusePatientAsync(HeldResources held, BookAppointment book, JsonObject appointment)
    {
        if (book.PatientId is null)
        {
            return book.Proposed is not null || AppointmentRules.Patient(appointment) is not null ? null : Refused(null, new Issue("required", "A new appointment needs its patient.", "patient"));
        }

        if (AppointmentRules.Patient(appointment) is { } other && other != book.PatientId)
        {
            return Refused(null, new Issue("business-rule", "The appointment is another patient's.", "patient"));
        }

        return await held.ExistsAsync("Patient", book.PatientId) ? null : Refused(null, new Issue("not-found", "There is no such patient.", "patient"));
    }

    /// <summary>The slots that a step asks for.</summary>
    private async Task<(IReadOnlyList<string> Slots, Issue? Refusal)> ChooseAsync(AppointmentTime? wanted, string appointment)
    {
        if (wanted?.ScheduleId is not { } schedule)
        {
            return wanted?.SlotIds.FirstOrDefault(slot => !ResourceKey.IsId(slot)) is { }
                ? ([], new Issue("value", "A slot is named by its id.", "slot"))
                : ([.. (wanted?.SlotIds ?? []).Distinct(StringComparer.Ordinal)], null);
        }

        if (wanted is not { Start: { } start, End: { } end } || end <= start || end - start > TimeSpan.FromDays(7))
        {
            return ([], new Issue("required", "A time in a schedule needs its start and its end, a week later at the most.", "start"));
        }

        return ResourceKey.IsId(schedule) && SlotSearch.Cover(await search.OverlappingAsync(Tenant, schedule, start, end), appointment, start, end) is { } slots
            ? (slots, null)
            : ([], new Issue("business-rule", $"Schedule/{schedule} has no free slots from {BedJson.Time(start)} to {BedJson.Time(end)}.", "schedule"));
    }

    /// <summary>Whose time slots are, by the schedules that they belong to.</summary>
    private async Task<IReadOnlyList<string>> ActorsAsync(IEnumerable<JsonObject?> slots)
    {
        var actors = new List<string>();
        foreach (var schedule in slots.Select(slot => BedJson.IdOf(slot?["schedule"], "Schedule")).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (await GrainFactory.GetOwner(new ResourceKey(Tenant, "Schedule", schedule)).ReadCurrentAsync() is { Deleted: false } stored)
            {
                actors.AddRange((EncounterJson.Parse(stored.Body)["actor"] as JsonArray ?? []).Select(actor => BedJson.Text(actor?["reference"])).OfType<string>());
            }
        }

        return [.. actors.Distinct(StringComparer.Ordinal)];
    }
}
