using MedOrleans.Cluster;
using MedOrleans.Metering;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    private const long Hour = 3_600_000_000;

    public async Task<HistoryPage> HistoryAsync(HistoryQuery query, CancellationToken cancel)
    {
        var cipher = await keys.ForReadingAsync(query.Tenant, cancel);
        return await _connections.ReadAsync(connection =>
        {
            var (conditions, values) = Conditions(connection, query.Tenant, query.Type, query.Id, query.Before);
            Add("last_updated >=", query.Since is { } since ? Microseconds(since) : null, ref conditions, values);
            values.Add(query.Count + 1);
            using var command = SqliteConnections.Command(
                connection, $"select {Columns}, v.seq from version v where {conditions} order by v.seq desc limit ${values.Count}", values);
            using var reader = command.ExecuteReader();
            var entries = new List<HistoryEntry>();
            long? next = null, last = null;
            while (reader.Read())
            {
                if (entries.Count == query.Count)
                {
                    next = last;
                    break;
                }

                entries.Add(new HistoryEntry(Version(reader, 0, cipher), (WriteKind)reader.GetInt32(4)));
                last = reader.GetInt64(7);
            }

            return new HistoryPage(entries, next, query.Id is null ? null : Versions(connection, query));
        }, cancel);
    }

    public Task<AuditPage> AuditAsync(AuditQuery query, CancellationToken cancel) => _connections.ReadAsync(
        connection =>
        {
            var (conditions, values) = Conditions(connection, query.Tenant, query.Type, query.Id, query.Before);
            Add("agent =", query.Agent, ref conditions, values);
            Add("kind =", query.Kind is { } kind ? (int)kind : null, ref conditions, values);
            Add("last_updated >=", query.From is { } from ? Microseconds(from) : null, ref conditions, values);
            Add("last_updated <", query.To is { } to ? Microseconds(to) : null, ref conditions, values);
            Add("seq =", query.Sequence, ref conditions, values);
            values.Add(query.Count + 1);
            using var command = SqliteConnections.Command(
                connection,
                $"select seq, type, id, version, kind, last_updated, agent, address, request_id, reason, command from version v where {conditions} order by seq desc limit ${values.Count}",
                values);
            using var reader = command.ExecuteReader();
            var rows = new List<AuditRow>();
            while (reader.Read())
            {
                if (rows.Count == query.Count)
                {
                    return new AuditPage(rows, rows[^1].Sequence);
                }

                rows.Add(new AuditRow(
                    reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), (WriteKind)reader.GetInt32(4), Time(reader.GetInt64(5)),
                    new Caller(reader.GetString(6), Text(reader, 7), Text(reader, 8), Text(reader, 9)),
                    new Guid((byte[])reader.GetValue(10))));
            }

            return new AuditPage(rows, null);
        },
        cancel);

    public Task<IReadOnlyList<UsageBucket>> UsageAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel) =>
        _connections.ReadAsync<IReadOnlyList<UsageBucket>>(
            connection =>
            {
                using var command = SqliteConnections.Command(
                    connection,
                    $"select meter, at / {Hour} as hour, sum(quantity) from usage where tenant = $1 and at >= $2 and at < $3 group by 1, 2 order by 2, 1",
                    Number(connection, tenant), Microseconds(UsageHours.Floor(from)), Microseconds(UsageHours.Ceiling(to)));
                using var reader = command.ExecuteReader();
                var buckets = new List<UsageBucket>();
                while (reader.Read())
                {
                    buckets.Add(new UsageBucket(reader.GetString(0), Time(reader.GetInt64(1) * Hour), reader.GetInt64(2)));
                }

                return buckets;
            },
            cancel);

    public Task<TenantCounts> CountsAsync(TenantId tenant, CancellationToken cancel) => _connections.ReadAsync(
        connection =>
        {
            var number = Number(connection, tenant);
            var byType = new Dictionary<string, long>(StringComparer.Ordinal);
            using (var types = SqliteConnections.Command(connection, "select type, count(*) from resource where tenant = $1 and not deleted group by type order by type", number))
            using (var reader = types.ExecuteReader())
            {
                while (reader.Read())
                {
                    byType.Add(reader.GetString(0), reader.GetInt64(1));
                }
            }

            // Every committed version is metered, so the meters are the count, without reading the history.
            long Sum(string meter)
            {
                using var sum = SqliteConnections.Command(connection, "select coalesce(sum(quantity), 0) from usage where tenant = $1 and meter = $2", number, meter);
                return (long)sum.ExecuteScalar()!;
            }

            return new TenantCounts(byType, Sum(MeterNames.ApiWrite), Sum(MeterNames.StorageBytes));
        },
        cancel);

    private (string Conditions, List<object?> Values) Conditions(SqliteConnection connection, TenantId tenant, string? type, string? id, long? before)
    {
        var values = new List<object?> { Number(connection, tenant) };
        var conditions = "tenant = $1";
        if (id is not null)
        {
            values.AddRange([type, id]);
            conditions += " and rid = (select rid from resource where tenant = $1 and type = $2 and id = $3)";
        }
        else
        {
            Add("type =", type, ref conditions, values);
        }

        Add("seq <", before, ref conditions, values);
        return (conditions, values);
    }

    private long Versions(SqliteConnection connection, HistoryQuery query)
    {
        using var command = SqliteConnections.Command(
            connection, "select version from resource where tenant = $1 and type = $2 and id = $3", Number(connection, query.Tenant), query.Type, query.Id);
        return command.ExecuteScalar() as long? ?? 0;
    }

    private static void Add(string condition, object? value, ref string conditions, List<object?> values)
    {
        if (value is not null)
        {
            values.Add(value);
            conditions += $" and {condition} ${values.Count}";
        }
    }

    private static string? Text(SqliteDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);
}
