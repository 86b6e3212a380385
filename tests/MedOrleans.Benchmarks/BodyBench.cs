using System.Diagnostics;
using System.Text;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Sqlite;

namespace MedOrleans.Benchmarks;

/// <summary>What sealing and opening one stored body costs.</summary>
internal static class BodyBench
{
    private const int Rounds = 200_000;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-bench-");
        try
        {
            var connection = $"Data Source={Path.Combine(folder.FullName, "record.db")}";
            await using var schema = new SqliteConnections(connection);
            await SqliteSchema.MigrateAsync(schema, default);
            await using var home = new SqliteHome(connection);
            var keys = new TenantKeys(home, TimeProvider.System);
            keys.Unlock(MasterKey.Make());
            var cipher = (await keys.ForWritingAsync(TenantId.Parse("bench"), default))!;
            foreach (var size in (int[])[256, 1024, 4096, 16384])
            {
                var body = Encoding.ASCII.GetBytes(new string('x', size));
                var stored = cipher.Seal("Observation", "0197a0f2-8f3c-7cc1-9a51-6f0c2b7c55aa", 3, body);
                var copy = Measure(() => body.ToArray());
                var seal = Measure(() => cipher.Seal("Observation", "0197a0f2-8f3c-7cc1-9a51-6f0c2b7c55aa", 3, body));
                var open = Measure(() => cipher.Open("Observation", "0197a0f2-8f3c-7cc1-9a51-6f0c2b7c55aa", 3, stored));
                Console.WriteLine($"{size,6} bytes: copied {copy.Nanoseconds,6:0} ns {copy.Bytes,6:0} B | sealed {seal.Nanoseconds,6:0} ns {seal.Bytes,6:0} B | opened {open.Nanoseconds,6:0} ns {open.Bytes,6:0} B");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (double Nanoseconds, double Bytes) Measure(Func<byte[]> work)
    {
        for (var i = 0; i < Rounds / 10; i++)
        {
            work();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Rounds; i++)
        {
            work();
        }

        return (watch.Elapsed.TotalNanoseconds / Rounds, (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Rounds);
    }
}
