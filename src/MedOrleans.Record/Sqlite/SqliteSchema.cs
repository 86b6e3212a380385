using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

/// <summary>The schema of a record file.</summary>
internal static class SqliteSchema
{
    /// <summary>Creates and migrates the schema; the write transaction keeps other hosts out.</summary>
    public static Task MigrateAsync(SqliteConnections connections, CancellationToken cancel) => connections.WriteAsync(
        connection =>
        {
            SqliteConnections.Execute(connection, "create table if not exists schema_version (number integer primary key, name text not null, checksum text not null)");
            foreach (var script in SchemaScript.Pending(SchemaScript.Of("Sqlite"), Applied(connection)).ToList())
            {
                SqliteConnections.Execute(connection, script.Sql);
                SqliteConnections.Execute(connection, "insert into schema_version values ($1, $2, $3)", script.Number, script.Name, script.Checksum);
            }

            return true;
        },
        cancel);

    private static Dictionary<int, string> Applied(SqliteConnection connection)
    {
        var applied = new Dictionary<int, string>();
        using var command = SqliteConnections.Command(connection, "select number, checksum from schema_version");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            applied.Add(reader.GetInt32(0), reader.GetString(1));
        }

        return applied;
    }
}
