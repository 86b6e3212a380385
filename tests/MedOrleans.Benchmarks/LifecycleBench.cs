using System.Diagnostics;
using MedOrleans.Cluster;
using MedOrleans.IntegrationTests;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Postgres;
using MedOrleans.Record.Sqlite;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Benchmarks;

/// <summary>What an export, a restore's plan and a deletion take, on both stores.</summary>
internal static class LifecycleBench
{
    private const int Group = 4000;
    private static readonly TenantId s_tenant = TenantId.Parse("bench");

    public static async Task RunAsync(int resources)
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-bench-");
        try
        {
            var file = $"Data Source={Path.Combine(folder.FullName, "record.db")}";
            await using (var home = new SqliteHome(file))
            {
                await using var store = new SqliteRecordStore("main", file, Keys(home), TimeProvider.System);
                await MeasureAsync("SQLite", store, resources);
            }

            await using var postgres = await PrivatePostgres.StartAsync();
            await using var server = new PostgresHome(postgres.ConnectionString);
            await using var other = new PostgresRecordStore("main", postgres.ConnectionString, Keys(server));
            await MeasureAsync("PostgreSQL", other, resources);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(string name, IRecordStore store, int resources)
    {
        await store.MigrateAsync(default);
        await store.RegisterTenantAsync(s_tenant, default);
        for (var first = 0; first < resources; first += Group)
        {
            await store.CommitAsync([.. Enumerable.Range(first, Math.Min(Group, resources - first)).Select(Create)], default);
        }

        var export = Guid.NewGuid();
        await store.AddExportAsync(s_tenant, export, new ExportRequest { Url = "bench", Types = ["Observation"] }, DateTimeOffset.MaxValue.AddDays(-1), default);
        var snapshot = await TimeAsync(() => store.TakeExportAsync(s_tenant, export, default));
        var read = await TimeAsync(async () =>
        {
            for (var done = 0; await store.ExportRowsAsync(s_tenant, export, "Observation", done, 250, default) is { Count: > 0 } page; done += page.Count)
            {
            }
        });
        var plan = await TimeAsync(() => store.PlanRestoreAsync(s_tenant, DateTimeOffset.UnixEpoch.AddYears(1), default));
        var rows = (await store.CountRowsAsync(s_tenant, default)).Values.Sum();
        var erase = await TimeAsync(async () =>
        {
            while (await store.EraseRowsAsync(s_tenant, 20_000, default) > 0)
            {
            }
        });
        var clean = await TimeAsync(() => store.CleanAsync(default));
        Console.WriteLine(
            $"{name,-10} {resources:N0} resources: snapshot of an export {snapshot.TotalSeconds:0.00} s, reading it {read.TotalSeconds:0.00} s, plan of a restore {plan.TotalSeconds:0.00} s, "
            + $"deleting {rows:N0} rows {erase.TotalSeconds:0.00} s, cleaning {clean.TotalSeconds:0.00} s");
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed;
    }

    private static TenantKeys Keys(IHomeDatabase home)
    {
        var keys = new TenantKeys(home, TimeProvider.System);
        keys.Unlock(MasterKey.Make());
        return keys;
    }

    private static RecordCommit Create(int number) => new()
    {
        Tenant = s_tenant,
        Items =
        [
            new CommitItem
            {
                Type = "Observation",
                Id = $"o{number}",
                ExpectedVersion = 0,
                Kind = WriteKind.Create,
                LastUpdated = DateTimeOffset.UnixEpoch.AddYears(50),
                Body = new byte[500],
                Text = [new TextIndexEntry(1, "final"), new TextIndexEntry(2, $"Patient/{number % 1000}"), new TextIndexEntry(3, $"code{number % 50}")],
            },
        ],
        Caller = new Caller("bench"),
        CommandId = Guid.NewGuid(),
        Usage = [],
    };
}
