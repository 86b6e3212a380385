using MedOrleans.IntegrationTests.Isolation;

namespace MedOrleans.LoadTests;

/// <summary>Probes whether one hospital can read, change or even tell the existence of what another has.</summary>
internal static class Isolation
{
    private const int Writes = 1200;
    private const int Control = 4000;

    public static async Task<bool> RunAsync(int probes, int seed, FileInfo? json)
    {
        Console.WriteLine($"seed {seed}");
        await using var world = await ProbeWorld.StartAsync(seed);
        var before = await world.BirchAsync();
        var report = new ProbeReport();
        var runner = new ProbeRunner(world, report);
        var grains = probes / 50;
        await runner.ReadAsync(new ProbeGenerator(world, seed).Reads(probes - Writes - grains));
        await runner.GrainsAsync(grains, seed);
        await runner.WriteAsync(new ProbeGenerator(world, seed).Writes());
        await runner.ControlAsync(new ProbeGenerator(world, seed + 1).Reads(Control));
        var isUntouched = before == await world.BirchAsync();
        foreach (var found in report.Leaks.Take(10).Concat(report.Differences.Take(10)).Concat(report.Faults.Take(10)))
        {
            Console.WriteLine(found);
        }

        var verdict = new Verdict("isolation");
        verdict.Figure("seed", $"{seed}");
        verdict.Figure("routes, search parameters, includes", $"{world.Routes.Count}, {world.Parameters.Count:N0}, {world.Includes.Count:N0}");
        foreach (var (kind, count) in report.Kinds.OrderByDescending(kind => kind.Value))
        {
            verdict.Figure(kind, $"{count:N0}");
        }

        verdict.Figure("control: the other hospital's own requests that find its secrets", $"{report.Control:N0}");
        verdict.Figure("control: pages of the console among them", $"{report.ConsoleControl:N0}");
        verdict.Claim($"{probes:N0} probes are made", $"{report.Total:N0}", report.Total >= probes);
        verdict.Claim("no answer has anything of the other hospital's", $"{report.Leaks.Count}", report.Leaks.IsEmpty);
        verdict.Claim("no answer tells another's from absent", $"{report.Differences.Count}", report.Differences.IsEmpty);
        verdict.Claim("no answer is a fault", $"{report.Faults.Count}", report.Faults.IsEmpty);
        verdict.Claim("the other hospital's record is untouched", $"{(isUntouched ? "yes" : "changed")}", isUntouched);
        verdict.Claim("the probes ask for what is there", $"{report.Control:N0} found by its owner", report.Control > 500 && report.ConsoleControl > 0);
        return await verdict.PrintAsync(json);
    }
}
