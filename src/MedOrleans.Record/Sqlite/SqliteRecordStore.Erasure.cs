using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    public Task<IReadOnlyDictionary<string, long>> CountRowsAsync(TenantId tenant, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyDictionary<string, long>>(
        connection =>
        {
            var number = FindNumber(connection, tenant);
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var (table, _) in TenantTables(connection))
            {
                using var command = SqliteConnections.Command(connection, $"select count(*) from {table.Name} where {table.Column} = $1", table.BySlug ? tenant.Value : number);
                if ((long)command.ExecuteScalar()! is > 0 and var rows)
                {
                    counts.Add(table.Name, rows);
                }
            }

            return counts;
        },
        cancel);

    public Task<long> EraseRowsAsync(TenantId tenant, int most, CancellationToken cancel) => _connections.WriteAsync<long>(
        connection =>
        {
            var number = FindNumber(connection, tenant);
            foreach (var (table, key) in TenantTables(connection))
            {
                var gone = SqliteConnections.Execute(
                    connection, $"delete from {table.Name} where ({key}) in (select {key} from {table.Name} where {table.Column} = $1 limit $2)", table.BySlug ? tenant.Value : number, most);
                if (gone > 0)
                {
                    return gone;
                }
            }

            return 0;
        },
        cancel);

    public Task SettleLevelsAsync(TenantId tenant, CancellationToken cancel) => _connections.WriteAsync(
        connection =>
        {
            var number = FindNumber(connection, tenant);
            foreach (var meter in LevelMeters.Names)
            {
                SqliteConnections.Execute(connection, "update counter set value = value + 1 where name = 'seq'");
                SqliteConnections.Execute(
                    connection,
                    """
                    insert into usage (tenant, meter, at, seq, quantity)
                    select u.tenant, u.meter, $3, (select value from counter where name = 'seq'), -sum(u.quantity) from usage u
                    where u.tenant = $1 and u.meter = $2 group by u.tenant, u.meter having sum(u.quantity) <> 0
                    """,
                    number, meter, Microseconds(time.GetUtcNow()));
            }

            return true;
        },
        cancel);

    // The file is written anew: what was deleted stays in the free parts of its pages otherwise.
    public Task<bool> CleanAsync(CancellationToken cancel) => _connections.RewriteAsync(cancel);

    private static long? FindNumber(SqliteConnection connection, TenantId tenant)
    {
        using var command = SqliteConnections.Command(connection, "select no from tenant where slug = $1", tenant.Value);
        return command.ExecuteScalar() as long?;
    }

    /// <summary>The tables, each with the columns that name one of its rows.</summary>
    private static List<(TenantTable Table, string Key)> TenantTables(SqliteConnection connection)
    {
        var tables = new List<(TenantTable, string)>();
        using var command = SqliteConnections.Command(
            connection,
            """
            select t.name, c.name, upper(c.type), t.wr, (select group_concat(k.name, ', ') from pragma_table_info(t.name) k where k.pk > 0)
            from pragma_table_list t join pragma_table_info(t.name) c on c.name in ('tenant', 'slug')
            where t.schema = 'main' and t.type = 'table' order by 1, 2
            """);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (!ErasedTables.Kept.ContainsKey(reader.GetString(0)))
            {
                tables.Add((new TenantTable(reader.GetString(0), reader.GetString(1), reader.GetString(2) == "TEXT"), reader.GetInt64(3) == 1 ? reader.GetString(4) : "rowid"));
            }
        }

        return tables;
    }
}
