using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Grains.Orders;
using MedOrleans.Orders;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Records;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Grains;

/// <summary>Orders and results over a silo and a store: each step is one commit and has one effect.</summary>
public sealed class OrderingGrainTests : IAsyncLifetime
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly Caller s_caller = new("test");
    private readonly ResourceReader _reader = new(SearchParameterCatalog.R4);
    private readonly StoreFaults _faults = new(17);
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_faults);
        Assert.Equal(TenantReplyStatus.Done, (await _silo.Grains.GetGrain<ITenantManagementGrain>("north").CreateAsync(new CreateTenant { Name = "North Hospital" })).Status);
        Assert.Equal("Created", await TextAsync("Patient", "p1", """{"resourceType":"Patient","id":"p1"}"""));
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Result_WithScopesForTheOrderAlone_IsForbidden()
    {
        Assert.True((await StepAsync("o1", Place)).IsCommitted);
        var grain = _silo.Grains.GetGrain<IOrderingGrain>("north");
        var reply = await grain.StepAsync("o1", new RecordResult { Status = "final", Observations = [Observation(5.1)] }, s_caller with { Scopes = "system/ServiceRequest.cruds" }, 0);

        Assert.Equal(WriteStatus.Forbidden, reply.Status);
        Assert.Contains("do not grant create", Assert.Single(reply.Issues).Details, StringComparison.Ordinal);
        Assert.Equal("active", await StatusAsync("ServiceRequest", "o1"));
    }

    [Fact]
    public async Task Life_FromOrderToCorrection_IsOneCommitAStep()
    {
        var placed = await StepAsync("o1", Place);
        Assert.Equal((WriteStatus.Created, "active", "stat", "Organization/lab"), (placed.Status, Text(placed, "status"), Text(placed, "priority"), (string)Json(placed.Stored!)["performer"]![0]!["reference"]!));
        var accessioned = await StepAsync("o1", new AccessionOrder());
        Assert.Matches("^[0-9]{6}[0-9A-Z]{8}$", OrderRules.Accession(Json(accessioned.Stored!)));
        Assert.Contains("has the accession number", (await StepAsync("o1", new AccessionOrder())).Issues[0].Details, StringComparison.Ordinal);

        var preliminary = await StepAsync("o1", new RecordResult { Status = "preliminary", Observations = [Observation(5.1), Observation(7.2)] });
        Assert.Equal((WriteStatus.Created, "o1", "preliminary", 2), (preliminary.Status, preliminary.Stored!.Id, Text(preliminary, "status"), ResultRules.Observations(Json(preliminary.Stored)).Count));
        var first = ResultRules.Observations(Json(preliminary.Stored))[0];
        Assert.Equal(("preliminary", preliminary.Stored.CommandId), (await StatusAsync("Observation", first), (await ReadAsync("Observation", first))!.CommandId));
        Assert.Equal("active", await StatusAsync("ServiceRequest", "o1"));

        Assert.True((await StepAsync("o1", new HoldOrder { Reason = new(null, Text: "clotted") })).IsCommitted);
        Assert.Contains("An order that is on-hold cannot get a result", (await StepAsync("o1", new RecordResult { Status = "final" })).Issues[0].Details, StringComparison.Ordinal);
        Assert.True((await StepAsync("o1", new ResumeOrder())).IsCommitted);

        var final = await StepAsync("o1", new RecordResult { Report = """{"resourceType":"DiagnosticReport","status":"final","code":{"text":"Glucose"},"conclusion":"high"}"""u8.ToArray() });
        Assert.Equal(("final", "completed", "final"), (Text(final, "status"), await StatusAsync("ServiceRequest", "o1"), await StatusAsync("Observation", first)));
        Assert.Equal(2, ResultRules.Observations(Json(final.Stored!)).Count);
        Assert.Contains("is completed cannot be revoked", (await StepAsync("o1", new RevokeOrder())).Issues[0].Details, StringComparison.Ordinal);
        Assert.Contains("is final and cannot become preliminary: it can become amended, corrected, appended, entered-in-error", (await StepAsync("o1", new RecordResult { Status = "preliminary" })).Issues[0].Details, StringComparison.Ordinal);

        var corrected = await StepAsync("o1", new RecordResult { Status = "corrected", Observations = [Observation(6.1, first)] });
        Assert.Equal(("corrected", "high", "corrected"), (Text(corrected, "status"), Text(corrected, "conclusion"), await StatusAsync("Observation", first)));
        var wrong = await StepAsync("o1", new RecordResult { Status = "entered-in-error" });
        Assert.Equal(("entered-in-error", "active", "entered-in-error"), (Text(wrong, "status"), await StatusAsync("ServiceRequest", "o1"), await StatusAsync("Observation", first)));
        Assert.Equal("final", Text(await StepAsync("o1", new RecordResult { Status = "final", ReportId = "second" }), "status"));
    }

    [Fact]
    public async Task Revoke_AfterAPreliminaryReport_CancelsItWithItsObservations()
    {
        await StepAsync("o1", Place);
        var preliminary = await StepAsync("o1", new RecordResult { Status = "preliminary", Observations = [Observation(5.1)] });
        var observation = ResultRules.Observations(Json(preliminary.Stored!))[0];

        var revoked = await StepAsync("o1", new RevokeOrder { Reason = new("duplicate") });

        Assert.Equal(("revoked", "cancelled", "cancelled"), (Text(revoked, "status"), await StatusAsync("DiagnosticReport", "o1"), await StatusAsync("Observation", observation)));
        Assert.Equal([revoked.Stored!.CommandId, revoked.Stored.CommandId], [(await ReadAsync("DiagnosticReport", "o1"))!.CommandId, (await ReadAsync("Observation", observation))!.CommandId]);
        Assert.Contains("An order that is revoked cannot get a result", (await StepAsync("o1", new RecordResult { Status = "final" })).Issues[0].Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_WithWhatIsNotTheirs_AreRefused()
    {
        await StepAsync("o1", Place);
        await StepAsync("o2", Place);
        await StepAsync("o1", new RecordResult { Status = "preliminary", Observations = [Observation(5.1, "theirs")] });

        async Task RefusedAsync(string order, OrderStep step, string with)
        {
            var reply = await StepAsync(order, step);
            Assert.Contains(with, $"{reply.Status}: {reply.Issues[0].Details}", StringComparison.Ordinal);
        }

        await RefusedAsync("o2", new RecordResult { Status = "final", ReportId = "o1" }, "RuleViolated: DiagnosticReport/o1 is not a report of this order");
        await RefusedAsync("o2", new RecordResult { Status = "final", Observations = [Observation(1, "theirs")] }, "RuleViolated: Observation/theirs is not a result of this order");
        await RefusedAsync("o2", new RecordResult { Report = """{"resourceType":"DiagnosticReport","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p2"}}"""u8.ToArray() }, "RuleViolated: The DiagnosticReport is another patient's");
        await RefusedAsync("o2", new RecordResult { Report = "{}"u8.ToArray() }, "Invalid");
        await RefusedAsync("o2", new RecordResult { Status = "final", Observations = ["[1"u8.ToArray()] }, "Invalid");
        await RefusedAsync("none", new RecordResult { Status = "final" }, "NotFound");
        await RefusedAsync("none", new RevokeOrder(), "NotFound");
        await RefusedAsync("o3", Place with { PatientId = "nobody" }, "no such patient");
        await RefusedAsync("o3", Place with { Code = null }, "needs a code");
        await RefusedAsync("o3", Place with { Priority = "now" }, "routine, urgent, asap or stat");
        await RefusedAsync("o3", Place with { Proposed = """{"resourceType":"ServiceRequest","status":"completed"}"""u8.ToArray() }, "An order that is completed cannot be placed");
        await RefusedAsync("o1", Place, "An order that is active cannot be placed");
        Assert.Null(await ReadAsync("ServiceRequest", "o3"));
        Assert.Null(await ReadAsync("DiagnosticReport", "o2"));
    }

    [Fact]
    public async Task PlainWrite_OfAnOrderOrItsResults_ObeysTheSameRules()
    {
        await StepAsync("o1", Place);
        await StepAsync("o1", new AccessionOrder { Number = "A-1", System = "urn:lab" });
        await StepAsync("o1", new RecordResult { Status = "final", Observations = [Observation(5.1, "ob1")] });
        var order = (await ReadAsync("ServiceRequest", "o1"))!.Body;

        string[] refused =
        [
            await TextAsync("ServiceRequest", "o1", Change(order, json => json["status"] = "active")),
            await TextAsync("ServiceRequest", "o1", Change(order, json => json["status"] = "entered-in-error")),
            await TextAsync("ServiceRequest", "o1", Change(order, json => json.Remove("extension"))),
            await TextAsync("ServiceRequest", "o1", Change(order, json => json.Remove("identifier"))),
            await TextAsync("DiagnosticReport", "o1", Change((await ReadAsync("DiagnosticReport", "o1"))!.Body, json => json["status"] = "preliminary")),
            await TextAsync("DiagnosticReport", "o1", Change((await ReadAsync("DiagnosticReport", "o1"))!.Body, json => json["conclusion"] = "other")),
            await TextAsync("Observation", "ob1", Change((await ReadAsync("Observation", "ob1"))!.Body, json => json["valueQuantity"]!["value"] = 1)),
        ];

        Assert.All(refused, text => Assert.StartsWith("RuleViolated", text, StringComparison.Ordinal));
        foreach (var (type, id) in new[] { ("ServiceRequest", "o1"), ("DiagnosticReport", "o1"), ("Observation", "ob1") })
        {
            var reply = await _silo.Grains.GetOwner(Key(type, id)).WriteAsync(new WriteCommand { Kind = WriteKind.Delete, Caller = s_caller, CommandId = Guid.CreateVersion7() });
            Assert.Equal(WriteStatus.RuleViolated, reply.Status);
        }

        Assert.Equal("Updated", await TextAsync("ServiceRequest", "o1", Change(order, json => json["patientInstruction"] = "fasting")));
        const string draft = """{"resourceType":"ServiceRequest","id":"d","status":"draft","intent":"order","subject":{"reference":"Patient/p1"},"code":{"text":"x"}}""";
        Assert.Equal("Created", await TextAsync("ServiceRequest", "d", draft));
        Assert.StartsWith("RuleViolated", await TextAsync("ServiceRequest", "d", draft.Replace("draft", "completed", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal("active", Text(await StepAsync("d", new PlaceOrder()), "status"));
        Assert.Equal("Created", await TextAsync("Observation", "free", """{"resourceType":"Observation","id":"free","status":"final","code":{"text":"x"}}"""));
        Assert.Equal("Updated", await TextAsync("Observation", "free", """{"resourceType":"Observation","id":"free","status":"preliminary","code":{"text":"x"}}"""));
    }

    /// <summary>Steps of a few orders at once over a store whose commits are lost before and after they are made; each is sent until it is answered, and then again.</summary>
    [Fact]
    public async Task Steps_OverAStoreThatFails_HaveOneEffectAndLeaveOrderAndReportsInStep()
    {
        _faults.Percent = 35;
        var answered = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            var random = new Random(i);
            var order = $"o{i % 6}";
            var replies = new List<(string Order, OrderStep Step, WriteReply Reply)>();
            for (var n = 0; n < 12; n++)
            {
                OrderStep step = random.Next(8) switch
                {
                    0 or 1 => Place,
                    2 => new AccessionOrder(),
                    3 => new HoldOrder(),
                    4 => new ResumeOrder(),
                    5 => new RecordResult { Status = "preliminary", ReportId = $"{order}-{random.Next(2)}", Observations = [Observation(n)] },
                    6 => new RecordResult { Status = random.Next(2) == 0 ? "final" : "corrected", ReportId = $"{order}-{random.Next(2)}", Observations = [Observation(n)] },
                    _ => random.Next(6) == 0 ? new RevokeOrder() : new ResumeOrder(),
                };
                step = step with { CommandId = Guid.CreateVersion7() };
                replies.Add((order, step, await AnsweredAsync(order, step)));
            }

            return replies;
        }));
        _faults.Percent = 0;

        var committed = answered.SelectMany(replies => replies).Where(reply => reply.Reply.IsCommitted).ToList();
        Assert.True(_faults.Count > 5 && committed.Count > 20, $"{_faults.Count} faults, {committed.Count} steps.");
        foreach (var (order, step, reply) in committed)
        {
            Assert.Equal(reply.Stored!.Version, (await StepAsync(order, step)).Stored!.Version);
        }

        for (var i = 0; i < 6; i++)
        {
            var order = Json((await ReadAsync("ServiceRequest", $"o{i}"))!);
            var reports = OrderRules.Reports(order);
            foreach (var (id, status) in reports)
            {
                var report = Json((await ReadAsync("DiagnosticReport", id))!);
                Assert.Equal(status, ResultRules.Status(report));
                foreach (var observation in ResultRules.Observations(report))
                {
                    Assert.True(!ResultRules.IsFinal(status) || await StatusAsync("Observation", observation) is "final" or "corrected");
                }
            }

            Assert.Equal(reports.Any(report => report.Status != "cancelled") && reports.All(report => report.Status == "cancelled" || ResultRules.IsFinal(report.Status)) && OrderRules.Status(order) != "on-hold", OrderRules.Status(order) == "completed");
        }
    }

    private static PlaceOrder Place => new() { PatientId = "p1", Code = new("2345-7", "http://loinc.org"), Department = "Organization/lab", Priority = "stat" };

    private async Task<WriteReply> AnsweredAsync(string id, OrderStep step)
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

    private static byte[] Observation(double value, string? id = null) => Encoding.UTF8.GetBytes(
string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $$$"""{"resourceType":"Observation",{{{(id is null ? "" : $"\"id\":\"{id}\",")}}}"code":{"text":"Glucose"},"valueQuantity":{"value":{{{value}}} }}"""));

    private static JsonObject Json(StoredVersion stored) => JsonNode.Parse(stored.Body)!.AsObject();

    private static string? Text(WriteReply reply, string member) => reply.IsCommitted ? (string?)Json(reply.Stored!)[member] : reply.Issues[0].Details;

    private async Task<string?> StatusAsync(string type, string id) => (string?)Json((await ReadAsync(type, id))!)["status"];

    private Task<WriteReply> StepAsync(string id, OrderStep step) => _silo.Grains.GetGrain<IOrderingGrain>("north").StepAsync(id, step, s_caller, 0);

    private async Task<StoredVersion?> ReadAsync(string type, string id) => await _silo.Grains.GetOwner(Key(type, id)).ReadCurrentAsync();

    private async Task<string> TextAsync(string type, string id, string json)
    {
        var read = _reader.Read(Encoding.UTF8.GetBytes(json), new ReadOptions { Type = type, Id = id, IdMustMatch = true });
        Assert.True(read.Resource is not null, string.Join('\n', read.Issues));
        var reply = await _silo.Grains.GetOwner(Key(type, id)).WriteAsync(new WriteCommand { Kind = WriteKind.Update, Resource = read.Resource, Caller = s_caller, CommandId = Guid.CreateVersion7() });
        return $"{reply.Status}{(reply.Issues.Count > 0 ? ": " + reply.Issues[0].Details : "")}";
    }

    private static ResourceKey Key(string type, string id) => new(s_north, type, id);

    private static string Change(byte[] body, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        change(json);
        return json.ToJsonString();
    }
}
