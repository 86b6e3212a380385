using System.Globalization;
using MedOrleans.Cluster;
using MedOrleans.Metering;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    public Task<HistoryPage> HistoryAsync(HistoryQuery query, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand();
        var conditions = await ConditionsAsync(command, query.Tenant, query.Type, query.Id, query.Before, cancel);
        if (query.Since is { } since)
        {
            conditions += $" and last_updated >= {Add(command, since.UtcDateTime, NpgsqlDbType.TimestampTz)}";
        }

        command.CommandText = $"select {Columns}, v.seq from ({Newest(command, conditions, query.Type, query.Count + 1)}) v order by v.seq desc";
        var cipher = await _keys.ForReadingAsync(query.Tenant, cancel);
        var entries = new List<HistoryEntry>();
        long? next = null, last = null;
        await using (var reader = await command.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
            {
                if (entries.Count == query.Count)
                {
                    next = last;
                    break;
                }

                entries.Add(new HistoryEntry(Version(reader, 0, cipher), (WriteKind)reader.GetInt16(4)));
                last = reader.GetInt64(7);
            }
        }

        return new HistoryPage(entries, next, query.Id is null ? null : await VersionsAsync(query, cancel));
    });

    public Task<AuditPage> AuditAsync(AuditQuery query, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand();
        var conditions = await ConditionsAsync(command, query.Tenant, query.Type, query.Id, query.Before, cancel);
        conditions += query.Agent is { } agent ? $" and agent = {Add(command, agent, NpgsqlDbType.Text)}" : "";
        conditions += query.Kind is { } kind ? $" and kind = {Add(command, (short)kind, NpgsqlDbType.Smallint)}" : "";
        conditions += query.From is { } from ? $" and last_updated >= {Add(command, from.UtcDateTime, NpgsqlDbType.TimestampTz)}" : "";
        conditions += query.To is { } to ? $" and last_updated < {Add(command, to.UtcDateTime, NpgsqlDbType.TimestampTz)}" : "";
        conditions += query.Sequence is { } sequence ? $" and seq = {Add(command, sequence, NpgsqlDbType.Bigint)}" : "";
        command.CommandText = $"""
            select seq, type, id, version, kind, last_updated, agent, address, request_id, reason, command
            from ({Newest(command, conditions, query.Type, query.Count + 1)}) v order by seq desc
            """;
        var rows = new List<AuditRow>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            if (rows.Count == query.Count)
            {
                return new AuditPage(rows, rows[^1].Sequence);
            }

            rows.Add(new AuditRow(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), (WriteKind)reader.GetInt16(4),
                new DateTimeOffset(reader.GetDateTime(5), TimeSpan.Zero),
                new Caller(reader.GetString(6), Text(reader, 7), Text(reader, 8), Text(reader, 9)),
                reader.GetGuid(10)));
        }

        return new AuditPage(rows, null);
    });

    public Task<IReadOnlyList<UsageBucket>> UsageAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel) =>
        PostgresErrors.GuardAsync<IReadOnlyList<UsageBucket>>(async () =>
        {
            await using var command = _source.CreateCommand("""
                select meter, date_trunc('hour', at, 'UTC') as hour, cast(sum(quantity) as bigint)
                from usage where tenant = $1 and at >= $2 and at < $3
                group by 1, 2 order by 2, 1
                """);
            Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
            Add(command, UsageHours.Floor(from).UtcDateTime, NpgsqlDbType.TimestampTz);
            Add(command, UsageHours.Ceiling(to).UtcDateTime, NpgsqlDbType.TimestampTz);
            var buckets = new List<UsageBucket>();
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                buckets.Add(new UsageBucket(reader.GetString(0), new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero), reader.GetInt64(2)));
            }

            return buckets;
        });

    public Task<TenantCounts> CountsAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        var number = await NumberAsync(tenant, cancel);
        var byType = new Dictionary<string, long>(StringComparer.Ordinal);
        await using (var types = _source.CreateCommand("select type, count(*) from resource where tenant = $1 and not deleted group by type order by type"))
        {
            Add(types, number, NpgsqlDbType.Integer);
            await using var reader = await types.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                byType.Add(reader.GetString(0), reader.GetInt64(1));
            }
        }

        // Every committed version is metered, so the meters are the count, without reading the history.
        await using var sums = _source.CreateCommand("""
            select cast(coalesce(sum(quantity) filter (where meter = $2), 0) as bigint), cast(coalesce(sum(quantity) filter (where meter = $3), 0) as bigint)
            from usage where tenant = $1
            """);
        Add(sums, number, NpgsqlDbType.Integer);
        Add(sums, MeterNames.ApiWrite, NpgsqlDbType.Text);
        Add(sums, MeterNames.StorageBytes, NpgsqlDbType.Text);
        await using var sum = await sums.ExecuteReaderAsync(cancel);
        await sum.ReadAsync(cancel);
        return new TenantCounts(byType, sum.GetInt64(0), sum.GetInt64(1));
    });

    private async Task<string> ConditionsAsync(NpgsqlCommand command, TenantId tenant, string? type, string? id, long? before, CancellationToken cancel)
    {
        var conditions = $"tenant = {Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer)}";
        if (type is not null)
        {
            var name = Add(command, type, NpgsqlDbType.Text);
            conditions += id is null
                ? $" and type = {name}"
                : $" and rid = (select rid from resource where tenant = $1 and type = {name} and id = {Add(command, id, NpgsqlDbType.Text)})";
        }

        return before is { } sequence ? $"{conditions} and seq < {Add(command, sequence, NpgsqlDbType.Bigint)}" : conditions;
    }

    /// <summary>The newest rows of history that meet the conditions; without a type, the newest of each type merged, so that the index by type serves both.</summary>
    private static string Newest(NpgsqlCommand command, string conditions, string? type, int count)
    {
        var limit = count.ToString(CultureInfo.InvariantCulture);
        return type is not null
            ? $"select * from version where {conditions} order by seq desc limit {limit}"
            : $"""
              select w.* from unnest({Add(command, FhirTypes.All.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)}) as kinds(name)
              cross join lateral (select * from version where type = kinds.name and {conditions} order by seq desc limit {limit}) w
              order by w.seq desc limit {limit}
              """;
    }

    private async Task<long> VersionsAsync(HistoryQuery query, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("select coalesce((select version from resource where tenant = $1 and type = $2 and id = $3), 0)");
        await AddKeyAsync(command, new ResourceKey(query.Tenant, query.Type!, query.Id!), cancel);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static string Add<T>(NpgsqlCommand command, T value, NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value, NpgsqlDbType = type });
        return $"${command.Parameters.Count.ToString(CultureInfo.InvariantCulture)}";
    }

    private static string? Text(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);
}
