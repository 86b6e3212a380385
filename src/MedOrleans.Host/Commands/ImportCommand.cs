using System.CommandLine;
using System.Diagnostics;
using MedOrleans.Host.Client;
using MedOrleans.Host.Import;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans import</c>: NDJSON and Bundles into a hospital's record.</summary>
internal static class ImportCommand
{
    private const int ShownRemarks = 20;
    private const int SomeRefused = 3;

    public static Command Create()
    {
        var flags = new ClientFlags();
        var paths = new Argument<string[]>("path") { Description = "Files or folders: NDJSON, Bundles, single resources; plain or .gz.", Arity = ArgumentArity.OneOrMore };
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true };
        var parallel = new Option<int>("--parallel") { Description = "Parts under way at a time, 1 to 32.", DefaultValueFactory = _ => 4 };
        var refused = new Option<string?>("--refused") { Description = "A file for every refusal and warning, one a line." };
        var restart = new Option<bool>("--restart") { Description = "Starts over where an earlier import was stopped." };
        var command = new Command("import", "Loads FHIR NDJSON or Bundles into a hospital's record; stopped, it goes on where it was; repeated, it changes nothing.")
        {
            paths, tenant, parallel, refused, restart,
        };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            if (!TenantId.TryParse(parsed.GetValue(tenant), out var id))
            {
                throw new ClientException("--tenant: a slug has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
            }

            var found = ImportSource.Find(parsed.GetValue(paths)!).ToLookup(source => source.IsExportLog);
            var sources = found[false].ToList();
            foreach (var log in found[true])
            {
                Console.WriteLine($"passed over  {log.Path}  The log of an export holds no resources.");
            }

            var journal = ImportJournal.Open(flags.DataFolder(parsed), client.Server, id.Value, parsed.GetValue(restart));
            var importer = new Importer(client, id.Value, journal, Math.Clamp(parsed.GetValue(parallel), 1, 32));
            var progress = new ImportProgress();
            var watch = Stopwatch.StartNew();
            try
            {
                await ShowAsync(sources, progress, () => importer.RunAsync(sources, progress, cancel), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                Console.WriteLine($"Stopped after {progress.Done:N0} resources; the same command goes on from there.");
                return 130;
            }

            return Report(progress, watch.Elapsed, parsed.GetValue(refused));
        }));
        return command;
    }

    private static async Task ShowAsync(IReadOnlyList<ImportSource> sources, ImportProgress progress, Func<Task> import, CancellationToken cancel)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
        {
            var work = import();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
            while (await Task.WhenAny(work, timer.WaitForNextTickAsync(cancel).AsTask()) != work)
            {
                Console.WriteLine($"{progress.Done:N0} resources");
            }

            await work;
            return;
        }

        var total = sources.Sum(source => source.Units().Count());
        await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("resources", maxValue: Math.Max(1, total));
                var work = import();
                using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
                do
                {
                    bar.Value = progress.Done + progress.Resumed;
                    bar.Description = $"{progress.Done + progress.Resumed:N0} of {total:N0} resources";
                }
                while (await Task.WhenAny(work, timer.WaitForNextTickAsync(cancel).AsTask()) != work);
                await work;
                bar.Value = bar.MaxValue;
            });
    }

    private static int Report(ImportProgress progress, TimeSpan elapsed, string? refusedFile)
    {
        var remarks = progress.Remarks.OrderBy(remark => remark.Source, StringComparer.Ordinal).ThenBy(remark => remark.Number).ToList();
        foreach (var remark in remarks.Where(remark => remark.IsRefused).Take(ShownRemarks))
        {
            Console.WriteLine($"refused  {remark.Source}:{remark.Number}  {remark.Reason}");
        }

        var warnings = remarks.Where(remark => !remark.IsRefused).ToList();
        foreach (var reason in warnings.GroupBy(remark => remark.Reason).OrderByDescending(group => group.Count()).Take(ShownRemarks))
        {
            Console.WriteLine($"warning  {reason.First().Source}:{reason.First().Number}{(reason.Count() > 1 ? $" and {reason.Count() - 1:N0} more" : "")}  {reason.Key}");
        }

        if (refusedFile is not null)
        {
            File.WriteAllLines(refusedFile, remarks.Select(remark => $"{(remark.IsRefused ? "refused" : "warning")}\t{remark.Source}\t{remark.Number}\t{remark.Reason}"));
        }

        var resumed = progress.Resumed > 0 ? $", {progress.Resumed:N0} done by an earlier import" : "";
        Console.WriteLine(
            $"{progress.Created:N0} created, {progress.Updated:N0} updated, {progress.Unchanged:N0} unchanged, {progress.Refused:N0} refused, {warnings.Count:N0} with a warning{resumed}; "
            + $"{elapsed.TotalSeconds:N1} s, {progress.Done / Math.Max(0.001, elapsed.TotalSeconds):N0} resources/s");
        return progress.Refused == 0 ? 0 : SomeRefused;
    }
}
