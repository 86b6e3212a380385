using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Grains.Schedules;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Schedules;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Grains;

/// <summary>Appointments and slots over a silo and a store: each step is one commit, has one effect, and no slot has two appointments.</summary>
public sealed class BookingGrainTests : IAsyncLifetime
{
    private const int Slots = 8;
    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly Caller s_caller = new("test");
    private readonly ResourceReader _reader = new(SearchParameterCatalog.R4);
    private readonly StoreFaults _faults = new(11);
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_faults);
        Assert.Equal(TenantReplyStatus.Done, (await _silo.Grains.GetGrain<ITenantManagementGrain>("north").CreateAsync(new CreateTenant { Name = "North Hospital" })).Status);
        await PutAsync("Schedule", "dr", """{"resourceType":"Schedule","id":"dr","actor":[{"reference":"Practitioner/dr"},{"reference":"Location/room1"}]}""");
        await PutAsync("Patient", "p1", """{"resourceType":"Patient","id":"p1"}""");
        for (var i = 0; i < Slots; i++)
        {
            await PutAsync("Slot", $"s{i}", $$"""{"resourceType":"Slot","id":"s{{i}}","schedule":{"reference":"Schedule/dr"},"status":"free","start":"2035-01-01T0{{i}}:00:00Z","end":"2035-01-01T0{{i + 1}}:00:00Z"}""");
        }
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Book_FreeSlots_IsOneCommitOfAppointmentAndSlots()
    {
        var booked = await StepAsync("a1", Book("s1", "s2"));

        Assert.Equal(WriteStatus.Created, booked.Status);
        var appointment = Json(booked.Stored!);
        Assert.Equal(("booked", "2035-01-01T01:00:00.000Z", "2035-01-01T03:00:00.000Z", 120), ((string)appointment["status"]!, (string)appointment["start"]!, (string)appointment["end"]!, (int)appointment["minutesDuration"]!));
        Assert.Equal(["Practitioner/dr", "Location/room1", "Patient/p1"], appointment["participant"]!.AsArray().Select(one => (string)one!["actor"]!["reference"]!));
        foreach (var slot in new[] { "s1", "s2" })
        {
            var stored = (await ReadAsync("Slot", slot))!;
            Assert.Equal(("busy", "a1", booked.Stored!.CommandId, booked.Stored.LastUpdated), ((string)Json(stored)["status"]!, SlotRules.TakenBy(Json(stored)), stored.CommandId, stored.LastUpdated));
        }

        await HoldsAsync();
    }

    [Fact]
    public async Task Book_WhatCannotBe_SaysWhyAndChangesNothing()
    {
        await StepAsync("a1", Book("s1"));
        await PutAsync("Slot", "blocked", """{"resourceType":"Slot","id":"blocked","schedule":{"reference":"Schedule/dr"},"status":"busy-unavailable","start":"2035-01-01T12:00:00Z","end":"2035-01-01T13:00:00Z"}""");
        await PutAsync("Slot", "past", """{"resourceType":"Slot","id":"past","schedule":{"reference":"Schedule/dr"},"status":"free","start":"2005-01-01T12:00:00Z","end":"2005-01-01T13:00:00Z"}""");

        async Task RefusedAsync(AppointmentStep step, string with)
        {
            var reply = await StepAsync("a2", step);
            Assert.Equal(WriteStatus.RuleViolated, reply.Status);
            Assert.Contains(with, Assert.Single(reply.Issues).Details, StringComparison.Ordinal);
        }

        await RefusedAsync(Book("s1"), "Slot/s1 is taken by another appointment");
        await RefusedAsync(Book("s0", "s1"), "Slot/s1 is taken by another appointment");
        await RefusedAsync(Book("blocked"), "busy-unavailable");
        await RefusedAsync(Book("past"), "over already");
        await RefusedAsync(Book("s3", "s5"), "gap");
        await RefusedAsync(Book("s99"), "no Slot/s99");
        await RefusedAsync(Book("s3") with { PatientId = "nobody" }, "no such patient");
        await RefusedAsync(Book("s3") with { PatientId = null }, "needs its patient");
        await RefusedAsync(Book(), "slots, or a beginning");
        await RefusedAsync(Book("s3") with { Proposed = """{"resourceType":"Appointment","status":"cancelled","participant":[{"status":"accepted"}]}"""u8.ToArray() }, "that is cancelled cannot be booked");
        var foreign = """{"resourceType":"Appointment","status":"proposed","slot":[{"reference":"https://elsewhere/Slot/s3"}],"start":"2035-01-01T03:00:00Z","end":"2035-01-01T04:00:00Z"}"""u8.ToArray();
        Assert.Equal(WriteStatus.Invalid, (await StepAsync("a2", Book() with { Proposed = foreign })).Status);
        Assert.Equal(WriteStatus.Invalid, (await StepAsync("a2", Book() with { Proposed = "[]"u8.ToArray() })).Status);
        Assert.Equal(WriteStatus.NotFound, (await StepAsync("a2", new CancelAppointment())).Status);
        Assert.Null(await ReadAsync("Appointment", "a2"));
        Assert.Equal(("free", 1), ((string)Json((await ReadAsync("Slot", "s0"))!)["status"]!, (await ReadAsync("Slot", "s0"))!.Version));
        await HoldsAsync();
    }

    [Fact]
    public async Task Life_RescheduleNoShowCancelCheckIn_SlotsFollow()
    {
        await StepAsync("a1", Book("s1", "s2"));
        await TakenAsync("a1", new RescheduleAppointment { Time = new AppointmentTime { SlotIds = ["s2", "s3"] } }, "s2 s3");
        await TakenAsync("a1", new RescheduleAppointment { Time = new AppointmentTime { ScheduleId = "dr", Start = Hour(4), End = Hour(6) } }, "s4 s5");
        var early = await StepAsync("a1", new MarkNoShow());
        Assert.Contains("begins at 2035-01-01T04:00:00.000Z", early.Issues[0].Details, StringComparison.Ordinal);
        await TakenAsync("a1", new CancelAppointment { Reason = new("pat", "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason") }, "");
        var cancelled = await StepAsync("a1", new CheckInAppointment());
        Assert.Contains("An appointment that is cancelled cannot be checked in: it has to be booked or arrived.", cancelled.Issues[0].Details, StringComparison.Ordinal);

        await TakenAsync("a2", Book("s4"), "s4");
        await PutAsync("Appointment", "gone", """{"resourceType":"Appointment","id":"gone","status":"booked","start":"2005-01-01T04:00:00Z","end":"2005-01-01T05:00:00Z","participant":[{"actor":{"reference":"Patient/p1"},"status":"accepted"}]}""");
        Assert.Equal("noshow", (string)Json((await StepAsync("gone", new MarkNoShow())).Stored!)["status"]!);

        var checkIn = new CheckInAppointment { Class = new("EMER") };
        var arrived = await StepAsync("a2", checkIn);
        var encounter = Json(arrived.Stored!);
        Assert.Equal((WriteStatus.Created, "arrived", "EMER", "Appointment/a2", "Patient/p1"), (arrived.Status, (string)encounter["status"]!, (string)encounter["class"]!["code"]!, (string)encounter["appointment"]![0]!["reference"]!, (string)encounter["subject"]!["reference"]!));
        Assert.Equal(("checked-in", arrived.Stored!.CommandId), ((string)Json((await ReadAsync("Appointment", "a2"))!)["status"]!, (await ReadAsync("Appointment", "a2"))!.CommandId));
        var again = await StepAsync("a2", checkIn);
        Assert.Equal((arrived.Status, arrived.Stored.Id, arrived.Stored.Version), (again.Status, again.Stored!.Id, again.Stored.Version));
        await HoldsAsync();

        async Task TakenAsync(string id, AppointmentStep step, string slots)
        {
            var reply = await StepAsync(id, step);
            Assert.True(reply.IsCommitted, $"{step.GetType().Name}: {string.Join(", ", reply.Issues.Select(issue => issue.Details))}");
            Assert.Equal(slots, string.Join(' ', await TakenByAsync(id)));
            await HoldsAsync();
        }
    }

    [Fact]
    public async Task CheckIn_ToAPlannedEncounter_StartsIt()
    {
        await StepAsync("a1", Book("s1"));
        await PutAsync("Encounter", "planned", """{"resourceType":"Encounter","id":"planned","status":"planned","class":{"code":"AMB"},"subject":{"reference":"Patient/p1"}}""");
        await PutAsync("Encounter", "other", """{"resourceType":"Encounter","id":"other","status":"planned","class":{"code":"AMB"},"subject":{"reference":"Patient/p2"}}""");

        Assert.Contains("another patient's", (await StepAsync("a1", new CheckInAppointment { EncounterId = "other" })).Issues[0].Details, StringComparison.Ordinal);
        var arrived = Json((await StepAsync("a1", new CheckInAppointment { EncounterId = "planned" })).Stored!);

        Assert.Equal(("arrived", "planned", "Appointment/a1"), ((string)arrived["status"]!, (string)arrived["statusHistory"]![0]!["status"]!, (string)arrived["appointment"]![0]!["reference"]!));
    }

    [Fact]
    public async Task PlainWrite_OfAnAppointmentOrSlot_CannotBookTwiceOrGiveBack()
    {
        await StepAsync("a1", Book("s1"));
        var appointment = (await ReadAsync("Appointment", "a1"))!.Body;
        var slot = (await ReadAsync("Slot", "s1"))!.Body;

        string[] refused =
        [
            await TextAsync("Appointment", "a1", Change(appointment, json => json["status"] = "cancelled")),
            await TextAsync("Appointment", "a1", Change(appointment, json => json["status"] = "entered-in-error")),
            await TextAsync("Appointment", "a1", Change(appointment, json => json.Remove("slot"))),
            await TextAsync("Appointment", "a1", Change(appointment, json => json["slot"]![0]!["reference"] = "Slot/s2")),
            await TextAsync("Appointment", "a1", Change(appointment, json => json["start"] = "2035-01-01T00:00:00Z")),
            await TextAsync("Appointment", "a2", Change(appointment, json => json["id"] = "a2")),
            await TextAsync("Appointment", "a2", Change(appointment, json => { json["id"] = "a2"; json["slot"]![0]!["reference"] = "Slot/s3"; })),
            await TextAsync("Appointment", "a2", Change(appointment, json => { json["id"] = "a2"; json["slot"]![0]!["reference"] = "Slot/nowhere"; })),
            await TextAsync("Slot", "s1", Change(slot, json => json["status"] = "free")),
            await TextAsync("Slot", "s1", Change(slot, json => json.Remove("extension"))),
            await TextAsync("Slot", "s1", Change(slot, json => json["start"] = "2035-01-01T00:00:00Z")),
            await TextAsync("Slot", "s2", Change(slot, json => json["id"] = "s2")),
            await TextAsync("Slot", "s9", Change(slot, json => json["id"] = "s9")),
        ];

        Assert.All(refused, text => Assert.StartsWith("RuleViolated", text, StringComparison.Ordinal));
        Assert.Equal(WriteStatus.RuleViolated, (await _silo.Grains.GetOwner(Key("Appointment", "a1")).WriteAsync(Command(WriteKind.Delete, null))).Status);
        Assert.Equal(WriteStatus.RuleViolated, (await _silo.Grains.GetOwner(Key("Slot", "s1")).WriteAsync(Command(WriteKind.Delete, null))).Status);
        Assert.Equal("Updated", await TextAsync("Appointment", "a1", Change(appointment, json => json["status"] = "arrived")));
        Assert.Equal("Updated", await TextAsync("Slot", "s1", Change(slot, json => json["comment"] = "window")));
        Assert.Equal("Created", await TextAsync("Appointment", "a3", Change(appointment, json => { json["id"] = "a3"; json["status"] = "proposed"; })));
        await HoldsAsync();
    }

    [Fact]
    public async Task GenerateSlots_OfOverlappingPatternsAtOnce_MakesNoTwoAtOneTime()
    {
        await PutAsync("Schedule", "week", """{"resourceType":"Schedule","id":"week","actor":[{"reference":"Practitioner/dr"}]}""");
        var pattern = new GenerateSlots
        {
            From = new(2035, 3, 19),
            To = new(2035, 3, 30),
            Start = new(8, 0),
            End = new(12, 0),
            Minutes = 30,
            Days = [DayOfWeek.Monday, DayOfWeek.Thursday],
            TimeZone = "Europe/Berlin",
        };
        GenerateSlots[] patterns = [pattern, pattern with { CommandId = Guid.CreateVersion7(), Start = new(9, 15), Minutes = 45, End = new(14, 0) }, pattern with { CommandId = Guid.CreateVersion7() }];

        var replies = await Task.WhenAll(patterns.Concat(patterns).Select(one => _silo.Grains.GetSchedule(s_north, "week").GenerateSlotsAsync(one)));

        Assert.All(replies, reply => Assert.True(reply.IsCommitted || reply.Status == WriteStatus.RuleViolated));
        Assert.Equal((replies[0].Status, replies[0].Stored?.Version), (replies[3].Status, replies[3].Stored?.Version));
        var found = (await _silo.Grains.GetHospitalRecord(s_north).SearchAsync("Slot", "schedule=Schedule/week&_count=1000&_sort=start")).Matches.Select(Json).ToList();
        Assert.InRange(found.Count, 4 * 4, 4 * 10);
        Assert.All(found.Zip(found.Skip(1)), pair => Assert.True(SlotRules.End(pair.First) <= SlotRules.Start(pair.Second)));
        Assert.Contains(found, slot => ((string)slot["start"]!).EndsWith("+01:00", StringComparison.Ordinal));
        Assert.Contains(found, slot => ((string)slot["start"]!).EndsWith("+02:00", StringComparison.Ordinal));
    }

    /// <summary>Many at once want the same few slots over a store whose commits are lost before and after they are made; each command is sent until it is answered, and several times.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task AdversarialSteps_OverAStoreThatFails_NoSlotHasTwoAndEachCommandHasOneEffect(int seed)
    {
        var acknowledged = new ConcurrentDictionary<Guid, (string Appointment, AppointmentStep Step, long Version)>();
        _faults.Percent = 35;
        for (var round = 0; round < 4; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
            {
                var random = new Random((seed * 1000) + (round * 10) + worker);
                for (var i = 0; i < 40; i++)
                {
                    var first = random.Next(Slots);
                    var time = random.Next(3) == 0
                        ? new AppointmentTime { ScheduleId = "dr", Start = Hour(first), End = Hour(first + 1) }
                        : new AppointmentTime { SlotIds = [.. Enumerable.Range(first, random.Next(1, 4)).Where(slot => slot < Slots).Select(slot => $"s{slot}")] };

                    // What is cancelled or checked in is over and done with, so that new ones are needed all the time.
                    var id = $"a{round}-{random.Next(i + 1)}";
                    AppointmentStep step = random.Next(9) switch
                    {
                        0 or 1 or 2 => new BookAppointment { Time = time, PatientId = "p1" },
                        3 or 4 => new RescheduleAppointment { Time = time },
                        5 or 6 or 7 => new CancelAppointment(),
                        _ => random.Next(10) == 0 ? new CheckInAppointment() : new MarkNoShow(),
                    };
                    var replies = await Task.WhenAll(Enumerable.Range(0, random.Next(1, 4)).Select(_ => AnsweredAsync(id, step)));
                    var versions = replies.Where(reply => reply.IsCommitted).Select(reply => reply.Stored!.Version).Distinct().ToList();
                    Assert.True(versions.Count <= 1, "A command was answered in two ways.");
                    if (versions.Count == 1)
                    {
                        acknowledged[step.CommandId] = (id, step, versions[0]);
                    }
                }
            }));
            await HoldsAsync();
            await Task.WhenAll(Enumerable.Range(0, 40).Select(i => AnsweredAsync($"a{round}-{i}", new CancelAppointment())));
            await HoldsAsync();
        }

        _faults.Percent = 0;
        Assert.True(_faults.Count > 10 && acknowledged.Count > 60, $"{_faults.Count} faults, {acknowledged.Count} acknowledged.");
        foreach (var (_, (id, step, version)) in acknowledged)
        {
            Assert.Equal(version, (await StepAsync(id, step)).Stored!.Version);
        }

        for (var i = 0; i < Slots; i++)
        {
            var page = await _silo.Store.AuditAsync(new AuditQuery { Tenant = s_north, Type = "Slot", Id = $"s{i}", Count = 1000 }, default);
            Assert.Equal(page.Rows.Count, page.Rows.Select(row => row.CommandId).Distinct().Count());
        }

        await HoldsAsync();
    }

    private async Task<WriteReply> AnsweredAsync(string id, AppointmentStep step)
    {
        while (true)
        {
            try
            {
                var reply = await StepAsync(id, step);
                if (reply.Status != WriteStatus.VersionConflict)
                {
                    return reply;
                }
            }
            catch (RecordUnavailableException)
            {
            }
        }
    }

    /// <summary>Each slot has at most one appointment, and both say the same.</summary>
    private async Task HoldsAsync()
    {
        var appointments = await AllAsync("Appointment");
        var slots = await AllAsync("Slot");
        var bySlots = slots.Where(slot => SlotRules.TakenBy(slot) is not null).Select(slot => (SlotRules.TakenBy(slot)!, (string)slot["id"]!)).Order().ToList();
        var byAppointments = appointments.SelectMany(appointment => AppointmentRules.Held(appointment).Select(slot => ((string)appointment["id"]!, slot))).Order().ToList();
        Assert.Equal(byAppointments, bySlots);
        Assert.Equal(byAppointments.Count, byAppointments.Select(pair => pair.slot).Distinct().Count());
        Assert.All(slots.Where(slot => ((string)slot["id"]!).StartsWith('s')), slot => Assert.Equal(SlotRules.TakenBy(slot) is not null, (string)slot["status"]! == "busy"));
        var encounters = (await AllAsync("Encounter")).SelectMany(encounter => encounter["appointment"]!.AsArray().Select(one => BedJson.IdOf(one, "Appointment"))).Order().ToList();
        Assert.Equal(appointments.Where(appointment => AppointmentRules.Status(appointment) == "checked-in").Select(appointment => (string?)appointment["id"]).Order(), encounters);
    }

    private async Task<List<JsonObject>> AllAsync(string type) => [.. (await _silo.Grains.GetHospitalRecord(s_north).SearchAsync(type, "_count=1000")).Matches.Select(Json)];

    private async Task<IEnumerable<string>> TakenByAsync(string appointment) =>
        (await AllAsync("Slot")).Where(slot => SlotRules.TakenBy(slot) == appointment).Select(slot => (string)slot["id"]!).Order(StringComparer.Ordinal);

    private static BookAppointment Book(params string[] slots) => new() { Time = new AppointmentTime { SlotIds = slots }, PatientId = "p1" };

    private static DateTimeOffset Hour(int hour) => new(2035, 1, 1, hour, 0, 0, TimeSpan.Zero);

    private static JsonObject Json(StoredVersion stored) => JsonNode.Parse(stored.Body)!.AsObject();

    private Task<WriteReply> StepAsync(string id, AppointmentStep step) => _silo.Grains.GetGrain<IBookingGrain>("north").StepAsync(id, step, s_caller, 0);

    private async Task<StoredVersion?> ReadAsync(string type, string id) => await _silo.Grains.GetOwner(Key(type, id)).ReadCurrentAsync();

    private async Task PutAsync(string type, string id, string json) => Assert.Equal(WriteStatus.Created, (await WriteAsync(type, id, json)).Status);

    private async Task<string> TextAsync(string type, string id, string json)
    {
        var reply = await WriteAsync(type, id, json);
        return $"{reply.Status}{(reply.Issues.Count > 0 ? ": " + reply.Issues[0].Details : "")}";
    }

    private Task<WriteReply> WriteAsync(string type, string id, string json)
    {
        var read = _reader.Read(Encoding.UTF8.GetBytes(json), new ReadOptions { Type = type, Id = id, IdMustMatch = true });
        Assert.True(read.Resource is not null, string.Join('\n', read.Issues));
        return _silo.Grains.GetOwner(Key(type, id)).WriteAsync(Command(WriteKind.Update, read.Resource));
    }

    private static WriteCommand Command(WriteKind kind, PreparedResource? resource) => new() { Kind = kind, Resource = resource, Caller = s_caller, CommandId = Guid.CreateVersion7() };

    private static ResourceKey Key(string type, string id) => new(s_north, type, id);

    private static string Change(byte[] body, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        change(json);
        return json.ToJsonString();
    }
}
