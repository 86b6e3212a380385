using System.Text.Json;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Workload;

namespace MedOrleans.Tests.Workload;

/// <summary>What a planned day is as requests and messages, held to our own readers of both.</summary>
public sealed class DayFormTests
{
    private static readonly DayPlan s_plan = DayPlan.Of(new HospitalShape { Tenant = "north", MessageShare = 0.5 }, 3);
    private static readonly DayNames s_names = new("north", "R1");
    private static readonly DayClock s_clock = new(new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromMinutes(2));

    [Fact]
    public void Fhir_OfEveryEvent_IsAReadOrJson()
    {
        var form = new FhirForm(s_names, s_clock);
        foreach (var what in s_plan.Events.Where(what => !what.ByMessage))
        {
            var request = form.Of(what, s_clock.Moment(what.At));
            Assert.Equal(what.IsRead, request.Method == HttpMethod.Get);
            Assert.Equal(what.IsRead, request.Body is null);
            if (request.Body is not null)
            {
                using var json = JsonDocument.Parse(request.Body);
                Assert.Equal(request.Path.Contains('$', StringComparison.Ordinal) ? "Parameters" : request.Path.Split('/')[0], json.RootElement.GetProperty("resourceType").GetString());
            }
        }
    }

    [Fact]
    public void Hl7_OfEveryEvent_IsAMessageWithAControlIdOfItsOwn()
    {
        var form = new Hl7Form(s_names, s_clock);
        var controls = new HashSet<string>();
        foreach (var what in s_plan.Events.Where(what => what.ByMessage))
        {
            var text = form.Of(what, s_clock.Moment(what.At));
            var message = Hl7Message.Parse(text);
            Assert.True(controls.Add(message.ControlId));
            Assert.Equal(text, message.ToString());
            Assert.Equal(s_names.RecordNumber(what.Patient!), message.Find("PID")!.Text(3));
            Assert.Equal(what.Visit is null ? null : s_names.VisitNumber(what.Visit), message.Find("PV1")?.Text(19));
        }

        Assert.True(controls.Count > 500);
    }

    [Fact]
    public void Names_OfTwoRuns_AreApartAndOfOneTheSame()
    {
        var (patient, other) = (s_plan.Events.First(what => what.Patient is not null).Patient!, new DayNames("north", "R2"));

        Assert.Equal(s_names.Patient(patient), new DayNames("north", "R1").Patient(patient));
        Assert.NotEqual(s_names.Patient(patient), other.Patient(patient));
        Assert.NotEqual(s_names.Command(1), other.Command(1));
        Assert.NotEqual(s_names.Command(1), new DayNames("south", "R1").Command(1));
    }
}
