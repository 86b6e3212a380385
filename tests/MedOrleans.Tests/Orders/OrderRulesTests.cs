using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Grains.Orders;
using MedOrleans.Orders;

namespace MedOrleans.Tests.Orders;

/// <summary>The states of orders and results.</summary>
public sealed class OrderRulesTests
{
    private static readonly DateTimeOffset s_now = new(2035, 1, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Every state with every step.</summary>
    [Theory]
    [InlineData("draft", "place revoke")]
    [InlineData("active", "accession result revoke hold")]
    [InlineData("on-hold", "revoke resume")]
    [InlineData("completed", "result")]
    [InlineData("revoked", "")]
    [InlineData("entered-in-error", "")]
    [InlineData("unknown", "")]
    public void RefuseStep_FromEachState_LetsPassWhatTheTableSays(string status, string allowed)
    {
        var steps = new Dictionary<string, OrderStep>
        {
            ["place"] = new PlaceOrder(),
            ["accession"] = new AccessionOrder(),
            ["result"] = new RecordResult(),
            ["revoke"] = new RevokeOrder(),
            ["hold"] = new HoldOrder(),
            ["resume"] = new ResumeOrder(),
        };
        var order = new JsonObject { ["status"] = status };

        Assert.Equal(allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries), steps.Where(step => OrderRules.RefuseStep(order, step.Value) is null).Select(step => step.Key));
        Assert.All(steps.Values.Select(step => OrderRules.RefuseStep(order, step)).OfType<Records.Issue>(), issue => Assert.Contains($"An order that is {status} cannot", issue.Details, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "registered partial preliminary final")]
    [InlineData("registered", "registered partial preliminary final cancelled entered-in-error")]
    [InlineData("preliminary", "partial preliminary final cancelled entered-in-error")]
    [InlineData("final", "amended corrected appended entered-in-error")]
    [InlineData("corrected", "amended corrected appended entered-in-error")]
    [InlineData("cancelled", "")]
    [InlineData("entered-in-error", "")]
    public void RefuseReport_FromEachState_LetsPassWhatTheTableSays(string was, string allowed)
    {
        string[] all = ["registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled", "entered-in-error", "unknown", "nonsense"];

        Assert.Equal(allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries), all.Where(status => ResultRules.RefuseReport("active", "r", was, status) is null));
        Assert.NotNull(ResultRules.RefuseReport("completed", "r", "", "final"));
    }

    [Fact]
    public void Reported_OfSeveralReports_CompletesTheOrderOnceAllThatCountAreFinal()
    {
        var order = new JsonObject { ["status"] = "active" };
        void Is(string report, string status, string expected)
        {
            OrderRules.Reported(order, report, status);
            Assert.Equal(expected, OrderRules.Status(order));
        }

        Is("a", "preliminary", "active");
        Is("b", "final", "active");
        Is("a", "final", "completed");
        Is("b", "entered-in-error", "completed");
        Is("a", "corrected", "completed");
        Is("a", "entered-in-error", "active");
        Assert.Equal([("b", "entered-in-error"), ("a", "entered-in-error")], OrderRules.Reports(order));
    }

    [Fact]
    public void RefuseStep_OfARevocationAfterAFinalReport_NamesTheReportAndItsState()
    {
        var order = new JsonObject { ["status"] = "active" };
        OrderRules.Reported(order, "r1", "preliminary");
        Assert.Null(OrderRules.RefuseStep(order, new RevokeOrder()));
        OrderRules.Reported(order, "r2", "final");

        Assert.Contains("DiagnosticReport/r2 is final", OrderRules.RefuseStep(order, new RevokeOrder())!.Details, StringComparison.Ordinal);
    }

    [Fact]
    public void Number_OfManyCommands_IsShortAndNeverTheSame()
    {
        var numbers = Enumerable.Range(0, 20_000).Select(i => OrderRules.Number(new Guid(i, 0, 0, new byte[8]), i % 3, s_now)).ToList();

        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.All(numbers, number => Assert.Matches("^350101[0-9A-HJKMNP-TV-Z]{8}$", number));
    }

    /// <summary>Any steps in any order: what is final never becomes less, what is cancelled stays so, and an order is completed exactly while its reports that count are all final.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void RandomSteps_OfAnOrderItsReportsAndObservations_KeepTheirStatesInStep(int seed)
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("MEDORLEANS_MODEL_STEPS") ?? "300000", CultureInfo.InvariantCulture);
        string[] statuses = ["registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled", "entered-in-error"];
        var random = new Random(seed);
        var (taken, refused) = (0, 0);
        var order = NewOrder();
        var reports = new Dictionary<string, (JsonObject Report, Dictionary<string, JsonObject> Observations)>();
        for (var i = 0; i < count; i++)
        {
            if (random.Next(60) == 0)
            {
                (order, reports) = (NewOrder(), []);
            }

            OrderStep step = random.Next(8) switch { 0 => new HoldOrder(), 1 => new ResumeOrder(), 2 => random.Next(8) == 0 ? new RevokeOrder() : new ResumeOrder(), _ => new RecordResult() };
            if (OrderRules.RefuseStep(order, step) is not null)
            {
                refused++;
                continue;
            }

            switch (step)
            {
                case HoldOrder or ResumeOrder:
                    OrderRules.Move(order, step is HoldOrder ? "on-hold" : "active", null);
                    break;
                case RevokeOrder:
                    foreach (var (id, (report, observations)) in reports.Where(report => ResultRules.Status(report.Value.Report) is not ("cancelled" or "entered-in-error")))
                    {
                        report["status"] = "cancelled";
                        OrderRules.Reported(order, id, "cancelled");
                        foreach (var observation in observations.Values)
                        {
                            ResultRules.TakeAlong(observation, "cancelled");
                        }
                    }

                    OrderRules.Move(order, "revoked", null);
                    break;
                default:
                    if (!Result())
                    {
                        refused++;
                        continue;
                    }

                    break;
            }

            taken++;
            Check();
        }

        Assert.True(taken > count / 10 && refused > count / 10, $"{taken} taken, {refused} refused.");

        bool Result()
        {
            var id = $"r{random.Next(3)}";
            var status = statuses[random.Next(statuses.Length)];
            var (stored, observations) = reports.TryGetValue(id, out var there) ? there : (null, []);
            if (ResultRules.RefuseReport(OrderRules.Status(order), id, ResultRules.Status(stored), status) is not null)
            {
                return false;
            }

            var name = $"{id}-{random.Next(3)}";
            var given = new JsonObject { ["resourceType"] = "Observation" };
            if (random.Next(2) == 0)
            {
                given["status"] = statuses[random.Next(statuses.Length)];
            }

            var changed = observations.ToDictionary(pair => pair.Key, pair => pair.Value.DeepClone().AsObject());
            if (ResultRules.Observation(order, "o", name, given, observations.GetValueOrDefault(name), status) is not null)
            {
                return false;
            }

            foreach (var other in changed.Where(pair => pair.Key != name))
            {
                ResultRules.TakeAlong(other.Value, status);
            }

            changed[name] = given;
            var (report, refusal) = ResultRules.Report(order, "o", id, null, stored, status, [.. changed.Keys], s_now);
            Assert.Null(refusal);
            foreach (var (key, observation) in observations)
            {
                Assert.False(ResultRules.IsFinal(ResultRules.Status(observation)) && ResultRules.Status(changed[key]) is "registered" or "preliminary", "A final observation became less.");
            }

            reports[id] = (report!, changed);
            OrderRules.Reported(order, id, status);
            return true;
        }

        void Check()
        {
            var counting = reports.Values.Select(report => ResultRules.Status(report.Report)).Where(status => status is not ("cancelled" or "entered-in-error")).ToList();
            Assert.Equal(counting.Count > 0 && counting.TrueForAll(ResultRules.IsFinal), OrderRules.Status(order) == "completed");
            Assert.Equal(reports.Select(report => (report.Key, ResultRules.Status(report.Value.Report))).Order(), OrderRules.Reports(order).Order());
            Assert.True(OrderRules.Status(order) != "revoked" || counting.Count == 0);
            foreach (var (report, observations) in reports.Values)
            {
                Assert.Equal(observations.Keys.Order(), ResultRules.Observations(report).Order());
                Assert.False(ResultRules.IsFinal(ResultRules.Status(report)) && observations.Values.Any(observation => ResultRules.Status(observation) is "registered" or "preliminary"), "A final report has an observation that is not.");
                Assert.All(observations.Values, observation => Assert.Equal(("o", "Patient/p"), (ResultRules.OrderOf(observation), (string?)observation["subject"]!["reference"])));
            }
        }
    }

    private static JsonObject NewOrder() => new() { ["status"] = "active", ["subject"] = new JsonObject { ["reference"] = "Patient/p" }, ["code"] = new JsonObject { ["text"] = "Glucose" } };
}
