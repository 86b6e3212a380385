using System.Diagnostics;
using System.Globalization;
using MedOrleans.IntegrationTests.Host;
using Npgsql;

namespace MedOrleans.IntegrationTests.Durability;

/// <summary>Backups are worth what a restore from them is worth: each is restored, and held to what was acknowledged before it.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task EmbeddedBackup_WhileTheHostWorks_RestoresAllThatWasAcknowledgedBefore()
    {
        var target = Path.Combine(Directory.CreateTempSubdirectory("medorleans-backup-").FullName, "backup");
        var before = new AcknowledgedWrites("north");
        TenantAccess north;
        await using (var host = await HostProcess.StartAsync())
        {
            north = await host.CreateTenantAsync("north");
            await WriteAsync(before, north.Client, 150);
            var meanwhile = new AcknowledgedWrites("north");
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(10, 4).Select(writer => meanwhile.WriteAsync(north.Client, writer, stop.Token)).ToList();
            await Eventually.TrueAsync(() => meanwhile.Count > 50);

            var (code, output, error) = await HostProcess.CommandAsync(["backup", "--data", host.DataFolder, "--to", target]);

            await stop.CancelAsync();
            await Task.WhenAll(writers);
            Assert.True(code == 0, error);
            Assert.Contains("record.db", output, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(target, "master.key")));
            File.Copy(Path.Combine(host.DataFolder, "master.key"), Path.Combine(target, "master.key"));
        }

        await using var restored = await HostProcess.StartAsync(dataFolder: target);
        using var administrator = await restored.OperatorAsync();
        using var again = await restored.AuthorizedAsync(north.ClientId, north.ClientSecret, null);
        await before.VerifyAsync(again, administrator);
        await BillIsRightAsync(restored);
        north.Dispose();
        Directory.Delete(Path.GetDirectoryName(target)!, recursive: true);
    }

    [Fact]
    public async Task EmbeddedBackup_WhereThereIsNothingOrSomethingAlready_IsRefusedInOneLine()
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-backup-").FullName;
        var (code, _, error) = await HostProcess.CommandAsync(["backup", "--data", folder, "--to", Path.Combine(folder, "to")]);
        Assert.Equal((1, 1), (code, error.TrimEnd().Split('\n').Length));
        Assert.Contains("no databases of an embedded host", error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(folder, "record.db"), "");
        (code, _, error) = await HostProcess.CommandAsync(["backup", "--data", folder, "--to", folder]);
        Assert.Equal(1, code);
        Assert.Contains("is not empty", error, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task PostgresBaseBackup_WithItsLog_RestoresToAPointInTime()
    {
        var archive = Directory.CreateTempSubdirectory("medorleans-wal-").FullName;
        var folder = Directory.CreateTempSubdirectory("medorleans-base-").FullName;
        await PrivatePostgres.GiveAsync(archive);
        await PrivatePostgres.GiveAsync(folder);
        var (before, after) = (new AcknowledgedWrites("north"), new AcknowledgedWrites("north"));
        TenantAccess north;
        string data;
        await using (var server = await PrivatePostgres.StartAsync("-c", "wal_level=replica", "-c", "archive_mode=on", "-c", $"archive_command=cp %p {archive}/%f"))
        {
            await using var host = await HostProcess.StartAsync(server.ConnectionString);
            data = Directory.CreateTempSubdirectory("medorleans-data-").FullName;
            File.Copy(Path.Combine(host.DataFolder, "operator.json"), Path.Combine(data, "operator.json"));
            north = await host.CreateTenantAsync("north");
            await WriteAsync(before, north.Client, 60);

            await PrivatePostgres.RunAsPostgresAsync(
                Path.Combine(PrivatePostgres.Binaries, "pg_basebackup"), "-h", "127.0.0.1", "-p", server.Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-D", Path.Combine(folder, "data"), "--checkpoint=fast", "--wal-method=none");
            await WriteAsync(before, north.Client, 60);
            var point = await ScalarAsync(server.ConnectionString, "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')||'+00'") ?? "";
            await WriteAsync(after, north.Client, 40);
            await ScalarAsync(server.ConnectionString, "select pg_switch_wal()::text");
            await Eventually.TrueAsync(async () => await ScalarAsync(server.ConnectionString, "select (last_archived_wal is not null and last_archived_time > $1::timestamptz)::text from pg_stat_archiver", point) == "true");

            await File.AppendAllTextAsync(
                Path.Combine(folder, "data", "postgresql.auto.conf"), $"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{point}'\nrecovery_target_action = 'promote'\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "data", "recovery.signal"), "");
            await PrivatePostgres.GiveAsync(folder);
        }

        await using (var server = await PrivatePostgres.OpenAsync(folder))
        {
            await Eventually.TrueAsync(async () => await ScalarAsync(server.ConnectionString, "select pg_is_in_recovery()::text") == "false", TimeSpan.FromSeconds(60));
            await using var restored = await HostProcess.StartAsync(server.ConnectionString, data);
            using var administrator = await restored.OperatorAsync();
            using var again = await restored.AuthorizedAsync(north.ClientId, north.ClientSecret, null);
            await before.VerifyAsync(again, administrator);
            await BillIsRightAsync(restored);
            var stored = await Hospital.GetAsync(again, "/fhir/north/Basic?_summary=count");
            Assert.True(stored.GetProperty("total").GetInt32() <= before.Count, "What came after the point is there.");
        }

        north.Dispose();
        Directory.Delete(archive, recursive: true);
        Directory.Delete(data, recursive: true);
    }

    private static async Task WriteAsync(AcknowledgedWrites written, HttpClient client, int more)
    {
        var until = written.Count + more;
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => written.WriteAsync(client, writer, stop.Token)).ToList();
        await Eventually.TrueAsync(() => written.Count >= until);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    private static async Task BillIsRightAsync(HostProcess host)
    {
        var month = TimeProvider.System.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);
        var (code, output, error) = await HostProcess.CommandAsync(["usage", "verify", "--tenant", "north", "--month", month, "--data", host.DataFolder, "--server", $"http://{host.Http}"]);
        Assert.True(code == 0, output + error);
    }

    private static async Task<string?> ScalarAsync(string connectionString, string sql, params string[] parameters)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parameter });
            }

            return await command.ExecuteScalarAsync() as string;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow)
        {
            return null;
        }
    }
}
