using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MedOrleans.Elasticity;
using MedOrleans.Elasticity.Simulation;
using MedOrleans.Host.Hosting;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans simulate</c>: the autoscaler's policy over a year, in seconds.</summary>
internal static class SimulateCommand
{
    private const string MadeUp = "hospital-year";

    private static readonly int[] s_sizes = [10, 1000, 14_000];

    public static Command Create()
    {
        var trace = new Option<string>("--trace") { Description = $"{MadeUp}: a made-up year; or a CSV file of time,silos (the work in silos that are wholly busy).", DefaultValueFactory = _ => MadeUp };
        var hospitals = new Option<int[]>("--hospitals") { Description = "How many hospitals the made-up year has; given again for another (10, 1000, 14000).", DefaultValueFactory = _ => s_sizes };
        var seed = new Option<int>("--seed") { Description = "Of the made-up year: the same seed gives the same year.", DefaultValueFactory = _ => 1 };
        var svg = new Option<string?>("--svg") { Description = "Where to draw work and silos; with several sizes, each has its number in the name." };
        var config = new Option<string?>("--config") { Description = "A JSON file with settings; MedOrleans:Scaling is the policy's." };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("simulate", "Runs the autoscaler's policy over a year of hospitals' work: missed objectives, silo-hours against the ideal and against a cluster of fixed size.") { trace, hospitals, seed, svg, config, json };
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var options = Settings.Load(parsed.GetValue(config), []).Scaling;
                var all = new List<Year>();
                if (parsed.GetValue(trace) is { } file && file != MadeUp)
                {
                    var (work, start) = RecordedWork.Read(await File.ReadAllLinesAsync(file, cancel));
                    all.Add(Simulate(Path.GetFileName(file), work, start, options));
                }
                else
                {
                    foreach (var size in parsed.GetValue(hospitals)!)
                    {
                        if (size is < 1 or > 1_000_000)
                        {
                            throw new FormatException("--hospitals: must be between 1 and 1000000.");
                        }

                        all.Add(Simulate(string.Create(CultureInfo.InvariantCulture, $"{size:N0} hospitals"), HospitalYear.Make(size, parsed.GetValue(seed)), HospitalYear.Start, options));
                    }
                }

                foreach (var (year, number) in all.Select((year, i) => (year, all.Count == 1 ? "" : $"-{i + 1}")))
                {
                    if (parsed.GetValue(svg) is { } path)
                    {
                        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path) + number + Path.GetExtension(path)), TimelineSvg.Draw(year.Name, year.Work, year.Results[1].Silos, year.Start), cancel);
                    }
                }

                if (parsed.GetValue(json))
                {
                    return ClientFlags.Print(all.Select(year => new { year.Name, minutes = year.Work.Length, seconds = year.Took.TotalSeconds, results = year.Results.Select(result => new { result.Name, result.SiloHours, result.MissedMinutes, result.Outs, result.Ins, result.Peak }) }));
                }

                // A file or a pipe has no width of its own.
                AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 110);
                all.ForEach(Show);
                return 0;
            }
            catch (SettingsException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 2;
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 2;
            }
        });
        return command;
    }

    private static Year Simulate(string name, float[] work, DateTimeOffset start, ScalingOptions options)
    {
        var watch = Stopwatch.GetTimestamp();
        var ideal = Simulator.Ideal(work, options.Min);

        // The range of a real cluster is its machines'; here the policy shall show what it would like.
        options.Max = 10_000;
        var weeks = options.ForecastWeeks;
        var results = new List<SimulationResult> { ideal, Simulator.Run("policy", work, start, options) };
        if (weeks > 0)
        {
            options.ForecastWeeks = 0;
            results.Add(Simulator.Run("policy, no forecast", work, start, options));
            options.ForecastWeeks = weeks;
        }

        results.Add(Simulator.Fixed("fixed, peak", work, ideal.Peak));
        var sorted = work.Order().ToArray();
        results.Add(Simulator.Fixed("fixed, 95 %", work, Math.Max(options.Min, (int)Math.Ceiling(sorted[(int)(sorted.Length * 0.95)] / Simulator.Objective))));
        return new Year(name, work, start, results, Stopwatch.GetElapsedTime(watch));
    }

    private static void Show(Year year)
    {
        var table = new Table().Title(string.Create(CultureInfo.InvariantCulture, $"{Markup.Escape(year.Name)}: {year.Work.Length / 1440.0:N0} days in {year.Took.TotalSeconds:0.0} s; objective: no silo busier than {Simulator.Objective:P0}")).AddColumn("silos are");
        foreach (var column in new[] { "silo-hours", "÷ ideal", "÷ fixed", "missed min", "outs", "ins", "most" })
        {
            table.AddColumn(column, header => header.RightAligned());
        }

        var (ideal, whole) = (year.Results[0], year.Results.First(result => result.Name.StartsWith("fixed", StringComparison.Ordinal)));
        foreach (var result in year.Results)
        {
            table.AddRow(
                Markup.Escape(result.Name), Number(result.SiloHours), (result.SiloHours / ideal.SiloHours).ToString("0.00", CultureInfo.InvariantCulture), (result.SiloHours / whole.SiloHours).ToString("0.00", CultureInfo.InvariantCulture),
                Number(result.MissedMinutes), Number(result.Outs), Number(result.Ins), Number(result.Peak));
        }

        AnsiConsole.Write(table);
        Console.WriteLine("ideal: what each minute needs, known in advance. fixed, peak: enough for the busiest minute; 95 %: for all but a twentieth of them.");
    }

    private static string Number(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Year(string Name, float[] Work, DateTimeOffset Start, IReadOnlyList<SimulationResult> Results, TimeSpan Took);
}
