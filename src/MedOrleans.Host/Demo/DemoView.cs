using Spectre.Console;

namespace MedOrleans.Host.Demo;

/// <summary>Shows the demo: a live table in a terminal, a line a hospital every few seconds elsewhere.</summary>
internal static class DemoView
{
    private const int WidthOfAFile = 120;

    private static readonly string[] s_columns = ["req/s", "requests", "errors", "p50 ms", "p99 ms", "resources", "open enc.", "MB", "writes"];

    /// <summary>Shows the hospitals until <paramref name="work"/> is done.</summary>
    public static async Task ShowAsync(
        IReadOnlyList<(HospitalProfile Hospital, HospitalFigures Figures)> hospitals, Task work, TimeSpan length, TimeProvider time)
    {
        var start = time.GetTimestamp();
        if (AnsiConsole.Profile.Capabilities.Interactive)
        {
            await AnsiConsole.Live(Table(hospitals, length, TimeSpan.Zero, time)).StartAsync(async context =>
            {
                await EveryAsync(TimeSpan.FromMilliseconds(500), work, () =>
                {
                    context.UpdateTarget(Table(hospitals, length, time.GetElapsedTime(start), time));
                    context.Refresh();
                });
            });
        }
        else
        {
            await EveryAsync(TimeSpan.FromSeconds(5), work, () =>
            {
                foreach (var (hospital, figures) in hospitals)
                {
                    var (perSecond, p50, p99) = figures.Take(time);
                    var (requests, errors) = figures.Totals;
                    Console.WriteLine(
                        $"{time.GetElapsedTime(start):mm\\:ss} {hospital.Tenant}: {perSecond:N0} requests/s ({requests:N0}, {errors:N0} errors), p50 {p50:N1} ms, p99 {p99:N1} ms, "
                        + $"{figures.Resources:N0} resources, {figures.OpenEncounters:N0} open encounters, {figures.StoredBytes / 1e6:N1} MB stored, {figures.MeteredWrites:N0} writes metered");
                }
            });
        }
    }

    /// <summary>The last state, as a table.</summary>
    public static void Summary(IReadOnlyList<(HospitalProfile Hospital, HospitalFigures Figures)> hospitals, TimeSpan length, TimeProvider time)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
        {
            // What has no width of its own, a file or a pipe, gets room for whole words.
            AnsiConsole.Profile.Width = WidthOfAFile;
        }

        AnsiConsole.Write(Table(hospitals, length, length, time));
    }

    private static async Task EveryAsync(TimeSpan period, Task work, Action show)
    {
        using var timer = new PeriodicTimer(period);
        while (await Task.WhenAny(work, timer.WaitForNextTickAsync().AsTask()) != work)
        {
            show();
        }

        await work;
    }

    private static Table Table(IReadOnlyList<(HospitalProfile Hospital, HospitalFigures Figures)> hospitals, TimeSpan length, TimeSpan elapsed, TimeProvider time)
    {
        var hour = TimeSpan.FromHours(24) * Math.Min(1, elapsed / length);
        var table = new Table().Border(TableBorder.Simple).AddColumn("hospital", column => column.NoWrap())
            .Title($"A day of hospital work: {Math.Min((int)hour.TotalHours, 23):00}:{hour.Minutes:00} on the wards, {elapsed:mm\\:ss} of {length:mm\\:ss}");
        foreach (var column in s_columns)
        {
            table.AddColumn(column, header => header.RightAligned().NoWrap());
        }

        foreach (var (hospital, figures) in hospitals)
        {
            var (perSecond, p50, p99) = figures.Take(time);
            var (requests, errors) = figures.Totals;
            table.AddRow(
                hospital.Tenant, $"{perSecond:N0}", $"{requests:N0}", errors == 0 ? "0" : $"[red]{errors:N0}[/]", $"{p50:N1}", $"{p99:N1}",
                $"{figures.Resources:N0}", $"{figures.OpenEncounters:N0}", $"{figures.StoredBytes / 1e6:N1}", $"{figures.MeteredWrites:N0}");
        }

        return table;
    }
}
