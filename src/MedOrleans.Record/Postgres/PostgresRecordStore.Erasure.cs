using MedOrleans.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    public Task<IReadOnlyDictionary<string, long>> CountRowsAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyDictionary<string, long>>(async () =>
    {
        var number = await FindNumberAsync(tenant, cancel);
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in await TenantTablesAsync(cancel))
        {
            await using var command = _source.CreateCommand($"select count(*) from {table.Name} where {table.Column} = $1");
            command.CommandTimeout = 0;
            Bind(command, table, tenant, number);
            if ((long)(await command.ExecuteScalarAsync(cancel))! is > 0 and var rows)
            {
                counts.Add(table.Name, rows);
            }
        }

        return counts;
    });

    public Task<long> EraseRowsAsync(TenantId tenant, int most, CancellationToken cancel) => PostgresErrors.GuardAsync<long>(async () =>
    {
        var number = await FindNumberAsync(tenant, cancel);
        foreach (var table in await TenantTablesAsync(cancel))
        {
            // By an index: to look for the next rows in the table's order would read all those that are gone already.
            await using var command = _commits.CreateCommand(
                $"delete from {table.Name} where ctid = any(array(select ctid from {table.Name} where {table.Column} = $1 limit $2))");
            command.CommandTimeout = 0;
            Bind(command, table, tenant, number);
            Add(command, most, NpgsqlDbType.Integer);
            if (await command.ExecuteNonQueryAsync(cancel) is > 0 and var gone)
            {
                return gone;
            }
        }

        return 0;
    });

    public Task SettleLevelsAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("""
            insert into usage (tenant, meter, seq, quantity)
            select tenant, meter, nextval('seq'), -sum(quantity) from usage where tenant = $1 and meter = any($2) group by tenant, meter having sum(quantity) <> 0
            """);
        command.CommandTimeout = 0;
        Add(command, await FindNumberAsync(tenant, cancel) ?? -1, NpgsqlDbType.Integer);
        Add(command, LevelMeters.Names, NpgsqlDbType.Array | NpgsqlDbType.Text);
        return await command.ExecuteNonQueryAsync(cancel);
    });

    public Task<bool> CleanAsync(CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        // Others go on meanwhile. What archived logs and backups hold is beyond the database's reach.
        foreach (var table in await TenantTablesAsync(cancel))
        {
            await VacuumAsync($"vacuum {table.Name}");
        }

        // A destroyed key must not stay in the free part of a page. The table is small: it is locked for a moment.
        await VacuumAsync("vacuum full tenant_key");

        return true;

        async Task VacuumAsync(string sql)
        {
            await using var vacuum = _source.CreateCommand(sql);
            vacuum.CommandTimeout = 0;
            await vacuum.ExecuteNonQueryAsync(cancel);
        }
    });

    private async Task<int?> FindNumberAsync(TenantId tenant, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("select no from tenant where slug = $1");
        Add(command, tenant.Value, NpgsqlDbType.Text);
        return await command.ExecuteScalarAsync(cancel) as int?;
    }

    private static void Bind(NpgsqlCommand command, TenantTable table, TenantId tenant, int? number)
    {
        if (table.BySlug)
        {
            Add(command, tenant.Value, NpgsqlDbType.Text);
        }
        else
        {
            // None has the number of a hospital whose record was never here.
            Add(command, number ?? -1, NpgsqlDbType.Integer);
        }
    }

    private async Task<IReadOnlyList<TenantTable>> TenantTablesAsync(CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("""
            select c.table_name, c.column_name, c.data_type
            from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
            where c.table_schema = 'medorleans' and t.table_type = 'BASE TABLE' and c.column_name in ('tenant', 'slug') order by 1, 2
            """);
        var tables = new List<TenantTable>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var table = new TenantTable(reader.GetString(0), reader.GetString(1), reader.GetString(2) is "text" or "character varying");
            if (!ErasedTables.Kept.ContainsKey(table.Name))
            {
                tables.Add(table);
            }
        }

        return tables;
    }
}
