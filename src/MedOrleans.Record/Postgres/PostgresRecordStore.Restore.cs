using MedOrleans.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    // Where the version of then is a deletion, there was no resource.
    private const string Differences = """
        select r.type, r.id, r.version, r.deleted, case when v.kind = 2 then null else v.version end as target
        from resource r
        left join lateral (
          select o.version, o.kind from version o where o.rid = r.rid and coalesce(o.committed, o.last_updated) <= $2 order by o.version desc limit 1) v on true
        where r.tenant = $1 and r.version is distinct from v.version and not (r.deleted and (v.version is null or v.kind = 2))
        """;

    public Task<(IReadOnlyList<RestoreCount> Counts, IReadOnlyList<RestoreItem> First)> DifferencesAsync(TenantId tenant, DateTimeOffset to, int most, CancellationToken cancel) =>
        PostgresErrors.GuardAsync<(IReadOnlyList<RestoreCount>, IReadOnlyList<RestoreItem>)>(async () =>
        {
            var number = await NumberAsync(tenant, cancel);
            var counts = new List<RestoreCount>();
            await using (var command = _source.CreateCommand($"""
                select type, count(*) filter (where not deleted and target is not null), count(*) filter (where deleted), count(*) filter (where target is null)
                from ({Differences}) d group by type order by type
                """))
            {
                command.CommandTimeout = 0;
                Add(command, number, NpgsqlDbType.Integer);
                Add(command, to.UtcDateTime, NpgsqlDbType.TimestampTz);
                await using var reader = await command.ExecuteReaderAsync(cancel);
                while (await reader.ReadAsync(cancel))
                {
                    counts.Add(new RestoreCount(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
                }
            }

            await using var first = _source.CreateCommand($"select row_number() over (order by type, id), type, id, version, deleted, target from ({Differences}) d order by type, id limit $3");
            first.CommandTimeout = 0;
            Add(first, number, NpgsqlDbType.Integer);
            Add(first, to.UtcDateTime, NpgsqlDbType.TimestampTz);
            Add(first, most, NpgsqlDbType.Integer);
            return (counts, await RestoreItemsAsync(first, cancel));
        });

    public Task<long> PlanRestoreAsync(TenantId tenant, DateTimeOffset to, CancellationToken cancel) => PostgresErrors.GuardAsync<long>(async () =>
    {
        var number = await NumberAsync(tenant, cancel);
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using (var former = new NpgsqlCommand("delete from restore_row where tenant = $1", connection) { CommandTimeout = 0 })
        {
            Add(former, number, NpgsqlDbType.Integer);
            await former.ExecuteNonQueryAsync(cancel);
        }

        await using var plan = new NpgsqlCommand(
            $"insert into restore_row (tenant, no, type, id, version, target) select $1, row_number() over (order by type, id), type, id, version, target from ({Differences}) d", connection)
        {
            CommandTimeout = 0,
        };
        Add(plan, number, NpgsqlDbType.Integer);
        Add(plan, to.UtcDateTime, NpgsqlDbType.TimestampTz);
        var rows = await plan.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return rows;
    });

    public Task<IReadOnlyList<RestoreItem>> PlannedAsync(TenantId tenant, long after, int count, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyList<RestoreItem>>(async () =>
    {
        await using var command = _source.CreateCommand("""
            select p.no, p.type, p.id, p.version, r.deleted, p.target from restore_row p join resource r on r.tenant = p.tenant and r.type = p.type and r.id = p.id
            where p.tenant = $1 and p.no > $2 and p.no <= $3 order by p.no
            """);
        Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
        Add(command, after, NpgsqlDbType.Bigint);
        Add(command, after + count, NpgsqlDbType.Bigint);
        return await RestoreItemsAsync(command, cancel);
    });

    public Task DropPlanAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("delete from restore_row where tenant = $1");
        command.CommandTimeout = 0;
        Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
        return await command.ExecuteNonQueryAsync(cancel);
    });

    private static async Task<IReadOnlyList<RestoreItem>> RestoreItemsAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        var items = new List<RestoreItem>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            items.Add(new RestoreItem(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), !reader.GetBoolean(4), reader.IsDBNull(5) ? null : reader.GetInt64(5)));
        }

        return items;
    }
}
