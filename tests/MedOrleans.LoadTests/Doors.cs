using System.Diagnostics;
using MedOrleans.IntegrationTests.Elasticity;

namespace MedOrleans.LoadTests;

/// <summary>What mutual TLS on the ports of silos costs: one fleet with it and one without, loaded in turns, so that the machine's swings fall on both.</summary>
internal static class Doors
{
    private const int Rounds = 5;

    public static async Task RunAsync(Run run)
    {
        using var certificates = await CertificateFolder.CreateAsync();
        await using var open = await Fleet.StartAsync(2);
        await using var closed = await Fleet.StartAsync(2, certificates: certificates);
        using var openWard = await run.OpenAsync(open);
        using var closedWard = await run.OpenAsync(closed);
        var rounds = new List<(Work Open, Work Closed)>();
        for (var round = 0; round < Rounds; round++)
        {
            rounds.Add((await WorkAsync(open, openWard, run.Seconds / Rounds), await WorkAsync(closed, closedWard, run.Seconds / Rounds)));
        }

        run.Verdict.Figure("requests a second without, with (median)", $"{Median(rounds, round => round.Open.PerSecond):N0}, {Median(rounds, round => round.Closed.PerSecond):N0}");
        run.Verdict.Figure("with to without, of each round (median)", $"{Median(rounds, round => round.Closed.PerSecond / round.Open.PerSecond):0.00}");
        run.Verdict.Figure("processor time of silos and gateway for a request without, with (median)", $"{Median(rounds, round => round.Open.Microseconds):N0} µs, {Median(rounds, round => round.Closed.Microseconds):N0} µs");
        await closedWard.VerifyAsync(run.Verdict, closed.Administrator);
    }

    private static async Task<Work> WorkAsync(Fleet fleet, Ward ward, int seconds)
    {
        var (before, start) = (fleet.Processor, Stopwatch.GetTimestamp());
        var perSecond = await Run.SaturateAsync(ward, seconds);
        return new Work(perSecond, (fleet.Processor - before).TotalMicroseconds / (perSecond * Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    private static double Median<T>(List<T> rounds, Func<T, double> value) => rounds.Select(value).Order().ElementAt(rounds.Count / 2);

    private sealed record Work(double PerSecond, double Microseconds);
}
