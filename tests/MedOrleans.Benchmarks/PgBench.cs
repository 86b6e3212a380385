using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MedOrleans.IntegrationTests;

namespace MedOrleans.Benchmarks;

/// <summary>The limit that creates are held against: pgbench inserting one 1 KB row a transaction, at the same client count.</summary>
internal static partial class PgBench
{
    /// <summary>Transactions a second on <paramref name="postgres"/>.</summary>
    public static async Task<double> SingleRowInsertsAsync(PrivatePostgres postgres, int clients, int seconds)
    {
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, "insert into single_row(body) values (repeat('x', 1000));\n");
        try
        {
            string[] server = ["-h", "127.0.0.1", "-p", postgres.Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres"];
            await RunAsync(Path.Combine(PrivatePostgres.Binaries, "psql"), [.. server, "-d", "postgres", "-c", "create table if not exists single_row(id bigserial primary key, body text)"]);
            var output = await RunAsync(Path.Combine(PrivatePostgres.Binaries, "pgbench"), [.. server, "-n", "-M", "prepared", "-c", $"{clients}", "-j", "2", "-T", $"{seconds}", "-f", script, "postgres"]);
            return double.Parse(Tps().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {await error}");
    }

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();
}
