using System.Data.Common;
using System.Reflection;
using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MedOrleans.Host.Hosting;

/// <summary>Applies Orleans' own SQL (<c>silo-config/sql</c>), which can be applied again and again.</summary>
internal static class OrleansSchema
{
    private const long Lock = 0x6F726C65616E73;

    /// <summary>The embedded host's grain state.</summary>
    public static string SqliteConnectionString(Settings settings) => $"Data Source={Path.Combine(settings.Host.DataFolder, "orleans.db")}";

    /// <summary>The pool that Orleans' providers share.</summary>
    public static NpgsqlDataSource PostgresSource(Settings settings) => new NpgsqlDataSourceBuilder(
        new NpgsqlConnectionStringBuilder(settings.Home.ConnectionString) { NoResetOnClose = true, MaxPoolSize = 16, ApplicationName = "medorleans-orleans" }.ConnectionString).Build();

    /// <summary>Brings the schema to this release's.</summary>
    /// <exception cref="RecordStoreException">The database cannot be reached, or refuses.</exception>
    public static async Task ApplyAsync(Settings settings, CancellationToken cancel)
    {
        try
        {
            if (settings.IsEmbedded)
            {
                await using var sqlite = new SqliteConnection(SqliteConnectionString(settings));
                await sqlite.OpenAsync(cancel);
                await RunAsync(sqlite, "pragma journal_mode = wal", cancel);
                await RunAsync(sqlite, Script("orleans-sqlite.sql"), cancel);
                return;
            }

            await using var postgres = new NpgsqlConnection(settings.Home.ConnectionString);
            await postgres.OpenAsync(cancel);
            await using var transaction = await postgres.BeginTransactionAsync(cancel);
            await RunAsync(postgres, $"select pg_advisory_xact_lock({Lock})", cancel);
            await RunAsync(postgres, Script("orleans-postgres.sql"), cancel);
            await DeclareDeadAsync(postgres, settings, cancel);
            await transaction.CommitAsync(cancel);
        }
        catch (Exception e) when (e is DbException or IOException or TimeoutException)
        {
            throw new RecordStoreException($"Orleans' tables cannot be made: {(e as PostgresException)?.SqlState ?? e.GetType().Name}.", e is NpgsqlException { IsTransient: true } or TimeoutException, e);
        }
    }

    /// <summary>
    /// A silo that was killed leaves a row that says it lives, and a silo that joins waits for it. Whoever starts on the same address tells by a refused
    /// connection that nobody is there any more.
    /// </summary>
    private static async Task DeclareDeadAsync(NpgsqlConnection connection, Settings settings, CancellationToken cancel)
    {
        var gone = new List<int>();
        await using (var living = new NpgsqlCommand("select distinct port from OrleansMembershipTable where DeploymentId = $1 and Address = $2 and Status in (1, 2, 3, 4, 5)", connection))
        {
            living.Parameters.Add(new NpgsqlParameter<string> { TypedValue = settings.Host.Cluster.ClusterId });
            living.Parameters.Add(new NpgsqlParameter<string> { TypedValue = settings.Host.Cluster.AdvertisedAddress });
            await using var reader = await living.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                if (await Ports.IsRefusedAsync(settings.Host.Cluster.AdvertisedAddress, reader.GetInt32(0), cancel))
                {
                    gone.Add(reader.GetInt32(0));
                }
            }
        }

        if (gone.Count == 0)
        {
            return;
        }

        await using var dead = new NpgsqlCommand(
            """
            with bumped as (update OrleansMembershipVersionTable set Timestamp = now(), Version = Version + 1 where DeploymentId = $1 returning 1)
            update OrleansMembershipTable set Status = 6 from bumped where DeploymentId = $1 and Address = $2 and Port = any($3) and Status <> 6
            """,
            connection);
        dead.Parameters.Add(new NpgsqlParameter<string> { TypedValue = settings.Host.Cluster.ClusterId });
        dead.Parameters.Add(new NpgsqlParameter<string> { TypedValue = settings.Host.Cluster.AdvertisedAddress });
        dead.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. gone] });
        await dead.ExecuteNonQueryAsync(cancel);
    }

    private static string Script(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not built into the program."));
        return reader.ReadToEnd();
    }

    private static async Task RunAsync(DbConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancel);
    }
}
