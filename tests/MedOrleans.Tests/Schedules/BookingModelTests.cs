using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Grains.Schedules;
using MedOrleans.Schedules;

namespace MedOrleans.Tests.Schedules;

/// <summary>
/// The rules of booking over a model of the store: workers read at one time and commit at another, commits are lost before or after they are made, commands are sent again. After
/// every commit no slot has two appointments, and slots and appointments agree. <c>MEDORLEANS_MODEL_STEPS</c> says how many steps.
/// </summary>
public sealed class BookingModelTests
{
    private const int Slots = 12;
    private const int Appointments = 10;
    private static readonly DateTimeOffset s_day = new(2030, 1, 1, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void RandomSteps_WithStaleReadsCrashesAndRepetitions_NoSlotHasTwoAppointmentsAndAllAgree(int seed)
    {
        var steps = int.Parse(Environment.GetEnvironmentVariable("MEDORLEANS_MODEL_STEPS") ?? "1000000", CultureInfo.InvariantCulture);
        var world = new World(seed);
        for (var i = 0; i < steps; i++)
        {
            world.Step();
            if (i % 5000 == 0)
            {
                world.CheckAll();
            }
        }

        world.CheckAll();
        Assert.True(world.Taken > steps / 20, $"Only {world.Taken} of {steps} steps were taken.");
        Assert.True(world.Refused > steps / 50 && world.Lost > steps / 100 && world.Repeated > steps / 200 && world.Late > steps / 200, $"{world.Refused} refused, {world.Lost} lost, {world.Repeated} repeated, {world.Late} late.");
    }

    /// <summary>A store of versions, and attempts at steps that are under way.</summary>
    private sealed class World(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Stored[] _slots = [.. Enumerable.Range(0, Slots).Select(i => new Stored(Slot(i)))];
        private readonly Stored[] _appointments = [.. Enumerable.Range(0, Appointments).Select(_ => new Stored(null))];
        private readonly List<Attempt> _open = [];
        private readonly Queue<(int Appointment, AppointmentStep Step)> _again = new();
        private readonly HashSet<(int Appointment, Guid Command)> _effects = [];
        private int _commands;

        public int Taken { get; private set; }

        public int Refused { get; private set; }

        public int Lost { get; private set; }

        public int Repeated { get; private set; }

        public int Late { get; private set; }

        /// <summary>Begins an attempt, or finishes one.</summary>
        public void Step()
        {
            if (_open.Count > 0 && (_open.Count == 6 || _random.Next(2) == 0))
            {
                var at = _random.Next(_open.Count);
                var attempt = _open[at];
                _open.RemoveAt(at);
                Finish(attempt);
                return;
            }

            if (_random.Next(20) == 0)
            {
                NewDay(_random.Next(Appointments));
                return;
            }

            var (appointment, step) = _again.Count > 0 && _random.Next(2) == 0 ? _again.Dequeue() : (_random.Next(Appointments), Command());
            if (_effects.Contains((appointment, step.CommandId)))
            {
                // The reply of the first time is given again.
                Repeated++;
                return;
            }

            Begin(appointment, step);
        }

        public void CheckAll()
        {
            for (var i = 0; i < Slots; i++)
            {
                var taker = SlotRules.TakenBy(_slots[i].Json!);
                Assert.Equal(taker is not null, (string?)_slots[i].Json!["status"] == "busy");
                Assert.False(SlotRules.IsTakenTwice(_slots[i].Json!));
                var holders = Enumerable.Range(0, Appointments).Where(a => AppointmentRules.Held(_appointments[a].Json).Contains($"s{i}")).Select(a => $"a{a}").ToList();
                Assert.True(holders.Count <= 1, $"Slot {i} has {string.Join(" and ", holders)}.");
                Assert.Equal(taker, holders.SingleOrDefault());
            }
        }

        /// <summary>What is checked in is over: the same slot of another day is free, and its appointment makes room for a new one.</summary>
        private void NewDay(int appointment)
        {
            if (_appointments[appointment].Json is { } json && AppointmentRules.Status(json) == "checked-in")
            {
                foreach (var slot in AppointmentRules.Held(json).Select(Index))
                {
                    _slots[slot] = new Stored(Slot(slot)) { Version = _slots[slot].Version + 1 };
                }

                _appointments[appointment] = new Stored(null) { Version = _appointments[appointment].Version + 1 };
            }
        }

        private AppointmentStep Command()
        {
            Span<byte> bytes = stackalloc byte[16];
            BitConverter.TryWriteBytes(bytes, ++_commands);
            var command = new Guid(bytes);
            return _random.Next(10) switch
            {
                0 or 1 or 2 or 3 => new BookAppointment { Time = Time(), PatientId = "p", CommandId = command },
                4 or 5 => new RescheduleAppointment { Time = Time(), CommandId = command },
                6 or 7 => new CancelAppointment { CommandId = command },
                8 => new MarkNoShow { CommandId = command },
                _ => new CheckInAppointment { CommandId = command },
            };
        }

        private AppointmentTime Time()
        {
            // Mostly neighbours, now and then a gap, or a slot that is not there.
            var first = _random.Next(Slots);
            return new AppointmentTime { SlotIds = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => $"s{first + (_random.Next(20) == 0 ? 2 * i : i)}").Distinct()] };
        }

        private void Begin(int appointment, AppointmentStep step)
        {
            // Over and done with, it makes room for a new one of the same id: as far as slots go that is a new resource.
            var stored = _appointments[appointment];
            if (step is BookAppointment && stored.Json is { } old && !AppointmentRules.Holds(AppointmentRules.Status(old)))
            {
                stored = stored with { Json = null };
            }

            var json = stored.Json is null ? step is BookAppointment ? new JsonObject { ["resourceType"] = "Appointment", ["status"] = "proposed" } : null : (JsonObject)stored.Json.DeepClone();
            if (json is null || AppointmentRules.RefuseStep(json, step) is not null)
            {
                Refused++;
                return;
            }

            var wanted = AppointmentRules.Wanted(json, step)?.SlotIds ?? [];
            var touched = AppointmentRules.Held(json).Concat(wanted).Distinct().ToList();
            _open.Add(new Attempt(appointment, stored.Version, step, json, wanted, touched.ToDictionary(id => id, id => Find(id) is { } slot ? (slot.Version, (JsonObject?)slot.Json!.DeepClone()) : (0, null))));
        }

        private void Finish(Attempt attempt)
        {
            if (_effects.Contains((attempt.Appointment, attempt.Step.CommandId)))
            {
                Repeated++;
                return;
            }

            // No-shows are of the next day; what is booked is of this one.
            var booking = new Booking { Slots = attempt.Slots.ToDictionary(slot => slot.Key, slot => slot.Value.Json), Wanted = attempt.Wanted, Patient = "Patient/p" };
            if (AppointmentRules.Apply(attempt.Json, $"a{attempt.Appointment}", attempt.Step, booking, attempt.Step is MarkNoShow ? s_day.AddDays(1) : s_day) is not null)
            {
                Refused++;
                return;
            }

            var fate = _random.Next(10);
            if (fate == 0)
            {
                Lost++;
                _again.Enqueue((attempt.Appointment, attempt.Step));
                return;
            }

            // The store's compare-and-set over all that the step has read.
            if (_appointments[attempt.Appointment].Version != attempt.Version || attempt.Slots.Any(slot => Find(slot.Key) is { } stored && stored.Version != slot.Value.Version))
            {
                Late++;
                _again.Enqueue((attempt.Appointment, attempt.Step));
                return;
            }

            _appointments[attempt.Appointment] = new Stored(attempt.Json) { Version = attempt.Version + 1 };
            foreach (var (id, (version, json)) in attempt.Slots.Where(slot => slot.Value.Json is not null && !JsonNode.DeepEquals(slot.Value.Json, Find(slot.Key)!.Json)))
            {
                _slots[Index(id)] = new Stored(json) { Version = version + 1 };
            }

            Assert.True(_effects.Add((attempt.Appointment, attempt.Step.CommandId)));
            Taken++;
            foreach (var id in attempt.Slots.Keys.Where(id => Find(id) is not null))
            {
                var taker = SlotRules.TakenBy(Find(id)!.Json!);
                Assert.Equal(AppointmentRules.Held(attempt.Json).Contains(id), taker == $"a{attempt.Appointment}");
            }

            if (fate == 1)
            {
                // The answer is lost: the command comes again.
                Lost++;
                _again.Enqueue((attempt.Appointment, attempt.Step));
            }
        }

        private Stored? Find(string id) => Index(id) < Slots ? _slots[Index(id)] : null;

        private static int Index(string id) => int.Parse(id.AsSpan(1), CultureInfo.InvariantCulture);

        private static JsonObject Slot(int i) => new()
        {
            ["resourceType"] = "Slot",
            ["status"] = "free",
            ["start"] = s_day.AddMinutes(15 * i).ToString("o", CultureInfo.InvariantCulture),
            ["end"] = s_day.AddMinutes(15 * (i + 1)).ToString("o", CultureInfo.InvariantCulture),
        };
    }

    private sealed record Stored(JsonObject? Json)
    {
        public int Version { get; init; } = 1;
    }

    private sealed record Attempt(int Appointment, int Version, AppointmentStep Step, JsonObject Json, IReadOnlyList<string> Wanted, Dictionary<string, (int Version, JsonObject? Json)> Slots);
}
