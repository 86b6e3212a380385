using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MedOrleans.Grains.Placement;
using MedOrleans.IntegrationTests;
using MedOrleans.IntegrationTests.Elasticity;
using Npgsql;

namespace MedOrleans.LoadTests;

/// <summary>The scenarios that let silos come, go and die under load.</summary>
internal static class Scenarios
{
    private const double SiloPart = 0.15;

    // Four of them leave enough of two processors to whoever loads them.
    private const double SmallSiloPart = 0.1;

    // Seconds until nothing hot is left to compile, which would take a small part for a minute.
    private const int SmallSiloWarm = 15;

    // A silo with a small part stands still for most of each period of its part: who waits is then many, or it has nothing to do when its turn comes.
    private const int SmallSiloCallers = 384;

    // What a process that joins may take of one processor until it is ready: those that serve keep theirs.
    private const double JoiningPart = 0.4;

    // The same where those that serve have no more than their small parts: what joins waits for their answers anyway.
    private const double JoiningBesideSmallPart = 0.8;

    // Longer than any grain of a hospital stays after its last call.
    private static readonly TimeSpan s_rest = TimeSpan.FromMinutes(16);

    // The types of grains that are a hospital's and not the cluster's own, by Orleans' names of them.
    private static readonly HashSet<string> s_hospitals =
        [.. PlacedGrains.HospitalClasses.Select(type => type.Name.Replace("Grain", "", StringComparison.Ordinal).ToLowerInvariant())];

    public static void AddTo(RootCommand root, Option<FileInfo?> json)
    {
        Add("steady", "Two silos at an even rate.", 30, 5, 3600, SteadyAsync);
        Add("kill", "Three silos at 70 % of what they can; one is killed (SIGKILL).", 40, 15, 600, KillAsync);
        Add("scale-out-in", "One silo, then four, then one again: what they can, and what clients feel.", 60, 20, 600, ScaleAsync);
        Add("morning-surge", "A supervisor's silos through a morning: the rate grows to its peak and falls again, the autoscaler follows.", 90, 40, 900, SurgeAsync);
        Add("rolling-upgrade", "Silos and gateways of an earlier commit are replaced by this build's one after the other, behind HAProxy.", 120, 60, 600, RollAsync);
        Add("soak", "Two silos at an even rate for long: memory, connections, errors.", 600, 30, 86_400, SoakAsync);
        Add("hospital-day", "Three hospitals' days by FHIR and HL7 v2, compressed, while a silo joins, one is killed and one leaves.", 150, 45, 1800, HospitalDays.RunAsync, hasRate: false);
        Add("doors", "What mutual TLS on the silos' ports costs: with and without it, in turns.", 50, 10, 600, Doors.RunAsync, hasRate: false);
        Add("cold", "Hospitals at rest: what they hold, and the first read of a patient after it.", 30, 5, 600, ColdAsync);

        void Add(string name, string description, int usual, int least, int most, Func<Run, Task> scenario, bool hasRate = true)
        {
            var seconds = new Option<int>("--seconds") { Description = $"How long the measured part takes, {least} to {most}.", DefaultValueFactory = _ => usual };
            var rate = new Option<double>("--rate") { Description = "Requests a second; a part of what the silos can without it." };
            var folder = new Option<DirectoryInfo?>("--out") { Description = "The folder for the timeline, as SVG and JSON; a temporary one without it." };
            var command = new Command(name, description) { seconds, folder };
            if (hasRate)
            {
                command.Options.Add(rate);
            }

            command.SetAction(async parsed =>
            {
                var run = new Run(name, Math.Clamp(parsed.GetValue(seconds), least, most), hasRate ? parsed.GetValue(rate) : 0);
                await scenario(run);
                return await run.EndAsync(parsed.GetValue(folder) ?? Directory.CreateTempSubdirectory("medorleans-load-"), parsed.GetValue(json)) ? 0 : 1;
            });
            root.Subcommands.Add(command);
        }
    }

    private static async Task SteadyAsync(Run run)
    {
        await using var fleet = await Fleet.StartAsync(2);
        using var ward = await run.OpenAsync(fleet);
        await run.LoadAsync(ward, await run.RateAsync(ward, 0.4));
        run.NoFailures();
        await ward.VerifyAsync(run.Verdict, fleet.Administrator);
    }

    private static async Task KillAsync(Run run)
    {
        await using var fleet = await Fleet.StartAsync(3, SiloPart);
        using var ward = await run.OpenAsync(fleet);
        var rate = await run.RateAsync(ward, 0.7);
        var load = run.LoadAsync(ward, rate);
        await run.UntilAsync(run.Seconds / 3.0);
        var at = run.Timeline.Now.TotalSeconds;
        run.Timeline.Note("a silo is killed");
        await fleet.KillAsync(1);
        await load;
        run.Verdict.Figure("p99 before", $"{run.Timeline.Milliseconds(99, 3, (int)at):0} ms");
        run.Verdict.Figure("failed", $"{run.Timeline.Failed} of {run.Timeline.Total:N0} {run.Failures}");

        // Who came while nobody had noticed yet waits longest.
        var stall = run.Timeline.Milliseconds(99, (int)at, (int)at + 10);
        run.Verdict.Claim("p99 of the requests that were due in the 10 s from the kill on is 5 s or less", $"{stall:0} ms", stall <= 5000);
        run.NoFailures();
        await ward.VerifyAsync(run.Verdict, fleet.Administrator);
    }

    private static async Task ScaleAsync(Run run)
    {
        // Compiled ahead: a silo of so small a part would else compile for seconds what it first does when another joins, and that one waits for it.
        await using var shipped = await ShippedBuild.OfThisAsync();
        await using var fleet = await Fleet.StartAsync(1, SmallSiloPart, shipped.Program, joining: JoiningBesideSmallPart);
        using var ward = await run.OpenAsync(fleet, SmallSiloWarm);
        var one = await Run.SaturateAsync(ward, 10, SmallSiloCallers);
        run.Timeline.Silos = () => fleet.Silos.Count;
        var rate = run.AskedRate ?? one * 0.3;
        var load = run.LoadAsync(ward, rate);
        await run.UntilAsync(run.Seconds * 0.2);
        var steadyUntil = (int)run.Timeline.Now.TotalSeconds;
        var fair = TimeSpan.Zero;
        for (var i = 0; i < 3; i++)
        {
            await fleet.AddAsync();
            run.Timeline.Note($"silo {i + 2} has joined");
            var joined = Stopwatch.GetTimestamp();
            await fleet.LevelAsync();
            fair = TimeSpan.FromTicks(Math.Max(fair.Ticks, Stopwatch.GetElapsedTime(joined).Ticks));
            fleet.Cap();
        }

        run.Timeline.Note("all have their share");
        await run.UntilAsync(run.Seconds * 0.6);
        while (fleet.Silos.Count > 1)
        {
            run.Timeline.Note("a silo is told to leave");
            run.Verdict.Claim("a silo that is told to leave ends with 0", $"{await fleet.StopAsync(fleet.Silos.Count - 1)}", true);
        }

        run.Timeline.Note("one is left");
        await load;
        run.NoFailures();
        var (steady, change) = (run.Timeline.Milliseconds(99, 2, steadyUntil), run.Timeline.Milliseconds(99, steadyUntil));
        run.Verdict.Claim("p99 during the changes is at most 3 times the steady one", $"{change:0.0} ms, steady {steady:0.0} ms", change <= 3 * steady);
        run.Verdict.Claim("a silo that has joined holds its share within 30 s", $"{fair.TotalSeconds:0.0} s", fair <= TimeSpan.FromSeconds(30));
        for (var i = 0; i < 3; i++)
        {
            await fleet.AddAsync();
        }

        fleet.Uncap();
        await fleet.LevelAsync();
        await Run.SaturateAsync(ward, SmallSiloWarm);
        fleet.Cap();
        var four = await Run.SaturateAsync(ward, 12, SmallSiloCallers);
        run.Verdict.Figure("capacity", $"{fleet.Capacity}");
        run.Verdict.Claim("four silos do at least 80 % of four times what one does", $"{four:N0}/s, one {one:N0}/s: {four / one / 4:P0}", four >= 3.2 * one);
        await ward.VerifyAsync(run.Verdict, fleet.Administrator);
    }

    private static async Task RollAsync(Run run)
    {
        await using var earlier = await ShippedBuild.OfAsync(Environment.GetEnvironmentVariable("MEDORLEANS_PREVIOUS"));
        await using var current = await ShippedBuild.OfThisAsync();
        await using var fleet = await Fleet.StartAsync(3, program: earlier.Program, gateways: 2, joining: JoiningPart);
        using var ward = await run.OpenAsync(fleet);
        run.Verdict.Figure("the earlier build", $"{earlier.Commit}");
        var load = run.LoadAsync(ward, await run.RateAsync(ward, 0.3));
        await run.UntilAsync(run.Seconds * 0.2);
        var steadyUntil = (int)run.Timeline.Now.TotalSeconds;
        fleet.Program = current.Program;
        for (var i = 0; i < 3; i++)
        {
            await fleet.AddAsync();
            run.Timeline.Note("a silo of this build has joined");
            await fleet.LevelAsync();
            run.Timeline.Note("it has its share");
            fleet.Uncap();
            await fleet.StopAsync(0);
            run.Timeline.Note("one of the earlier has left");
        }

        for (var i = 0; i < fleet.Gateways.Count; i++)
        {
            await fleet.ReplaceGatewayAsync(i);
            run.Timeline.Note("a gateway is replaced");
            fleet.Uncap();
        }

        var changedUntil = (int)run.Timeline.Now.TotalSeconds;
        await load;
        run.NoFailures();
        run.Verdict.Claim("all are replaced before the load ends", $"{changedUntil} s of {run.Seconds} s", changedUntil <= run.Seconds);

        // Steady is what is better, before or after: processes that have just started compile for a while what is hot.
        var (before, after) = (run.Timeline.Milliseconds(99, steadyUntil / 2, steadyUntil), run.Timeline.Milliseconds(99, changedUntil + 10));
        var (steady, change) = (after > 0 ? Math.Min(before, after) : before, run.Timeline.Milliseconds(99, steadyUntil, changedUntil));
        run.Verdict.Claim("p99 during the changes is at most 3 times the steady one", $"{change:0.0} ms, steady {steady:0.0} ms", change <= 3 * steady);
        await ward.VerifyAsync(run.Verdict, fleet.Administrator);
    }

    private static async Task SurgeAsync(Run run)
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        using var folder = new SupervisedFolder();
        await using var host = await HostProcess.StartAsync(postgres.ConnectionString, folder.Path, new Dictionary<string, string>
        {
            ["MEDORLEANS__Role"] = "Supervisor",
            ["MEDORLEANS__Supervisor__FirstPort"] = SupervisedFolder.FirstPort(),
            ["MEDORLEANS__Scaling__Max"] = "3",
            ["MEDORLEANS__Scaling__Interval"] = "00:00:01",
            ["MEDORLEANS__Scaling__TargetUtilisation"] = "0.1",
            ["MEDORLEANS__Scaling__ScaleInAfter"] = "00:00:08",
            ["MEDORLEANS__Scaling__ScaleInPause"] = "00:00:02",
            ["MEDORLEANS__Scaling__ForecastWeeks"] = "0",
        });
        using var administrator = await host.OperatorAsync();
        using var ward = await Ward.OpenAsync(host, administrator);
        await Run.SaturateAsync(ward, 6);
        var peak = await run.RateAsync(ward, 0.5);
        var (most, seen) = (0, 1);
        using var stop = new CancellationTokenSource();
        var watch = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (await timer.WaitForNextTickAsync(CancellationToken.None) && !stop.IsCancellationRequested)
            {
                using var silos = JsonDocument.Parse(await administrator.GetStringAsync(new Uri("/admin/silos", UriKind.Relative)));
                var now = silos.RootElement.EnumerateArray().Count(silo => silo.GetProperty("status").GetString() == "Active");
                if (now != seen)
                {
                    run.Timeline.Note($"{now} silos");
                }

                seen = now;
                most = Math.Max(most, now);
            }
        });
        run.Timeline.Silos = () => seen;
        await run.LoadAsync(ward, at => peak * (0.1 + (0.9 * Math.Pow(Math.Sin(Math.PI * Math.Min(1, at.TotalSeconds / (run.Seconds * 0.6))), 2))));
        await Eventually.TrueAsync(() => seen == 1, TimeSpan.FromSeconds(90));
        await stop.CancelAsync();
        await watch;
        run.NoFailures();
        run.Verdict.Claim("the autoscaler follows the load up and down", $"1 to {most} to {seen} silos", most > 1 && seen == 1);
        await ward.VerifyAsync(run.Verdict, administrator);
        await host.StopAsync();
    }

    private static async Task SoakAsync(Run run)
    {
        await using var fleet = await Fleet.StartAsync(2);
        using var ward = await run.OpenAsync(fleet);
        var load = run.LoadAsync(ward, await run.RateAsync(ward, 0.25));
        await run.UntilAsync(run.Seconds * 0.4);
        var before = await SampleAsync(fleet);
        await run.UntilAsync(run.Seconds * 0.95);
        var after = await SampleAsync(fleet);
        await load;
        run.NoFailures();
        run.Verdict.Figure("p99 in the first and the last fifth", $"{run.Timeline.Milliseconds(99, 3, run.Seconds / 5):0.0} ms, {run.Timeline.Milliseconds(99, run.Seconds * 4 / 5):0.0} ms");
        run.Verdict.Claim("memory is flat: resident, of all processes, at most a fifth more than at two fifths of the run", $"{before.Megabytes:N0} MB, then {after.Megabytes:N0} MB", after.Megabytes <= before.Megabytes * 1.2);
        run.Verdict.Claim("no connection to the database leaks", $"{before.Connections}, then {after.Connections}", after.Connections <= before.Connections + 8);
        await ward.VerifyAsync(run.Verdict, fleet.Administrator);
    }

    private static async Task ColdAsync(Run run)
    {
        await using var fleet = await Fleet.StartAsync(2);
        using var ward = await run.OpenAsync(fleet);
        await run.LoadAsync(ward, _ => 100);
        var busy = HospitalsOf(await fleet.GrainsAsync()).Sum(type => type.Value);
        run.Timeline.Note($"{busy} activations of hospitals; waiting until there is none");
        var left = new Dictionary<string, int>();
        var start = Stopwatch.GetTimestamp();
        var minute = 0;
        using var looks = new PeriodicTimer(TimeSpan.FromSeconds(2));
        while (Stopwatch.GetElapsedTime(start) < s_rest)
        {
            left = await fleet.GrainsAsync();
            if (HospitalsOf(left).Count == 0)
            {
                break;
            }

            if ((int)Stopwatch.GetElapsedTime(start).TotalMinutes > minute)
            {
                run.Timeline.Note($"{TextOf(left)}; silos say {(await fleet.ActivationsAsync()).Sum()}");
                minute++;
            }

            await looks.WaitForNextTickAsync();
        }

        var said = (await fleet.ActivationsAsync()).Sum();
        var own = HospitalsOf(left).Sum(type => type.Value);
        run.Verdict.Figure("hospitals' activations under load, and how long after it there is none", $"{busy:N0}, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
        run.Verdict.Figure("the cluster's own, which stay", $"{TextOf(left.Except(HospitalsOf(left)))}");
        run.Verdict.Claim("silos say so themselves", $"{said} activations", said <= left.Sum(type => type.Value));
        run.Verdict.Claim("hospitals at rest hold no activation", $"{own} {TextOf(HospitalsOf(left))}", own == 0);
        var times = (await ward.ReadAllAsync()).Order().ToList();
        run.Verdict.Claim("the first read of a cold patient: p99 of 250 ms or less", $"{times[(int)(times.Count * 0.99)]:0.0} ms of {times.Count} reads", times[(int)(times.Count * 0.99)] <= 250);
        await ward.VerifyAsync(run.Verdict, fleet.Administrator);
    }

    private static Dictionary<string, int> HospitalsOf(Dictionary<string, int> types) => types.Where(type => s_hospitals.Contains(type.Key)).ToDictionary();

    private static string TextOf(IEnumerable<KeyValuePair<string, int>> types) => string.Join(", ", types.OrderByDescending(type => type.Value).Select(type => $"{type.Value} {type.Key}"));

    private static async Task<(double Megabytes, long Connections)> SampleAsync(Fleet fleet)
    {
        await using var connection = new NpgsqlConnection(fleet.Postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select count(*) from pg_stat_activity where backend_type = 'client backend'", connection);
        var connections = (long)(await command.ExecuteScalarAsync())!;
        return (fleet.Silos.Append(fleet.Gateway).Sum(host =>
        {
            host.Process.Refresh();
            return host.Process.WorkingSet64 / 1e6;
        }), connections);
    }
}

/// <summary>One run of a scenario.</summary>
internal sealed class Run(string name, int seconds, double rate)
{
    public int Seconds => seconds;

    public Verdict Verdict { get; } = new(name);

    public Timeline Timeline { get; } = new();

    /// <summary>The rate that was asked for.</summary>
    public double? AskedRate => rate > 0 ? rate : null;

    /// <summary>The statuses of what failed.</summary>
    public string Failures => string.Join(", ", Timeline.Failures.Select(failure => $"{failure.Value} of {failure.Key}"));

    /// <summary>Opens the hospitals, lets everything be compiled, and gives silos their capacity.</summary>
    /// <param name="fleet">The silos and gateways.</param>
    /// <param name="warm">For how many seconds all is worked at full speed first.</param>
    public async Task<Ward> OpenAsync(Fleet fleet, int warm = 4)
    {
        var ward = await Ward.OpenAsync(fleet.Gateway, fleet.Administrator, fleet.Server, fleet.Handler());
        await SaturateAsync(ward, warm);
        fleet.Cap();
        Timeline.Silos = () => fleet.Silos.Count;
        return ward;
    }

    /// <summary>The rate that was asked for, or a part of what can be done.</summary>
    public async Task<double> RateAsync(Ward ward, double part)
    {
        if (AskedRate is { } asked)
        {
            return asked;
        }

        var most = await SaturateAsync(ward, 6);
        Verdict.Figure("what it can, and the rate", FormattableStringFactory(most, part));
        return most * part;
    }

    /// <summary>Requests a second with so many callers.</summary>
    public static async Task<double> SaturateAsync(Ward ward, int length, int callers = 48)
    {
        var (start, count) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < length)
            {
                await ward.SendAsync(Interlocked.Increment(ref count));
            }
        })));
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public Task LoadAsync(Ward ward, double perSecond) => LoadAsync(ward, _ => perSecond);

    public Task LoadAsync(Ward ward, Func<TimeSpan, double> curve) => Timeline.RunAsync(TimeSpan.FromSeconds(seconds), curve, ward.SendAsync);

    /// <summary>Returns once the load has run for so many seconds.</summary>
    public async Task UntilAsync(double at)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (Timeline.Now.TotalSeconds < at)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Claims that nothing failed, and notes the percentiles.</summary>
    public void NoFailures()
    {
        Verdict.Figure("requests", $"{Timeline.Total:N0} in {seconds} s");
        Verdict.Figure("p50, p99, p99.9", $"{Timeline.Milliseconds(50):0.0} ms, {Timeline.Milliseconds(99):0.0} ms, {Timeline.Milliseconds(99.9):0.0} ms");
        Verdict.Claim("no request fails", $"{Timeline.Failed} of {Timeline.Total:N0} {Failures}", Timeline.Failed == 0);
    }

    /// <summary>Writes the timeline, prints the verdict.</summary>
    public async Task<bool> EndAsync(DirectoryInfo folder, FileInfo? json)
    {
        if (Timeline.Total > 0)
        {
            folder.Create();
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.svg"), Timeline.ToSvg(name));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.json"), JsonSerializer.Serialize(new { scenario = name, seconds = Timeline.ToJson(), events = Timeline.EventsToJson() }));
            Console.WriteLine($"The timeline is in {folder.FullName}.");
        }

        return await Verdict.PrintAsync(json);
    }

    private static FormattableString FormattableStringFactory(double most, double part) => $"{most:N0}/s, {most * part:N0}/s ({part:P0})";
}
