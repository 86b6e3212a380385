using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests.Record;
using MedOrleans.Metering;
using Npgsql;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>What a hospital did is what it is metered for.</summary>
public sealed class UsageTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    /// <summary>In this time the others take over from a killed silo.</summary>
    private static readonly TimeSpan s_outage = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Usage_OfADayOfWork_IsWhatWasDone()
    {
        await using var host = await HostProcess.StartAsync(settings: Flushing());
        using var north = await host.CreateTenantAsync("north");
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            ids.Add(await Hospital.CreatedAsync(north.Client, "north", "Lindgren"));
        }

        long bytesOut = 0;
        for (var i = 0; i < 11; i++)
        {
            bytesOut += (await north.Client.GetByteArrayAsync(new Uri($"/fhir/north/Patient/{ids[i % 7]}", UriKind.Relative))).Length;
        }

        (await Hospital.UpdateAsync(north.Client, "north", ids[0], "Ek")).Dispose();
        (await north.Client.DeleteAsync(new Uri($"/fhir/north/Patient/{ids[1]}", UriKind.Relative))).Dispose();
        for (var i = 0; i < 3; i++)
        {
            bytesOut += (await north.Client.GetByteArrayAsync(new Uri("/fhir/north/Patient?family=Lindgren", UriKind.Relative))).Length;
        }

        using var batch = new StringContent(
            """{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient?family=x"}},{"request":{"method":"GET","url":"Patient/nobody"}}]}""", Encoding.UTF8, "application/fhir+json");
        (await north.Client.PostAsync(new Uri("/fhir/north", UriKind.Relative), batch)).Dispose();

        await Eventually.TrueAsync(async () => (await MeteredAsync(north.Client)).GetValueOrDefault(MeterNames.ApiBulk) == 1);
        var metered = await MeteredAsync(north.Client);
        Assert.Equal(9, metered[MeterNames.ApiWrite]);
        Assert.Equal(12, metered[MeterNames.ApiRead]);
        Assert.Equal(4, metered[MeterNames.ApiSearch]);
        Assert.Equal(6, metered[MeterNames.RecordResources]);
        Assert.Equal(6, metered[MeterNames.PatientsActive]);
        Assert.Equal(1, metered[MeterNames.Sessions]);
        Assert.True(metered[MeterNames.NetworkOut] > bytesOut);
        Assert.True(metered[MeterNames.GrainMilliseconds] > 0);

        // The metrics say the same of what is flushed.
        using var management = new HttpClient();
        var metrics = await management.GetStringAsync(new Uri($"http://{host.Management}/metrics"));
        Assert.Matches(@"medorleans_usage_total\{[^}]*meter=""api\.read""[^}]*tenant=""north""[^}]*\} 12", metrics);

        var (code, output, _) = await HostProcess.CommandAsync(["usage", "verify", "--tenant", "north", "--data", host.DataFolder]);
        Assert.True(code == 0, output);
        Assert.Contains("9 versions", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_Gracefully_FlushesWhatWasCounted()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var first = await HostProcess.StartAsync(database, settings: Flushing("00:01:00"));
        using var north = await first.CreateTenantAsync("north");
        for (var i = 0; i < 5; i++)
        {
            (await north.Client.GetAsync(new Uri("/fhir/north/Patient/nobody", UriKind.Relative))).Dispose();
        }

        Assert.Equal(0, await first.StopAsync());

        Assert.Equal(5, await SumAsync(database, MeterNames.ApiRead));
    }

    /// <summary>Silos and the gateway are killed under load, and batches are sent again: the bill is the committed work, and reads within one flush.</summary>
    [Fact]
    public async Task Chaos_SilosAndGatewayKilled_UsageEqualsCommittedWork()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var survivor = await HostProcess.StartAsync(database, settings: Flushing("00:00:01", "Silo"));
        await using var one = await HostProcess.StartAsync(database, settings: Flushing("00:00:01", "Silo"));
        await using var other = await HostProcess.StartAsync(database, settings: Flushing("00:00:01", "Silo"));
        await using var gateway = await HostProcess.StartAsync(database, dataFolder: survivor.DataFolder, settings: Flushing("00:00:01", "Gateway"));
        using var north = await gateway.CreateTenantAsync("north");
        using var stop = new CancellationTokenSource();
        var load = new Load(north);
        var workers = Task.WhenAll(Enumerable.Range(0, 6).Select(worker => load.RunAsync(worker, stop.Token)));
        var random = new Random(20261125);
        try
        {
            foreach (var victim in new[] { one, other })
            {
                var goal = load.Written + random.Next(60, 200);
                await Task.WhenAny(Eventually.TrueAsync(() => Task.FromResult(load.Written >= goal), s_outage), Eventually.TrueAsync(() => Task.FromResult(load.Stalled), s_outage));
                await victim.KillAsync();
            }

            var last = load.Written + 100;
            await Eventually.TrueAsync(() => Task.FromResult(load.Written >= last), s_outage);
        }
        finally
        {
            await stop.CancelAsync();
            await workers;
        }

        // The gateway counts the reads. What it counted in the moments before it is killed may be lost, and nothing else.
        long flushedByNow = load.Read;
        await Eventually.TrueAsync(async () => await SumAsync(database, MeterNames.ApiRead) >= flushedByNow);
        for (var i = 0; i < 10; i++)
        {
            (await north.Client.GetAsync(new Uri("/fhir/north/Patient/nobody", UriKind.Relative))).Dispose();
        }

        await gateway.KillAsync();
        Assert.InRange(await SumAsync(database, MeterNames.ApiRead), flushedByNow, load.Read + load.ReadUnanswered + 10);

        // Every batch is sent again, as a process that did not hear the answer would.
        Assert.Equal(0, await ResendAsync(database));

        await using var again = await HostProcess.StartAsync(database, dataFolder: survivor.DataFolder, settings: Flushing("00:00:01"));
        var (code, output, error) = await HostProcess.CommandAsync(["usage", "verify", "--tenant", "north", "--data", survivor.DataFolder, "--server", $"http://{again.Http}"]);
        Assert.True(code == 0, output + error);
        Assert.Equal(await SumAsync(database, MeterNames.ApiWrite), await ScalarAsync(database, "select count(*) from medorleans.version"));
        Assert.True(await SumAsync(database, MeterNames.ApiWrite) >= load.Written);
    }

    private static Dictionary<string, string> Flushing(string interval = "00:00:00.5", string role = "All") => new()
    {
        ["MEDORLEANS__Metering__FlushInterval"] = interval,
        ["MEDORLEANS__Role"] = role,
    };

    private static async Task<Dictionary<string, long>> MeteredAsync(HttpClient client)
    {
        var usage = await Hospital.GetAsync(client, "/admin/tenants/north/usage?resolution=month");
        return usage.GetProperty("buckets").EnumerateArray().GroupBy(bucket => bucket.GetProperty("meter").GetString()!)
            .ToDictionary(group => group.Key, group => group.Sum(bucket => bucket.GetProperty("quantity").GetInt64()));
    }

    private static Task<long> SumAsync(string database, string meter) =>
        ScalarAsync(database, $"select cast(coalesce(sum(quantity), 0) as bigint) from medorleans.usage where meter = '{meter}'");

    private static async Task<long> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>How many of all batches are applied when they are sent once more.</summary>
    private static async Task<int> ResendAsync(string database)
    {
        var batches = new List<MedOrleans.Record.Store.UsageBatch>();
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("select source, last, quantities::text from medorleans.usage_batch where first = last", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                batches.Add(new MedOrleans.Record.Store.UsageBatch
                {
                    Tenant = TenantId.Parse("north"),
                    Source = reader.GetGuid(0),
                    Sequence = reader.GetInt64(1),
                    Quantities = [.. JsonDocument.Parse(reader.GetString(2)).RootElement.EnumerateObject().Select(used => new MedOrleans.Record.Store.UsageQuantity(used.Name, used.Value.GetInt64()))],
                });
            }
        }

        Assert.NotEmpty(batches);
        // No body is read or written here.
        await using var store = new MedOrleans.Record.Postgres.PostgresRecordStore("main", database, keys: null!);
        var outcomes = await store.ApplyUsageAsync([.. batches.AsEnumerable().Reverse()], default);
        return outcomes.Count(outcome => outcome == MedOrleans.Record.Store.UsageBatchOutcome.Applied);
    }

    /// <summary>Creates and reads until it is told to stop; a request without an answer has an outcome that nobody knows.</summary>
    private sealed class Load(TenantAccess north)
    {
        private long _written;
        private long _read;
        private long _unanswered;
        private long _failures;

        /// <summary>Whether requests fail: a kill is felt, and the next one comes on top.</summary>
        public bool Stalled => Interlocked.Read(ref _failures) > 0;

        public long Written => Interlocked.Read(ref _written);

        public long Read => Interlocked.Read(ref _read);

        public long ReadUnanswered => Interlocked.Read(ref _unanswered);

        public async Task RunAsync(int worker, CancellationToken stop)
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    using var created = await Hospital.CreateAsync(north.Client, "north", string.Create(CultureInfo.InvariantCulture, $"Family{worker}x{i}"));
                    if (created.StatusCode != HttpStatusCode.Created)
                    {
                        Interlocked.Increment(ref _failures);
                        continue;
                    }

                    Interlocked.Increment(ref _written);
                    var id = (await Hospital.JsonAsync(created)).GetProperty("id").GetString();
                    using var read = await north.Client.GetAsync(new Uri($"/fhir/north/Patient/{id}", UriKind.Relative), CancellationToken.None);
                    Interlocked.Increment(ref read.IsSuccessStatusCode ? ref _read : ref _unanswered);
                }
                catch (HttpRequestException)
                {
                    Interlocked.Increment(ref _unanswered);
                }
            }
        }
    }
}
