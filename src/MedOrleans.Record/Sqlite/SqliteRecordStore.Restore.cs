using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    // Where the version of then is a deletion, there was no resource.
    private const string Differences = """
        select d.type, d.id, d.version, d.deleted, iif(v.kind = 2, null, v.version) as target
        from (
          select r.rid, r.type, r.id, r.version, r.deleted,
            (select max(o.version) from version o where o.rid = r.rid and coalesce(o.committed, o.last_updated) <= $2) as was
          from resource r where r.tenant = $1) d
        left join version v on v.rid = d.rid and v.version = d.was
        where d.version is not d.was and not (d.deleted and (v.version is null or v.kind = 2))
        """;

    public Task<(IReadOnlyList<RestoreCount> Counts, IReadOnlyList<RestoreItem> First)> DifferencesAsync(TenantId tenant, DateTimeOffset to, int most, CancellationToken cancel) =>
        _connections.ReadAsync<(IReadOnlyList<RestoreCount>, IReadOnlyList<RestoreItem>)>(
            connection =>
            {
                var number = Number(connection, tenant);
                var counts = new List<RestoreCount>();
                using (var command = SqliteConnections.Command(
                    connection,
                    $"select type, sum(not deleted and target is not null), sum(deleted), sum(target is null) from ({Differences}) group by type order by type",
                    number, Microseconds(to)))
                using (var reader = command.ExecuteReader())
                {
                    while (reader.Read())
                    {
                        counts.Add(new RestoreCount(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
                    }
                }

                using var first = SqliteConnections.Command(
                    connection, $"select row_number() over (order by type, id), type, id, version, deleted, target from ({Differences}) order by type, id limit $3", number, Microseconds(to), most);
                return (counts, RestoreItems(first));
            },
            cancel);

    public Task<long> PlanRestoreAsync(TenantId tenant, DateTimeOffset to, CancellationToken cancel) => _connections.WriteAsync<long>(
        connection =>
        {
            var number = Number(connection, tenant);
            SqliteConnections.Execute(connection, "delete from restore_row where tenant = $1", number);
            return SqliteConnections.Execute(
                connection,
                $"insert into restore_row (tenant, no, type, id, version, target) select $1, row_number() over (order by type, id), type, id, version, target from ({Differences})",
                number, Microseconds(to));
        },
        cancel);

    public Task<IReadOnlyList<RestoreItem>> PlannedAsync(TenantId tenant, long after, int count, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyList<RestoreItem>>(
        connection =>
        {
            using var command = SqliteConnections.Command(
                connection,
                """
                select p.no, p.type, p.id, p.version, r.deleted, p.target from restore_row p join resource r on r.tenant = p.tenant and r.type = p.type and r.id = p.id
                where p.tenant = $1 and p.no > $2 and p.no <= $3 order by p.no
                """,
                Number(connection, tenant), after, after + count);
            return RestoreItems(command);
        },
        cancel);

    public Task DropPlanAsync(TenantId tenant, CancellationToken cancel) => _connections.WriteAsync(
        connection => SqliteConnections.Execute(connection, "delete from restore_row where tenant = $1", Number(connection, tenant)), cancel);

    private static List<RestoreItem> RestoreItems(SqliteCommand command)
    {
        var items = new List<RestoreItem>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            items.Add(new RestoreItem(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4) == 0, reader.IsDBNull(5) ? null : reader.GetInt64(5)));
        }

        return items;
    }
}
