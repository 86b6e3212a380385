using System.Text.Json.Nodes;
using MedOrleans.Grains.Encounters;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Schedules;

namespace MedOrleans.Grains.Schedules;

/// <summary>The states of an appointment (R4, <c>appointmentstatus</c>) and what leads from one to the next, as pure functions over its JSON.</summary>
internal static class AppointmentRules
{
    /// <summary>The most slots of one appointment.</summary>
    public const int MostSlots = 100;

    /// <summary>What a plain write may make of each state besides leaving it.</summary>
    private static readonly Dictionary<string, string[]> s_plain = new(StringComparer.Ordinal)
    {
        ["proposed"] = ["pending", "booked", "waitlist", "cancelled", "entered-in-error"],
        ["waitlist"] = ["proposed", "pending", "booked", "cancelled", "entered-in-error"],
        ["pending"] = ["proposed", "waitlist", "booked", "arrived", "noshow", "cancelled", "entered-in-error"],
        ["booked"] = ["pending", "arrived", "checked-in", "fulfilled", "noshow", "cancelled", "entered-in-error"],
        ["arrived"] = ["checked-in", "fulfilled", "cancelled", "entered-in-error"],
        ["checked-in"] = ["fulfilled", "entered-in-error"],
        ["fulfilled"] = ["entered-in-error"],
        ["noshow"] = ["entered-in-error"],
        ["cancelled"] = ["entered-in-error"],
        ["entered-in-error"] = [],
    };

    /// <summary>The appointment's status; empty where it has none.</summary>
    public static string Status(JsonObject appointment) => BedJson.Text(appointment["status"]) ?? "";

    /// <summary>Whether an appointment in this state has its slots.</summary>
    public static bool Holds(string status) => status is "pending" or "booked" or "arrived" or "checked-in" or "fulfilled";

    /// <summary>The ids of the slots that the appointment has; none where its state gives them up.</summary>
    public static IReadOnlyList<string> Held(JsonObject? appointment) => appointment is not null && Holds(Status(appointment)) ? Named(appointment) : [];

    /// <summary>The ids of the slots that the appointment names.</summary>
    public static IReadOnlyList<string> Named(JsonObject appointment) => appointment["slot"] is not JsonArray slots ? []
        : [.. slots.Select(slot => BedJson.IdOf(slot, "Slot")).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The id of the patient who comes; null where none is named.</summary>
    public static string? Patient(JsonObject appointment) => Actors(appointment).Select(actor => BedJson.IdOf(actor, "Patient")).FirstOrDefault(id => id is not null);

    /// <summary>Why a step cannot be taken from the state that the appointment is in; null where it can.</summary>
    public static Issue? RefuseStep(JsonObject? appointment, AppointmentStep step)
    {
        var (what, from) = step switch
        {
            BookAppointment => ("be booked", "proposed, pending or waitlist"),
            RescheduleAppointment => ("be rescheduled", "pending or booked"),
            CancelAppointment => ("be cancelled", "proposed, waitlist, pending, booked or arrived"),
            MarkNoShow => ("become a no-show", "pending or booked"),
            CheckInAppointment => ("be checked in", "booked or arrived"),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        if (appointment is null)
        {
            return null;
        }

        var status = Status(appointment);
        return from.Split([", ", " or "], StringSplitOptions.None).Contains(status) ? null
            : new Issue("business-rule", $"An appointment that is {status} cannot {what}: it has to be {from}.", "Appointment.status");
    }

    /// <summary>The time that a step asks for; null for a step that leaves it as it is.</summary>
    /// <param name="appointment">The appointment that is there, or proposed.</param>
    /// <param name="step">The step.</param>
    public static AppointmentTime? Wanted(JsonObject? appointment, AppointmentStep step)
    {
        var given = step switch { BookAppointment book => book.Time, RescheduleAppointment again => again.Time, _ => null };
        var saysNothing = given is { SlotIds.Count: 0, ScheduleId: null, Start: null, End: null };
        return !saysNothing || step is not BookAppointment || appointment is null ? given
            : new AppointmentTime { SlotIds = Named(appointment), Start = BedJson.Time(appointment["start"]), End = BedJson.Time(appointment["end"]) };
    }

    /// <summary>
    /// Takes a step that <see cref="RefuseStep"/> lets pass, in the appointment and its slots, in place. All slots that it has or shall have are in <see cref="Booking.Slots"/>. Where it is
    /// refused, what has been changed is not to be kept.
    /// </summary>
    /// <param name="appointment">The appointment that is there or proposed.</param>
    /// <param name="id">Its id.</param>
    /// <param name="step">The step.</param>
    /// <param name="booking">What it touches.</param>
    /// <param name="now">The time now.</param>
    public static Issue? Apply(JsonObject appointment, string id, AppointmentStep step, Booking booking, DateTimeOffset now)
    {
        switch (step)
        {
            case BookAppointment book:
                Describe(appointment, book, now);
                var refused = Place(appointment, id, booking, now);
                appointment["status"] = "booked";
                return refused ?? (appointment["participant"] is JsonArray { Count: > 0 } ? null : new Issue("required", "An appointment needs somebody who takes part in it.", "patient"));
            case RescheduleAppointment:
                return Place(appointment, id, booking, now);
            case CancelAppointment cancel:
                GiveBack(appointment, id, booking, []);
                appointment["status"] = "cancelled";
                if (cancel.Reason is not null)
                {
                    appointment["cancelationReason"] = EncounterJson.Concept(cancel.Reason);
                }

                return null;
            case MarkNoShow:
                if (BedJson.Time(appointment["start"]) is { } start && start > now)
                {
                    return new Issue("business-rule", $"The appointment that is {Status(appointment)} begins at {BedJson.Time(start)}: before that nobody has failed to come.", "Appointment.start");
                }

                GiveBack(appointment, id, booking, []);
                appointment["status"] = "noshow";
                return null;
            default:
                appointment["status"] = "checked-in";
                return null;
        }
    }

    /// <summary>Why a plain write of an appointment is refused; null where it may be.</summary>
    /// <param name="before">What is stored; null where nothing is.</param>
    /// <param name="after">What is to be; null for a deletion.</param>
    /// <param name="entered">The slots that it has afterwards and had not before: they have to be its own already.</param>
    public static Issue? RefusePlain(JsonObject? before, JsonObject? after, out IReadOnlyList<string> entered)
    {
        entered = [];
        var held = Held(before);
        if (after is null)
        {
            return held.Count == 0 ? null : StillHeld(held, "be deleted");
        }

        var status = Status(after);
        if (before is not null && Status(before) is var was && was != status && !(s_plain.TryGetValue(was, out var next) && next.Contains(status)))
        {
            return new Issue("business-rule", $"An appointment that is {was} cannot become {status} by a plain write.", "Appointment.status");
        }

        if (held.Count > 0 && !Holds(status))
        {
            return StillHeld(held, $"become {status} by a plain write");
        }

        if (held.Count > 0 && (!Named(after).ToHashSet(StringComparer.Ordinal).SetEquals(held)
            || BedJson.Time(before!["start"]) != BedJson.Time(after["start"]) || BedJson.Time(before["end"]) != BedJson.Time(after["end"])))
        {
            return new Issue("business-rule", $"The appointment has Slot/{held[0]}: $reschedule moves it to another time.", "Appointment.slot");
        }

        entered = [.. Held(after).Except(held, StringComparer.Ordinal)];
        return null;
    }

    private static Issue? Place(JsonObject appointment, string id, Booking booking, DateTimeOffset now)
    {
        var (start, end) = (booking.Start, booking.End);
        GiveBack(appointment, id, booking, booking.Wanted);
        foreach (var slot in booking.Wanted)
        {
            if (!booking.Slots.TryGetValue(slot, out var json) || json is null)
            {
                return new Issue("not-found", $"There is no Slot/{slot}.", "slot");
            }

            if (SlotRules.Take(json, slot, id) is { } taken)
            {
                return taken;
            }
        }

        if (booking.Wanted.Count > 0)
        {
            if (SlotRules.Join(booking.Wanted.Select(slot => booking.Slots[slot]!), now, out var first, out var last) is { } apart)
            {
                return apart;
            }

            (start, end) = (start ?? first, end ?? last);
            if (start < first || end > last)
            {
                return new Issue("business-rule", "The time asked for lies outside of the slots.", "start");
            }
        }

        if (start is null || end is null || end <= start)
        {
            return new Issue("required", "An appointment needs slots, or a beginning and an end after it.", "slot");
        }

        if (booking.Wanted.Count > 0)
        {
            appointment["slot"] = new JsonArray([.. booking.Wanted.Select(slot => new JsonObject { ["reference"] = $"Slot/{slot}" })]);
        }
        else
        {
            appointment.Remove("slot");
        }

        appointment["start"] = BedJson.Time(start.Value);
        appointment["end"] = BedJson.Time(end.Value);
        appointment["minutesDuration"] = Math.Max(1, (int)(end.Value - start.Value).TotalMinutes);
        TakePart(appointment, booking);
        return null;
    }

    private static void GiveBack(JsonObject appointment, string id, Booking booking, IReadOnlyList<string> kept)
    {
        foreach (var slot in Held(appointment).Except(kept, StringComparer.Ordinal))
        {
            if (booking.Slots.TryGetValue(slot, out var json) && json is not null)
            {
                SlotRules.Free(json, id);
            }
        }
    }

    /// <summary>Whose time the new slots are takes part; whose time only the old ones were does not.</summary>
    private static void TakePart(JsonObject appointment, Booking booking)
    {
        if (appointment["participant"] is not JsonArray participants)
        {
            appointment["participant"] = participants = [];
        }

        foreach (var gone in participants.OfType<JsonObject>().Where(one => BedJson.Text(one["actor"]?["reference"]) is { } actor && booking.Left.Contains(actor) && !booking.Actors.Contains(actor)).ToList())
        {
            participants.Remove(gone);
        }

        foreach (var actor in booking.Actors.Append(booking.Patient).OfType<string>().Except(Actors(appointment).Select(actor => BedJson.Text(actor?["reference"])).OfType<string>(), StringComparer.Ordinal).ToList())
        {
            participants.Add(new JsonObject { ["actor"] = new JsonObject { ["reference"] = actor }, ["status"] = "accepted" });
        }
    }

    private static void Describe(JsonObject appointment, BookAppointment book, DateTimeOffset now)
    {
        if (book.ServiceType is not null)
        {
            appointment["serviceType"] = new JsonArray(EncounterJson.Concept(book.ServiceType));
        }

        if (book.AppointmentType is not null)
        {
            appointment["appointmentType"] = EncounterJson.Concept(book.AppointmentType);
        }

        if (book.Reason is not null)
        {
            appointment["reasonCode"] = new JsonArray(EncounterJson.Concept(book.Reason));
        }

        if (book.Description is not null)
        {
            appointment["description"] = book.Description;
        }

        appointment["created"] ??= BedJson.Time(now);
    }

    private static IEnumerable<JsonNode?> Actors(JsonObject appointment) => (appointment["participant"] as JsonArray ?? []).OfType<JsonObject>().Select(one => one["actor"]);

    private static Issue StillHeld(IReadOnlyList<string> slots, string what) =>
        new("business-rule", $"The appointment has Slot/{slots[0]} and cannot {what}: $cancel or $no-show gives it back.", "Appointment.slot");
}

/// <summary>What a step of an appointment touches besides it.</summary>
internal sealed record Booking
{
    /// <summary>The slots that the appointment has or shall have, by id; null where there is none of that id.</summary>
    public IReadOnlyDictionary<string, JsonObject?> Slots { get; init; } = new Dictionary<string, JsonObject?>();

    /// <summary>The slots that it shall have.</summary>
    public IReadOnlyList<string> Wanted { get; init; } = [];

    /// <summary>When it shall begin; null for the beginning of the slots.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>When it shall end; null for the end of the slots.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Whose time the wanted slots are: <c>Practitioner/1</c>.</summary>
    public IReadOnlyList<string> Actors { get; init; } = [];

    /// <summary>Whose time the slots were that it has.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>The patient, <c>Patient/1</c>; null where the step names none.</summary>
    public string? Patient { get; init; }
}
