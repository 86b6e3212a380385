using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Grains.Patients;
using MedOrleans.Patients;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Identity;
using MedOrleans.Record.Search;
using MedOrleans.Records;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Grains;

/// <summary>Merges over a silo and a store: each is one commit, has one effect, and can be taken back.</summary>
public sealed class MergingGrainTests : IAsyncLifetime
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly Caller s_caller = new("test");
    private readonly ResourceReader _reader = new(SearchParameterCatalog.R4);
    private readonly StoreFaults _faults = new(23);
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync(_faults);
        Assert.Equal(TenantReplyStatus.Done, (await _silo.Grains.GetGrain<ITenantManagementGrain>("north").CreateAsync(new CreateTenant { Name = "North Hospital" })).Status);
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Merge_OfAPatientInABed_MovesAllThatRefersToThemInOneCommit()
    {
        await PatientAsync("a", "A1");
        await PatientAsync("b", "B1");
        await PutAsync("Location", "bed", """{"resourceType":"Location","id":"bed","physicalType":{"coding":[{"code":"bd"}]}}""");
        Assert.True((await _silo.Grains.GetGrain<IAdtGrain>("north").StepAsync("e", new AdmitEncounter { PatientId = "a", LocationId = "bed", Class = new("IMP") }, s_caller, 0)).IsCommitted);
        await ObservationAsync("o", "a");
        await PutAsync("Group", "g", """{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/b"}},{"entity":{"reference":"Patient/a/_history/1"}}]}""");
        await PutAsync("Provenance", "made", """{"resourceType":"Provenance","id":"made","target":[{"reference":"Patient/a"}],"recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}""");

        var preview = await MergeAsync("b", new MergePatient { SourceId = "a", IsPreview = true });
        Assert.Equal(["1 Encounter would be moved.", "1 Group would be moved.", "1 Location would be moved.", "1 Observation would be moved."], preview.Issues.Select(issue => issue.Details));
        Assert.Equal("Patient/a", await SubjectAsync("Observation", "o"));

        var merge = new MergePatient { SourceId = "a" };
        var merged = await MergeAsync("b", merge);
        Assert.Equal((WriteStatus.Updated, "b"), (merged.Status, merged.Stored!.Id));
        Assert.Equal(["B1", "A1"], Identifiers(Json(merged.Stored)));
        Assert.Equal("old", (string?)Json(merged.Stored)["identifier"]![1]!["use"]);
        Assert.Equal("Patient/a replaces", Link(Json(merged.Stored)));
        var given = await JsonAsync("Patient", "a");
        Assert.Equal((false, "Patient/b replaced-by"), ((bool)given["active"]!, Link(given)));
        Assert.Equal(("Patient/b", "Patient/b"), (await SubjectAsync("Observation", "o"), await SubjectAsync("Encounter", "e")));
        Assert.Contains("\"Patient/b\"", (await JsonAsync("Location", "bed")).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["Patient/b", "Patient/b"], (await JsonAsync("Group", "g"))["member"]!.AsArray().Select(member => (string?)member!["entity"]!["reference"]));
        Assert.Equal("Patient/a", (string?)(await JsonAsync("Provenance", "made"))["target"]![0]!["reference"]);

        var record = (await ReadAsync("Provenance", MergeRules.RecordOf(given)!))!;
        string[] touched = ["Encounter/e", "Group/g", "Location/bed", "Observation/o", "Patient/a", "Patient/b"];
        Assert.Equal(touched, MergeRules.Recorded(Json(record)).Select(made => $"{made.Id.Type}/{made.Id.Id}").Order(StringComparer.Ordinal));
        foreach (var name in touched)
        {
            Assert.Equal((merge.CommandId, record.LastUpdated), ((await ReadAsync(name.Split('/')[0], name.Split('/')[1]))!.CommandId, (await ReadAsync(name.Split('/')[0], name.Split('/')[1]))!.LastUpdated));
        }

        // Sent again it is answered as the first time; under another id there is nothing left to do.
        Assert.Equal(merged.Stored.Version, (await MergeAsync("b", merge)).Stored!.Version);
        Assert.Equal(WriteStatus.Unchanged, (await MergeAsync("b", new MergePatient { SourceId = "a" })).Status);

        // The bed is still theirs.
        Assert.True((await _silo.Grains.GetGrain<IAdtGrain>("north").StepAsync("e", new DischargeEncounter(), s_caller, 0)).IsCommitted);
    }

    [Fact]
    public async Task Unmerge_GivesBackWhatTheMergeMovedAndLeavesWhatCameSince()
    {
        await PatientAsync("a", "A1");
        await PatientAsync("b", "B1");
        await PutAsync("Location", "bed", """{"resourceType":"Location","id":"bed","physicalType":{"coding":[{"code":"bd"}]}}""");
        await _silo.Grains.GetGrain<IAdtGrain>("north").StepAsync("e", new AdmitEncounter { PatientId = "a", LocationId = "bed", Class = new("IMP") }, s_caller, 0);
        await ObservationAsync("of-a", "a");
        await ObservationAsync("of-b", "b");
        await PutAsync("Group", "g", """{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/b"}},{"entity":{"reference":"Patient/a"}}]}""");
        var before = (await JsonAsync("Patient", "a"), await JsonAsync("Patient", "b"));
        Assert.True((await MergeAsync("b", new MergePatient { SourceId = "a" })).IsCommitted);
        await ObservationAsync("since", "b");
        await ObservationAsync("late", "a");
        Assert.Equal(WriteStatus.Unchanged, (await MergeAsync("b", new MergePatient { SourceId = "a" })).Status);
        Assert.Equal("Patient/b", await SubjectAsync("Observation", "late"));
        var changed = await JsonAsync("Observation", "of-a");
        changed["note"] = new JsonArray(new JsonObject { ["text"] = "looked at" });
        await PutAsync("Observation", "of-a", changed.ToJsonString());

        var unmerge = new UnmergePatient();
        var parted = await MergeAsync("a", unmerge);
        Assert.Equal((WriteStatus.Updated, "a"), (parted.Status, parted.Stored!.Id));
        foreach (var (observation, subject) in new[] { ("of-a", "Patient/a"), ("of-b", "Patient/b"), ("since", "Patient/b"), ("late", "Patient/a") })
        {
            Assert.Equal(subject, await SubjectAsync("Observation", observation));
        }

        Assert.Equal("looked at", (string?)(await JsonAsync("Observation", "of-a"))["note"]![0]!["text"]);
        Assert.Equal(["Patient/b", "Patient/a"], (await JsonAsync("Group", "g"))["member"]!.AsArray().Select(member => (string?)member!["entity"]!["reference"]));
        Assert.Equal("Patient/a", await SubjectAsync("Encounter", "e"));
        Assert.Contains("\"Patient/a\"", (await JsonAsync("Location", "bed")).ToJsonString(), StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(Bare(before.Item1), Bare(await JsonAsync("Patient", "a"))));
        Assert.True(JsonNode.DeepEquals(Bare(before.Item2), Bare(await JsonAsync("Patient", "b"))));
        Assert.Equal(parted.Stored.Version, (await MergeAsync("a", unmerge)).Stored!.Version);
        Assert.Contains("was not merged into another", (await MergeAsync("a", new UnmergePatient())).Issues[0].Details, StringComparison.Ordinal);
        Assert.True((await MergeAsync("a", new MergePatient { SourceId = "b" })).IsCommitted);
    }

    [Fact]
    public async Task Merge_WithOneselfWithWhoIsReplacedOrInACircle_IsRefused()
    {
        foreach (var id in new[] { "a", "b", "c" })
        {
            await PatientAsync(id, id);
        }

        Assert.Contains("with itself", Refusal(await MergeAsync("a", new MergePatient { SourceId = "a" })), StringComparison.Ordinal);
        Assert.Equal(WriteStatus.NotFound, (await MergeAsync("a", new MergePatient { SourceId = "nobody" })).Status);
        Assert.Equal(WriteStatus.NotFound, (await MergeAsync("nobody", new MergePatient { SourceId = "a" })).Status);
        Assert.True((await MergeAsync("b", new MergePatient { SourceId = "a" })).IsCommitted);
        Assert.Contains("Patient/a was itself merged into Patient/b", Refusal(await MergeAsync("a", new MergePatient { SourceId = "b" })), StringComparison.Ordinal);
        Assert.Contains("Patient/a was merged into Patient/b already", Refusal(await MergeAsync("c", new MergePatient { SourceId = "a" })), StringComparison.Ordinal);
        Assert.True((await MergeAsync("c", new MergePatient { SourceId = "b" })).IsCommitted);
        Assert.Contains("itself merged", Refusal(await MergeAsync("a", new MergePatient { SourceId = "c" })), StringComparison.Ordinal);
        Assert.Contains("has to be undone first", Refusal(await MergeAsync("a", new UnmergePatient())), StringComparison.Ordinal);
        Assert.Contains("was merged into Patient/b: write there", await TextAsync("Patient", "a", """{"resourceType":"Patient","id":"a","active":true}"""), StringComparison.Ordinal);

        // The chain comes apart from its end.
        Assert.True((await MergeAsync("b", new UnmergePatient())).IsCommitted);
        Assert.True((await MergeAsync("a", new UnmergePatient())).IsCommitted);
    }

    [Fact]
    public async Task Merge_WithScopesThatDoNotReachWhatRefersToThePatient_IsForbiddenAndChangesNothing()
    {
        await PatientAsync("a", "A1");
        await PatientAsync("b", "B1");
        await ObservationAsync("o", "a");
        var reply = await _silo.Grains.GetGrain<IMergingGrain>("north").StepAsync("b", new MergePatient { SourceId = "a" }, s_caller with { Scopes = "system/Patient.cruds system/Provenance.c" }, 0);
        Assert.Equal(WriteStatus.Forbidden, reply.Status);
        Assert.Contains("changes a Observation", reply.Issues[0].Details, StringComparison.Ordinal);
        Assert.Equal((1, "Patient/a"), ((await ReadAsync("Patient", "b"))!.Version, await SubjectAsync("Observation", "o")));
    }

    /// <summary>Random merges, partings and writes at once over a store that loses commits and answers; then everything is asked of the record.</summary>
    [Fact]
    public async Task Steps_OverAStoreThatFails_HaveOneEffectAndLeaveNoReferenceToWhoWasGivenUp()
    {
        const int patients = 5;
        var rounds = int.Parse(Environment.GetEnvironmentVariable("MEDORLEANS_MODEL_STEPS") ?? "160", CultureInfo.InvariantCulture) / 16;
        for (var i = 0; i < patients; i++)
        {
            await PatientAsync($"p{i}", $"N{i}");
            await ObservationAsync($"o{i}", $"p{i}");
        }

        _faults.Percent = 25;
        var answered = await Task.WhenAll(Enumerable.Range(0, 16).Select(async worker =>
        {
            var random = new Random(worker);
            var replies = new List<(string Patient, PatientStep Step, WriteReply Reply)>();
            for (var n = 0; n < rounds; n++)
            {
                var (one, other) = ($"p{random.Next(patients)}", $"p{random.Next(patients)}");
                switch (random.Next(4))
                {
                    case 0:
                        await AnsweredAsync(() => WriteAsync("Observation", $"w{worker}-{n}", Observation($"w{worker}-{n}", one)));
                        break;
                    case 1:
                        var unmerge = new UnmergePatient();
                        replies.Add((one, unmerge, await AnsweredAsync(() => MergeAsync(one, unmerge))));
                        break;
                    default:
                        var merge = new MergePatient { SourceId = other };
                        replies.Add((one, merge, await AnsweredAsync(() => MergeAsync(one, merge))));
                        break;
                }
            }

            return replies;
        }));
        _faults.Percent = 0;
        var committed = answered.SelectMany(replies => replies).Where(reply => reply.Reply.IsCommitted).ToList();
        Assert.True(_faults.Count > 3 && committed.Count > 5, $"{_faults.Count} faults, {committed.Count} steps.");
        foreach (var (patient, step, reply) in committed.Where(reply => reply.Step is UnmergePatient))
        {
            Assert.Equal(reply.Stored!.Version, (await MergeAsync(patient, step)).Stored!.Version);
        }

        // Each patient is replaced by one at most, no chain is a circle, and after a last look nothing refers to who was given up.
        var next = new Dictionary<string, string?>();
        for (var i = 0; i < patients; i++)
        {
            next[$"p{i}"] = PatientLinks.ReplacementOf(await JsonAsync("Patient", $"p{i}"));
        }

        foreach (var (patient, replacement) in next)
        {
            var (seen, at) = (0, patient);
            while (next[at] is { } further)
            {
                at = further;
                Assert.True(++seen <= patients, "A circle.");
            }

            if (replacement is not null)
            {
                Assert.Contains($"Patient/{patient} replaces", Links(await JsonAsync("Patient", replacement)));
                if (next[replacement] is null)
                {
                    Assert.Equal(WriteStatus.Unchanged, (await MergeAsync(replacement, new MergePatient { SourceId = patient })).Status);
                    Assert.DoesNotContain(await _silo.Store.PatientReferrersAsync(s_north, patient, 100, CancellationToken.None), referrer => MergeRules.IsMoved(referrer.Type));
                }
            }
        }
    }

    private static async Task<WriteReply> AnsweredAsync(Func<Task<WriteReply>> ask)
    {
        while (true)
        {
            try
            {
                var reply = await ask();
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

    private static string Refusal(WriteReply reply)
    {
        Assert.Equal(WriteStatus.RuleViolated, reply.Status);
        return reply.Issues[0].Details;
    }

    private static JsonObject Json(StoredVersion stored) => JsonNode.Parse(stored.Body)!.AsObject();

    private static JsonObject Bare(JsonObject json)
    {
        json.Remove("meta");
        return json;
    }

    private static string Link(JsonObject patient) => Assert.Single(Links(patient));

    private static IReadOnlyList<string> Links(JsonObject patient) => [.. (patient["link"] as JsonArray ?? []).Select(link => $"{link!["other"]!["reference"]} {link["type"]}")];

    private static IEnumerable<string?> Identifiers(JsonObject patient) => patient["identifier"]!.AsArray().Select(identifier => (string?)identifier!["value"]);

    private static string Observation(string id, string patient) => $$$"""{"resourceType":"Observation","id":"{{{id}}}","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/{{{patient}}}"}}""";

    private Task<WriteReply> MergeAsync(string patient, PatientStep step) => _silo.Grains.GetGrain<IMergingGrain>("north").StepAsync(patient, step, s_caller, 0);

    private Task PatientAsync(string id, string number) =>
        PutAsync("Patient", id, $$$"""{"resourceType":"Patient","id":"{{{id}}}","identifier":[{"system":"urn:mrn","value":"{{{number}}}"}],"active":true}""");

    private Task ObservationAsync(string id, string patient) => PutAsync("Observation", id, Observation(id, patient));

    private async Task PutAsync(string type, string id, string json) => Assert.Matches("^(Created|Updated)$", await TextAsync(type, id, json));

    private async Task<string> TextAsync(string type, string id, string json)
    {
        var reply = await WriteAsync(type, id, json);
        return $"{reply.Status}{(reply.Issues.Count > 0 ? ": " + reply.Issues[0].Details : "")}";
    }

    private async Task<WriteReply> WriteAsync(string type, string id, string json)
    {
        var read = _reader.Read(Encoding.UTF8.GetBytes(json), new ReadOptions { Type = type, Id = id, IdMustMatch = true });
        Assert.True(read.Resource is not null, string.Join('\n', read.Issues));
        return await _silo.Grains.GetOwner(Key(type, id)).WriteAsync(new WriteCommand { Kind = WriteKind.Update, Resource = read.Resource, Caller = s_caller, CommandId = Guid.CreateVersion7() });
    }

    private async Task<StoredVersion?> ReadAsync(string type, string id) => await _silo.Grains.GetOwner(Key(type, id)).ReadCurrentAsync();

    private async Task<JsonObject> JsonAsync(string type, string id) => Json((await ReadAsync(type, id))!);

    private async Task<string?> SubjectAsync(string type, string id) => (string?)(await JsonAsync(type, id))["subject"]!["reference"];

    private static ResourceKey Key(string type, string id) => new(s_north, type, id);
}
