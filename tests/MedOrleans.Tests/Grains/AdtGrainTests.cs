using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Tenants;
using MedOrleans.Wards;

namespace MedOrleans.Tests.Grains;

/// <summary>Encounters and beds over a silo and a store: each step is one commit, has one effect, and no bed has two patients.</summary>
public sealed class AdtGrainTests : IAsyncLifetime
{
    private const int Beds = 5;
    private const int Patients = 9;

    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly Caller s_caller = new("test");
    private readonly ResourceReader _reader = new(SearchParameterCatalog.R4);
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync();
        Assert.Equal(TenantReplyStatus.Done, (await _silo.Grains.GetGrain<ITenantManagementGrain>("north").CreateAsync(new CreateTenant { Name = "North Hospital" })).Status);
        await PutAsync("Location", "ward", """{"resourceType":"Location","id":"ward","name":"3 West","physicalType":{"coding":[{"code":"wa"}]}}""");
        await PutAsync("Location", "room", """{"resourceType":"Location","id":"room","name":"Room 1","physicalType":{"coding":[{"code":"ro"}]},"partOf":{"reference":"Location/ward"}}""");
        for (var i = 0; i < Beds; i++)
        {
            await PutAsync("Location", $"b{i}", Bed($"b{i}", i % 2 == 0 ? "room" : "ward"));
        }

        for (var i = 0; i < Patients; i++)
        {
            await PutAsync("Patient", $"p{i}", $$"""{"resourceType":"Patient","id":"p{{i}}","name":[{"family":"P{{i}}"}]}""");
        }
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Admit_ToABed_IsOneCommitOfEncounterAndBed()
    {
        var admitted = await StepAsync("e1", new AdmitEncounter { PatientId = "p1", LocationId = "b1" });

        Assert.Equal(WriteStatus.Created, admitted.Status);
        var bed = await StatusAsync("b1");
        Assert.Equal(("O", "e1", "p1"), (bed.State, bed.EncounterId, bed.PatientId));
        Assert.Equal(admitted.Stored!.LastUpdated, (await ReadAsync("Location", "b1"))!.LastUpdated);
        Assert.Equal(admitted.Stored.CommandId, (await ReadAsync("Location", "b1"))!.CommandId);
        Assert.Equal(["b0", "b1", "b2", "b3", "b4"], (await Ward.CensusAsync()).Select(bed => bed.Id));
        await HoldsAsync();
    }

    [Fact]
    public async Task Admit_ToATakenBlockedReservedOrForeignPlace_SaysWhyAndChangesNothing()
    {
        await StepAsync("e1", new AdmitEncounter { PatientId = "p1", LocationId = "b1" });
        Assert.True((await BedAsync("b2", new BlockBed { State = "K" })).IsCommitted);
        Assert.True((await BedAsync("b3", new ReserveBed { PatientId = "p3" })).IsCommitted);

        async Task RefusedAsync(EncounterStep step, string with)
        {
            var reply = await StepAsync("e2", step);
            Assert.Equal(WriteStatus.RuleViolated, reply.Status);
            Assert.Contains(with, Assert.Single(reply.Issues).Details, StringComparison.Ordinal);
        }

        await RefusedAsync(new AdmitEncounter { PatientId = "p2", LocationId = "b1" }, "Location/b1 is occupied");
        await RefusedAsync(new AdmitEncounter { PatientId = "p2", LocationId = "b2" }, "contaminated");
        await RefusedAsync(new AdmitEncounter { PatientId = "p2", LocationId = "b3" }, "reserved for somebody else");
        await RefusedAsync(new AdmitEncounter { PatientId = "p2", LocationId = "b99" }, "no Location/b99");
        await RefusedAsync(new AdmitEncounter { PatientId = "nobody", LocationId = "b4" }, "no such patient");
        Assert.Null(await ReadAsync("Encounter", "e2"));
        Assert.True((await StepAsync("e3", new AdmitEncounter { PatientId = "p3", LocationId = "b3" })).IsCommitted);
        Assert.Null((await StatusAsync("b3")).ReservedFor);
        await HoldsAsync();
    }

    [Theory]
    [InlineData("system/Encounter.cud system/Patient.r", "Location", "update")]
    [InlineData("system/Encounter.u system/Location.u", "Encounter", "create")]
    public async Task Admit_BeyondTheCallersScopes_IsForbiddenAndChangesNothing(string scopes, string type, string interaction)
    {
        var caller = s_caller with { Scopes = scopes };
        var reply = await _silo.Grains.GetGrain<IAdtGrain>("north").StepAsync("e1", new AdmitEncounter { PatientId = "p1", LocationId = "b1" }, caller, 0);

        Assert.Equal(WriteStatus.Forbidden, reply.Status);
        Assert.Contains($"changes a {type}, and the token's scopes do not grant {interaction}", Assert.Single(reply.Issues).Details, StringComparison.Ordinal);
        Assert.Null(await ReadAsync("Encounter", "e1"));
        Assert.Equal("U", (await StatusAsync("b1")).State);
        Assert.True((await _silo.Grains.GetGrain<IAdtGrain>("north").StepAsync("e1", new AdmitEncounter { PatientId = "p1", LocationId = "b1" }, caller with { Scopes = "system/*.cu" }, 0)).IsCommitted);
    }

    [Fact]
    public async Task Life_ThroughAllSteps_BedsFollow()
    {
        await StepAsync("e1", new AdmitEncounter { PatientId = "p1", LocationId = "b1" });
        await DoAsync(new TransferEncounter { LocationId = "b2" }, "b1:H b2:O");
        await DoAsync(new CancelTransfer(), "b1:O b2:U");
        await DoAsync(new TransferEncounter { LocationId = "b3" }, "b1:H b3:O");
        await DoAsync(new LeaveEncounter(), "b3:O");
        Assert.True((await StatusAsync("b3")).IsOnLeave);
        await DoAsync(new ReturnEncounter(), "b3:O");
        Assert.False((await StatusAsync("b3")).IsOnLeave);
        await DoAsync(new DischargeEncounter(), "b3:H");
        await DoAsync(new CancelDischarge(), "b3:O");
        await DoAsync(new DischargeEncounter(), "b3:H");
        Assert.True((await BedAsync("b3", new ReleaseBed())).IsCommitted);
        await StepAsync("e2", new AdmitEncounter { PatientId = "p2", LocationId = "b3" });
        Assert.Contains("occupied", (await StepAsync("e1", new CancelDischarge())).Issues[0].Details, StringComparison.Ordinal);
        await DoAsync(new CancelDischarge { LocationId = "b4" }, "b3:O b4:O");
        Assert.True((await BedAsync("b4", new SwapBeds { WithId = "b3" })).IsCommitted);
        Assert.Equal(("e1", "e2"), ((await StatusAsync("b3")).EncounterId, (await StatusAsync("b4")).EncounterId));
        await HoldsAsync();

        async Task DoAsync(EncounterStep step, string beds)
        {
            var reply = await StepAsync("e1", step);
            Assert.True(reply.IsCommitted, $"{step.GetType().Name}: {string.Join(", ", reply.Issues.Select(issue => issue.Details))}");
            foreach (var expected in beds.Split(' '))
            {
                Assert.Equal(expected, $"{expected.Split(':')[0]}:{(await StatusAsync(expected.Split(':')[0])).State}");
            }

            await HoldsAsync();
        }
    }

    [Fact]
    public async Task PlainWrite_OfAnEncounterOrBed_CannotBreakTheOccupation()
    {
        await StepAsync("e1", new AdmitEncounter { PatientId = "p1", LocationId = "b1" });
        var encounter = (await ReadAsync("Encounter", "e1"))!.Body;
        var bed = (await ReadAsync("Location", "b1"))!.Body;

        string[] refused =
        [
            await TextAsync("Encounter", "e1", Change(encounter, json => json["status"] = "finished")),
            await TextAsync("Encounter", "e1", Change(encounter, json => json.Remove("location"))),
            await TextAsync("Encounter", "e1", Change(encounter, json => json["location"]![0]!["location"]!["reference"] = "Location/b2")),
            await TextAsync("Encounter", "e2", """{"resourceType":"Encounter","id":"e2","status":"in-progress","class":{"code":"IMP"},"location":[{"location":{"reference":"Location/b1"},"status":"active"}]}"""),
            await TextAsync("Encounter", "e2", """{"resourceType":"Encounter","id":"e2","status":"in-progress","class":{"code":"IMP"},"location":[{"location":{"reference":"Location/b2"}}]}"""),
            await TextAsync("Location", "b1", Change(bed, json => json.Remove("extension"))),
            await TextAsync("Location", "b1", Change(bed, json => json["operationalStatus"]!["code"] = "U")),
            await TextAsync("Location", "b1", Change(bed, json => json["physicalType"]!["coding"]![0]!["code"] = "ro")),
            await TextAsync("Location", "b2", Change((await ReadAsync("Location", "b2"))!.Body, json => json["operationalStatus"] = new JsonObject { ["code"] = "O" })),
        ];

        Assert.All(refused, text => Assert.StartsWith("RuleViolated", text, StringComparison.Ordinal));
        Assert.Equal(WriteStatus.RuleViolated, (await _silo.Grains.GetOwner(Key("Encounter", "e1")).WriteAsync(Command(WriteKind.Delete, null))).Status);
        Assert.Equal(WriteStatus.RuleViolated, (await _silo.Grains.GetOwner(Key("Location", "b1")).WriteAsync(Command(WriteKind.Delete, null))).Status);
        Assert.Equal("Updated", await TextAsync("Location", "b1", Change(bed, json => json["name"] = "Window")));
        Assert.Equal("Updated", await TextAsync("Encounter", "e1", Change(encounter, json => json["priority"] = new JsonObject { ["text"] = "high" })));
        await HoldsAsync();
    }

    [Fact]
    public async Task Command_SentAgainAfterOthers_HasNoSecondEffect()
    {
        var transfer = new TransferEncounter { LocationId = "b2" };
        var admit = new AdmitEncounter { PatientId = "p1", LocationId = "b1" };
        await StepAsync("e1", admit);
        var first = await StepAsync("e1", transfer);
        await StepAsync("e1", new CancelTransfer());
        await StepAsync("e1", new LeaveEncounter());

        var again = await StepAsync("e1", transfer);
        var admitted = await StepAsync("e1", admit);

        Assert.Equal((first.Status, first.Stored!.Version), (again.Status, again.Stored!.Version));
        Assert.Equal((WriteStatus.Created, 1), (admitted.Status, admitted.Stored!.Version));
        Assert.Equal(4, (await ReadAsync("Encounter", "e1"))!.Version);
        Assert.Equal("e1", (await StatusAsync("b1")).EncounterId);
        await HoldsAsync();
    }

    /// <summary>Many at once want the same few beds, each command is sent several times, also while it is under way; at every pause all agree.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public async Task AdversarialSteps_ManyAtOnce_NoBedHasTwoAndAllAgreeAtEveryPause(int seed)
    {
        var sent = new ConcurrentDictionary<Guid, (string Type, string Id)>();
        var acknowledged = 0;
        for (var round = 0; round < 6; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
            {
                var random = new Random((seed * 1000) + (round * 10) + worker);
                for (var i = 0; i < 25; i++)
                {
                    var encounter = $"e{random.Next(Patients)}";
                    var bed = $"b{random.Next(Beds)}";
                    if (random.Next(4) == 0)
                    {
                        BedStep step = random.Next(5) switch
                        {
                            0 => new ReserveBed { PatientId = $"p{random.Next(Patients)}" },
                            1 => new BlockBed { State = "H" },
                            2 => new SwapBeds { WithId = $"b{random.Next(Beds)}" },
                            _ => new ReleaseBed(),
                        };
                        sent[step.CommandId] = ("Location", bed);
                        await ManyTimesAsync(random, () => BedAsync(bed, step));
                    }
                    else
                    {
                        EncounterStep step = random.Next(9) switch
                        {
                            0 or 1 or 2 => new AdmitEncounter { PatientId = encounter.Replace('e', 'p'), LocationId = bed },
                            3 or 4 => new TransferEncounter { LocationId = bed },
                            5 => new DischargeEncounter(),
                            6 => new CancelTransfer(),
                            7 => random.Next(3) == 0 ? new CancelAdmit() : new LeaveEncounter(),
                            _ => random.Next(2) == 0 ? new ReturnEncounter() : new CancelDischarge(),
                        };
                        sent[step.CommandId] = ("Encounter", encounter);
                        await ManyTimesAsync(random, () => StepAsync(encounter, step));
                    }
                }
            }));
            await HoldsAsync();
        }

        Assert.True(acknowledged > 100, $"Only {acknowledged} steps were taken.");
        var effects = new List<(Guid Command, string Type, string Id)>();
        foreach (var (type, count) in new[] { ("Encounter", Patients), ("Location", Beds) })
        {
            for (var i = 0; i < count; i++)
            {
                var id = $"{(type == "Encounter" ? "e" : "b")}{i}";
                var page = await _silo.Store.AuditAsync(new AuditQuery { Tenant = s_north, Type = type, Id = id, Count = 1000 }, default);
                effects.AddRange(page.Rows.Select(row => (row.CommandId, type, id)));
            }
        }

        Assert.All(effects.GroupBy(effect => effect), effect => Assert.Single(effect));

        async Task ManyTimesAsync(Random random, Func<Task<WriteReply>> send)
        {
            var replies = await Task.WhenAll(Enumerable.Range(0, random.Next(1, 4)).Select(_ => send()));
            var done = replies.Where(reply => reply.IsCommitted).ToList();

            // Whoever is told of the effect is told of the same one.
            Assert.True(done.Select(reply => reply.Stored!.Version).Distinct().Count() <= 1);
            if (done.Count > 0)
            {
                Interlocked.Increment(ref acknowledged);
                var again = await send();
                Assert.Equal(done[0].Stored!.Version, again.Stored!.Version);
            }
        }
    }

    /// <summary>Census = encounters = bed states.</summary>
    private async Task HoldsAsync()
    {
        var census = await Ward.CensusAsync();
        Assert.Equal(Beds, census.Count);
        var byBeds = census.Where(bed => bed.EncounterId is not null).Select(bed => (bed.EncounterId!, bed.Id, bed.PatientId, bed.IsOnLeave)).Order().ToList();
        Assert.All(census, bed => Assert.Equal(bed.EncounterId is not null, bed.State == "O"));
        var byEncounters = new List<(string, string, string?, bool)>();
        for (var i = 0; i < Patients; i++)
        {
            if (await ReadAsync("Encounter", $"e{i}") is { } stored)
            {
                var json = JsonNode.Parse(stored.Body)!.AsObject();
                var status = (string)json["status"]!;
                byEncounters.AddRange((json["location"] as JsonArray ?? [])
                    .Where(entry => (string?)entry!["status"] == "active")
                    .Select(entry => ($"e{i}", BedJson.IdOf(entry!["location"], "Location")!, (string?)((string)json["subject"]!["reference"]!)[8..], status == "onleave")));
                Assert.True(status is "in-progress" or "onleave" || byEncounters.All(place => place.Item1 != $"e{i}"));
            }
        }

        Assert.Equal(byEncounters.Order(), byBeds);
        Assert.Equal(byBeds.Count, byBeds.Select(bed => bed.Item1).Distinct().Count());
    }

    private IWardGrain Ward => _silo.Grains.GetWard(s_north, "ward");

    private Task<WriteReply> StepAsync(string encounter, EncounterStep step) => _silo.Grains.GetGrain<IAdtGrain>("north").StepAsync(encounter, step, s_caller, 0);

    private Task<WriteReply> BedAsync(string bed, BedStep step) => _silo.Grains.GetGrain<IAdtGrain>("north").BedAsync(bed, step, s_caller, 0);

    private async Task<StoredVersion?> ReadAsync(string type, string id) => await _silo.Grains.GetOwner(Key(type, id)).ReadCurrentAsync();

    private async Task<BedStatus> StatusAsync(string bed) => WardCensus.StatusOf((await ReadAsync("Location", bed))!);

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

    private static string Bed(string id, string parent) =>
        $$$"""{"resourceType":"Location","id":"{{{id}}}","status":"active","name":"Bed {{{id[1..]}}}","physicalType":{"coding":[{"system":"{{{BedJson.PlaceTypes}}}","code":"bd"}]},"partOf":{"reference":"Location/{{{parent}}}"}}""";

    private static string Change(byte[] body, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        change(json);
        return json.ToJsonString();
    }
}
