using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Grains.Encounters;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;

namespace MedOrleans.Tests.Encounters;

/// <summary>The steps of an encounter's life.</summary>
public sealed class EncounterRulesTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] s_states = ["planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"];

    /// <summary>From which states each step can be taken.</summary>
    private static readonly (EncounterStep Step, string[] From)[] s_steps =
    [
        (new AdmitEncounter(), ["planned", "arrived", "triaged", "unknown"]),
        (new TransferEncounter { LocationId = "b1" }, ["arrived", "triaged", "in-progress"]),
        (new DischargeEncounter(), ["arrived", "triaged", "in-progress", "onleave"]),
        (new LeaveEncounter(), ["in-progress"]),
        (new ReturnEncounter(), ["onleave"]),
        (new CancelAdmit(), ["in-progress"]),
        (new CancelTransfer(), ["arrived", "triaged", "in-progress"]),
        (new CancelDischarge(), ["finished"]),
    ];

    [Fact]
    public void Step_FromAnotherState_NamesTheStateThatForbidsIt()
    {
        foreach (var (step, from) in s_steps)
        {
            foreach (var state in s_states)
            {
                var issue = EncounterRules.RefuseStep(new JsonObject { ["status"] = state }, step);

                Assert.Equal(from.Contains(state), issue is null);
                Assert.True(issue is null || (issue.Details.Contains($"that is {state} ", StringComparison.Ordinal) && from.All(issue.Details.Contains) && issue.Expression == "Encounter.status"));
            }
        }
    }

    [Theory]
    [InlineData("planned", "arrived", true)]
    [InlineData("planned", "in-progress", true)]
    [InlineData("planned", "finished", false)]
    [InlineData("arrived", "finished", true)]
    [InlineData("triaged", "arrived", false)]
    [InlineData("in-progress", "onleave", true)]
    [InlineData("in-progress", "planned", false)]
    [InlineData("in-progress", "cancelled", false)]
    [InlineData("onleave", "in-progress", true)]
    [InlineData("finished", "in-progress", false)]
    [InlineData("finished", "finished", true)]
    [InlineData("finished", "entered-in-error", true)]
    [InlineData("cancelled", "planned", false)]
    [InlineData("entered-in-error", "finished", false)]
    [InlineData("unknown", "finished", true)]
    public void PlainWrite_OfAnotherStatus_ObeysTheStateMachine(string before, string after, bool allowed)
    {
        var issue = EncounterRules.RefusePlain(new JsonObject { ["status"] = before }, new JsonObject { ["status"] = after }, out _);

        Assert.Equal(allowed, issue is null);
        Assert.True(issue is null || issue.Details.Contains(before, StringComparison.Ordinal));
    }

    [Fact]
    public void Admit_PlannedEncounter_BeginsNowAndKeepsWhatItHas()
    {
        var planned = Json("""{"resourceType":"Encounter","id":"e","status":"planned","class":{"code":"AMB"},"subject":{"reference":"Patient/p"},"period":{"start":"2027-01-01"},"priority":{"text":"high"}}""");

        var (encounter, refusal) = EncounterRules.Apply(planned, "e", new AdmitEncounter { Class = new CodedText("IMP"), AdmitSource = new CodedText("emd") }, null, s_start);

        Assert.Null(refusal);
        Assert.Equal("in-progress", EncounterJson.Status(encounter!));
        Assert.Equal("2026-11-26T08:00:00.000Z", (string?)encounter!["period"]!["start"]);
        Assert.Equal(("planned", "AMB", "IMP"), ((string?)encounter["statusHistory"]![0]!["status"], (string?)encounter["classHistory"]![0]!["class"]!["code"], (string?)encounter["class"]!["code"]));
        Assert.Equal("emd", (string?)encounter["hospitalization"]!["admitSource"]!["coding"]![0]!["code"]);
        Assert.Equal("high", (string?)encounter["priority"]!["text"]);
    }

    [Fact]
    public void Step_BeforeTheOneThatItFollowsOrInTheFuture_IsRefused()
    {
        JsonObject Admitted() => EncounterRules.Apply(null, "e", new AdmitEncounter { PatientId = "p" }, null, s_start).Encounter!;

        Assert.Equal("at", EncounterRules.Apply(Admitted(), "e", new DischargeEncounter { At = s_start.AddMinutes(-1) }, null, s_start.AddHours(1)).Refusal?.Expression);
        Assert.Equal("at", EncounterRules.Apply(Admitted(), "e", new DischargeEncounter { At = s_start.AddHours(2) }, null, s_start.AddHours(1)).Refusal?.Expression);
        Assert.Null(EncounterRules.Apply(Admitted(), "e", new DischargeEncounter { At = s_start.AddMinutes(30) }, null, s_start.AddHours(1)).Refusal);
    }

    /// <summary>Random steps, possible ones and others, against a model of a few lines.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomSteps_KeepHistoryPlacesAndPeriodTrue(int seed)
    {
        var random = new Random(seed);
        var reader = new ResourceReader(SearchParameterCatalog.R4);
        for (var sequence = 0; sequence < 400; sequence++)
        {
            var model = new Model();
            JsonObject? encounter = null;
            var now = s_start;
            for (var i = 0; i < 25; i++)
            {
                now = now.AddMinutes(random.Next(1, 100));
                var step = Random(random, encounter is null);
                var isAllowed = model.Allows(step);
                var before = encounter?.ToJsonString();
                var (after, refusal) = EncounterRules.RefuseStep(encounter, step) is { } forbidden ? (null, forbidden)
                    : EncounterRules.Apply(encounter, "e", step, Json($$"""{"name":"x"}"""), now);
                Assert.True(isAllowed == refusal is null, $"seed {seed}, {sequence}.{i}: {step.GetType().Name} in {model.Status}: {refusal?.Details}");
                if (refusal is not null)
                {
                    Assert.Equal(before, encounter?.ToJsonString());
                    continue;
                }

                encounter = after;
                model.Take(step);
                model.Holds(encounter!, now);
            }

            if (encounter is not null)
            {
                var read = reader.Read(EncounterJson.Print(encounter), new ReadOptions { Type = "Encounter", Id = "e", IdMustMatch = true });
                Assert.True(read.Resource is not null, string.Join('\n', read.Issues));
            }
        }
    }

    private static EncounterStep Random(Random random, bool isNew) => isNew ? new AdmitEncounter { PatientId = "p", LocationId = random.Next(2) == 0 ? "b0" : null } : random.Next(9) switch
    {
        0 => new AdmitEncounter(),
        1 or 2 => new TransferEncounter { LocationId = $"b{random.Next(4)}", Class = random.Next(3) == 0 ? new CodedText(random.Next(2) == 0 ? "EMER" : "IMP") : null },
        3 => new DischargeEncounter { Disposition = new CodedText("home") },
        4 => new LeaveEncounter(),
        5 => new ReturnEncounter(),
        6 => new CancelTransfer(),
        7 => random.Next(6) == 0 ? new CancelAdmit() : new CancelTransfer(),
        _ => new CancelDischarge { LocationId = random.Next(3) == 0 ? $"b{random.Next(4)}" : null },
    };

    private static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();

    private sealed class Model
    {
        private readonly Stack<(string? Place, string Class)> _stays = new();
        private string? _before;
        private int _moves;

        public string Status { get; private set; } = "";

        public bool Allows(EncounterStep step) => step switch
        {
            AdmitEncounter => Status.Length == 0,
            TransferEncounter transfer => Status == "in-progress" && _stays.Peek().Place != transfer.LocationId,
            DischargeEncounter => Status is "in-progress" or "onleave",
            LeaveEncounter or CancelAdmit => Status == "in-progress",
            ReturnEncounter => Status == "onleave",
            CancelTransfer => Status == "in-progress" && _stays.Count(stay => stay.Place is not null) > 1,
            _ => Status == "finished",
        };

        public void Take(EncounterStep step)
        {
            if (step is not (TransferEncounter or CancelTransfer) && Status.Length > 0)
            {
                _moves++;
            }

            switch (step)
            {
                case AdmitEncounter admit:
                    Status = "in-progress";
                    _stays.Push((admit.LocationId, "IMP"));
                    break;
                case TransferEncounter transfer:
                    _stays.Push((transfer.LocationId, transfer.Class?.Code ?? _stays.Peek().Class));
                    break;
                case CancelTransfer:
                    _stays.Pop();
                    break;
                case DischargeEncounter:
                    (_before, Status) = (Status, "finished");
                    break;
                case CancelDischarge cancel:
                    Status = _before!;
                    if (cancel.LocationId is { } other && other != _stays.Peek().Place)
                    {
                        // The place before ended with the discharge: what comes now is no transfer from it.
                        var stay = _stays.Peek();
                        _stays.Clear();
                        _stays.Push((other, stay.Class));
                    }

                    break;
                default:
                    Status = step switch { LeaveEncounter => "onleave", CancelAdmit => "cancelled", _ => "in-progress" };
                    break;
            }
        }

        public void Holds(JsonObject encounter, DateTimeOffset now)
        {
            Assert.Equal(Status, EncounterJson.Status(encounter));
            Assert.Equal(_stays.Peek().Class, (string?)encounter["class"]!["code"]);
            var isOver = Status is "finished" or "cancelled";
            Assert.Equal(isOver, encounter["period"]!["end"] is not null);
            Assert.Equal(isOver || _stays.Peek().Place is null ? [] : [_stays.Peek().Place!], EncounterJson.Places(encounter));

            // One state after the other, without a gap.
            var history = encounter["statusHistory"] as JsonArray ?? [];
            Assert.Equal(_moves, history.Count);
            var last = (string?)encounter["period"]!["start"];
            foreach (var entry in history)
            {
                Assert.Equal(last, (string?)entry!["period"]!["start"]);
                last = (string?)entry["period"]!["end"];
                Assert.True(DateTimeOffset.Parse(last!, provider: null) <= now);
            }

            // Nobody is in two places at a time.
            var stays = (encounter["location"] as JsonArray ?? []).Select(entry => ((string?)entry!["period"]!["start"], (string?)entry["period"]!["end"])).ToList();
            Assert.All(stays.Zip(stays.Skip(1)), pair => Assert.True(string.CompareOrdinal(pair.First.Item2, pair.Second.Item1) <= 0));
        }
    }
}
