using MedOrleans.IntegrationTests;
using MedOrleans.Workload;

namespace MedOrleans.LoadTests;

/// <summary>Hospitals' days, compressed: admissions, beds, appointments, orders and results, told by FHIR and by HL7 v2, while a silo joins, one is killed and one leaves.</summary>
internal static class HospitalDays
{
    private const int Seed = 42;

    // A process that joins leaves the others most of the machine.
    private const double JoiningPart = 0.5;

    private static readonly TimeSpan s_evening = TimeSpan.FromSeconds(20);

    private static readonly HospitalShape[] s_shapes =
    [
        new() { Tenant = "north", Wards = 5, MessageShare = 0.5 },
        new() { Tenant = "south", MessageShare = 0.3 },
        new() { Tenant = "valley", Wards = 2, Emergencies = 40, Planned = 8, Clinics = 2, MessageShare = 1 },
    ];

    public static async Task RunAsync(Run run)
    {
        var port = HostProcess.FreePorts(1)[0];
        await using var shipped = await ShippedBuild.OfThisAsync();
        await using var fleet = await Fleet.StartAsync(
            2, program: shipped.Program, joining: JoiningPart, gatewaySettings: DayTransport.Settings(port, s_shapes.Select(shape => shape.Tenant)));
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        var hospitals = new List<DayHospital>();
        try
        {
            foreach (var shape in s_shapes)
            {
                hospitals.Add(await DayHospital.OpenAsync(fleet, shape, Seed, port, client));
            }

            await Task.WhenAll(hospitals.Select(hospital => hospital.PrepareAsync()));
            await PlayAsync(run, fleet, hospitals);
            await VerifyAsync(run, fleet, hospitals);
        }
        finally
        {
            foreach (var hospital in hospitals)
            {
                await hospital.DisposeAsync();
            }
        }
    }

    private static async Task PlayAsync(Run run, Fleet fleet, List<DayHospital> hospitals)
    {
        var clock = new DayClock(DateTimeOffset.UtcNow + s_evening, TimeSpan.FromSeconds(run.Seconds));
        await Task.WhenAll(hospitals.Select(hospital => hospital.EveningAsync(clock)));
        clock = clock with { Midnight = DateTimeOffset.UtcNow > clock.Midnight ? DateTimeOffset.UtcNow : clock.Midnight };
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (DateTimeOffset.UtcNow < clock.Midnight)
        {
            await looks.WaitForNextTickAsync();
        }

        run.Timeline.Silos = () => fleet.Silos.Count;
        run.Timeline.Begin();
        run.Timeline.Note("midnight");
        var day = Task.WhenAll(hospitals.Select(hospital => hospital.DayAsync(clock, run.Timeline)));
        await run.UntilAsync(run.Seconds * 0.35);
        var steadyUntil = (int)run.Timeline.Now.TotalSeconds;
        await fleet.AddAsync();
        run.Timeline.Note("a silo has joined");
        fleet.Uncap();
        await run.UntilAsync(run.Seconds * 0.55);
        var killedAt = (int)run.Timeline.Now.TotalSeconds;
        run.Timeline.Note("a silo is killed");
        await fleet.KillAsync(1);
        await run.UntilAsync(run.Seconds * 0.75);
        run.Timeline.Note("a silo is told to leave");
        var code = await fleet.StopAsync(0);
        run.Timeline.Note("it has left");
        await day;
        run.NoFailures();
        run.Verdict.Claim("a silo that is told to leave ends with 0", $"{code}", code == 0);
        run.Verdict.Figure("p99 from 6:00 until the silo joins", $"{run.Timeline.Milliseconds(99, run.Seconds / 4, steadyUntil):0} ms");
        run.Verdict.Figure("p99 of what was due while it joined, until the kill", $"{run.Timeline.Milliseconds(99, steadyUntil, killedAt):0} ms");
        var stall = run.Timeline.Milliseconds(99, killedAt, killedAt + 10);
        run.Verdict.Claim("p99 of what was due in the 10 s from the kill on is 5 s or less", $"{stall:0} ms", stall <= 5000);
    }

    private static async Task VerifyAsync(Run run, Fleet fleet, List<DayHospital> hospitals)
    {
        var (acknowledged, lost, stored, metered, equal) = (0, 0, 0, 0L, true);
        var (inBeds, disagree, astray, unsure) = (0, 0, 0, 0);
        foreach (var hospital in hospitals)
        {
            var versions = await hospital.VersionsAsync();
            (acknowledged, lost, stored) = (acknowledged + versions.Acknowledged, lost + versions.Lost, stored + versions.Stored);
            var usage = await hospital.UsageAsync(fleet.Administrator);
            (metered, equal) = (metered + usage.Metered, equal && usage.Equal);
            var census = await hospital.CensusAsync();
            (inBeds, disagree, astray, unsure) = (inBeds + census.InBeds, disagree + census.Disagree, astray + census.Astray, unsure + census.Unsure);
            hospital.Reasons.ForEach(Console.WriteLine);
        }

        var skipped = hospitals.Sum(hospital => hospital.Skipped);
        run.Verdict.Figure("the day", $"{hospitals.Count} hospitals, seed {Seed}, 24 h in {run.Seconds} s, and the evening before");
        run.Verdict.Figure("requests, messages, messages sent again", $"{hospitals.Sum(hospital => hospital.Sent.Requests):N0}, {hospitals.Sum(hospital => hospital.Sent.Messages):N0}, {hospitals.Sum(hospital => hospital.Sent.Resent):N0}");
        run.Verdict.Figure("writes acknowledged, versions stored", $"{acknowledged:N0}, {stored:N0}");
        run.Verdict.Figure("patients in beds at the end", $"{inBeds:N0}");
        run.Verdict.Claim("no event of the evening or the day is refused or left out", $"{hospitals.Sum(hospital => hospital.Failed)} failed, {skipped} left out", hospitals.TrueForAll(hospital => hospital.Failed == 0) && skipped == 0);
        run.Verdict.Claim("every acknowledged write and message is there with its exact content", $"{lost} lost", lost == 0);
        run.Verdict.Claim("usage equals what is stored", $"{metered:N0} metered; verification {(equal ? "equal" : "differs")}", metered == stored && equal);
        run.Verdict.Claim("census = open encounters = bed states", $"{disagree} differ", disagree == 0);
        run.Verdict.Claim("every visit is where its last acknowledged step left it", $"{astray} elsewhere, {unsure} with a step of unknown outcome", astray == 0);
    }
}
