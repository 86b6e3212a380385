using System.Data.Common;
using MedOrleans.Record.Store;
using Npgsql;

namespace MedOrleans.Record.Postgres;

/// <summary>Connections to a record database, and its schema.</summary>
internal static class PostgresSources
{
    // "medorlea", so that no other program's lock is met.
    private const long MigrationLock = 0x6D65646F726C6561;

    /// <summary>A pool of connections with the house's defaults; what the connection string says itself wins.</summary>
    public static NpgsqlDataSource Create(string connectionString, string options)
    {
        // The provider's own builder says of every keyword it knows that it is there.
        var all = new NpgsqlConnectionStringBuilder(connectionString);
        var given = new DbConnectionStringBuilder { ConnectionString = all.ConnectionString };
        all.NoResetOnClose = true;
        all.SearchPath = "medorleans";
        all.Options = $"{all.Options} {options}".Trim();
        if (!given.ContainsKey("Maximum Pool Size"))
        {
            all.MaxPoolSize = 32;
        }

        if (!given.ContainsKey("Max Auto Prepare"))
        {
            all.MaxAutoPrepare = 100;
            all.AutoPrepareMinUsages = 2;
        }

        if (!given.ContainsKey("Application Name"))
        {
            all.ApplicationName = "medorleans";
        }

        return new NpgsqlDataSourceBuilder(all.ConnectionString).Build();
    }

    /// <summary>Creates and migrates the schema while no other host does.</summary>
    public static async Task MigrateAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await RunAsync(connection, $"select pg_advisory_xact_lock({MigrationLock})", cancel);
        await RunAsync(connection, """
            create schema if not exists medorleans;
            create table if not exists medorleans.schema_version (
              number integer primary key, name text not null, checksum text not null, applied timestamptz not null default now());
            """, cancel);

        var applied = new Dictionary<int, string>();
        await using (var known = new NpgsqlCommand("select number, checksum from medorleans.schema_version", connection))
        await using (var reader = await known.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
            {
                applied.Add(reader.GetInt32(0), reader.GetString(1));
            }
        }

        foreach (var script in SchemaScript.Pending(SchemaScript.Of("Postgres"), applied).ToList())
        {
            await RunAsync(connection, script.Sql, cancel);
            await using var done = new NpgsqlCommand("insert into medorleans.schema_version (number, name, checksum) values ($1, $2, $3)", connection);
            done.Parameters.Add(new NpgsqlParameter<int> { TypedValue = script.Number });
            done.Parameters.Add(new NpgsqlParameter<string> { TypedValue = script.Name });
            done.Parameters.Add(new NpgsqlParameter<string> { TypedValue = script.Checksum });
            await done.ExecuteNonQueryAsync(cancel);
        }

        await transaction.CommitAsync(cancel);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
