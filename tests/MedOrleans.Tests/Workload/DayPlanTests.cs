using MedOrleans.Workload;

namespace MedOrleans.Tests.Workload;

/// <summary>A planned day, held to what a hospital's day is like.</summary>
public sealed class DayPlanTests
{
    private const int Seed = 7;

    private static readonly HospitalShape s_shape = new() { Tenant = "north", MessageShare = 0.4 };

    private readonly DayPlan _plan = DayPlan.Of(s_shape, Seed);

    [Fact]
    public void Of_TheSameSeed_IsTheSameDay()
    {
        Assert.Equal(Text(_plan), Text(DayPlan.Of(s_shape, Seed)));
        Assert.NotEqual(Text(_plan), Text(DayPlan.Of(s_shape, Seed + 1)));
        Assert.NotEqual(Text(_plan), Text(DayPlan.Of(s_shape with { Tenant = "south" }, Seed)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Of_AnyDay_LaysNoTwoPatientsInOneBedAndNobodyInOneThatIsNotClean(int seed)
    {
        // So full that patients wait for beds.
        var plan = DayPlan.Of(s_shape with { Occupancy = 0.95, EmergencyAdmissions = 0.6, MeanStay = TimeSpan.FromDays(1) }, seed);
        var state = plan.Beds.ToDictionary(bed => bed, _ => (Visit: (int?)null, IsClean: true));
        var at = new Dictionary<int, DayBed>();
        var left = new Dictionary<int, DayBed>();
        foreach (var what in plan.Events)
        {
            switch (what.Kind)
            {
                case DayEventKind.Admit or DayEventKind.Transfer when what.Bed is { } bed:
                    Assert.True(state[bed] is { Visit: null, IsClean: true }, $"{what}");
                    if (at.Remove(what.Visit!.Number, out var before))
                    {
                        state[before] = (null, false);
                        left[what.Visit.Number] = before;
                    }

                    state[bed] = (what.Visit.Number, true);
                    at[what.Visit.Number] = bed;
                    break;
                case DayEventKind.CancelAdmit:
                    Assert.True(at.Remove(what.Visit!.Number, out var taken));
                    state[taken] = (null, true);
                    break;
                case DayEventKind.CancelTransfer:
                    state[at[what.Visit!.Number]] = (null, true);
                    Assert.Equal(left[what.Visit.Number], what.Bed);
                    Back(what);
                    break;
                case DayEventKind.Discharge when at.Remove(what.Visit!.Number, out var freed):
                    state[freed] = (null, false);
                    break;
                case DayEventKind.CancelDischarge:
                    Back(what);
                    break;
                case DayEventKind.Clean:
                    Assert.Null(state[what.Bed!].Visit);
                    state[what.Bed!] = (null, true);
                    break;
            }
        }

        // Back in the bed that nobody has touched since.
        void Back(DayEvent what)
        {
            Assert.Equal((null, false), state[what.Bed!]);
            state[what.Bed!] = (what.Visit!.Number, true);
            at[what.Visit.Number] = what.Bed!;
        }
    }

    [Fact]
    public void Of_AnyDay_GivesNoSlotToTwoAppointments() =>
        Assert.All(_plan.Events.Where(what => what.Kind == DayEventKind.Book).CountBy(what => what.Slot!), slot => Assert.Equal(1, slot.Value));

    [Fact]
    public void Of_AnyDay_IsInTheOrderOfTimeAndWhatAnEventBuildsOnComesBeforeIt()
    {
        var last = TimeSpan.MinValue;
        Assert.All(_plan.Events.Index(), pair =>
        {
            Assert.Equal(pair.Index, pair.Item.Number);
            Assert.True(pair.Item.At >= last && pair.Item.At < DayPlan.Length);
            Assert.All(pair.Item.After, before => Assert.True(before < pair.Item.Number));
            last = pair.Item.At;
        });

        // A visit's steps follow one another, from the event that begins it.
        foreach (var visit in _plan.Events.Where(what => what.Visit is not null).GroupBy(what => what.Visit!.Number))
        {
            var begins = visit.First();
            Assert.True(begins.Kind is DayEventKind.Admit or DayEventKind.CheckIn && begins.Visit!.OpenedBy == begins.Number, $"{begins}");
            Assert.All(visit.Skip(1), what => Assert.Contains(what.After, before => _plan.Events[before].Visit?.Number == visit.Key));
        }

        // And frontends register whom they tell of.
        Assert.All(_plan.Events.Where(what => what is { Patient.ByMessage: false, IsRead: false } && what.Kind != DayEventKind.Register),
            what => Assert.Contains(what.After, before => _plan.Events[before] is { Kind: DayEventKind.Register } registered && registered.Patient == what.Patient));
    }

    [Fact]
    public void Of_ManyDays_AreBusyByDayAndQuietAtNight()
    {
        var hours = Days(40).SelectMany(plan => plan.Events).Where(what => what is { Kind: DayEventKind.Admit, Class: "EMER" }).CountBy(what => what.At.Hours).ToDictionary();

        var (night, noon, evening) = (Mean(2, 5), Mean(10, 14), Mean(18, 21));

        Assert.InRange(noon / night, 2.8, 4.5);
        Assert.InRange(evening / noon, 0.75, 1.05);
        Assert.InRange(hours.Values.Sum() / 40.0, s_shape.Emergencies * 0.95, s_shape.Emergencies * 1.05);

        double Mean(int from, int to) => Enumerable.Range(from, to - from).Average(hour => hours.GetValueOrDefault(hour));
    }

    [Fact]
    public void Of_ManyDays_StaysAreAsLongAsAskedForAndLikeStaysAre()
    {
        var stays = Days(60).SelectMany(plan => plan.Events).Select(what => what.Stay?.TotalDays).OfType<double>().Order().ToList();

        Assert.True(stays.Count > 1500, $"{stays.Count}");
        Assert.InRange(stays.Average(), s_shape.MeanStay.TotalDays * 0.95, s_shape.MeanStay.TotalDays * 1.05);

        // Many short stays, some very long ones.
        Assert.InRange(stays[stays.Count / 2] / stays.Average(), 0.68, 0.82);
        Assert.True(stays[(int)(stays.Count * 0.95)] > 2 * stays.Average());
    }

    [Fact]
    public void Of_ManyDays_HasEveryKindOfEventByBothWays()
    {
        var events = Days(20).SelectMany(plan => plan.Events).ToList();
        Assert.Equal(Enum.GetValues<DayEventKind>(), events.Select(what => what.Kind).Distinct().Order());
        Assert.Equal(
            [DayEventKind.Update, DayEventKind.Admit, DayEventKind.Transfer, DayEventKind.Leave, DayEventKind.Return, DayEventKind.Discharge, DayEventKind.CancelAdmit, DayEventKind.CancelTransfer,
                DayEventKind.CancelDischarge, DayEventKind.Observe, DayEventKind.Order, DayEventKind.Result, DayEventKind.Book, DayEventKind.CancelBooking, DayEventKind.CheckIn, DayEventKind.NoShow],
            events.Where(what => what.ByMessage).Select(what => what.Kind).Distinct().Order());
        Assert.InRange(events.Select(what => what.Patient).OfType<DayPatient>().Distinct().Average(patient => patient.ByMessage ? 1.0 : 0), 0.37, 0.43);
    }

    private static IEnumerable<DayPlan> Days(int count) => Enumerable.Range(0, count).Select(seed => DayPlan.Of(s_shape, seed));

    private static string Text(DayPlan plan) => string.Join('\n', plan.Events.Select(what => $"{what with { After = [] }} {string.Join(',', what.After)}"));
}
