using System.Globalization;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Record.Store.Sql;
using MedOrleans.Records;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    public Task<SearchPage> SearchAsync(SearchQuery query, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        var cursor = query.Cursor is { } text ? SearchCursor.Parse(text) : null;
        var tenant = await NumberAsync(query.Tenant, cancel);
        var cipher = await _keys.ForReadingAsync(query.Tenant, cancel);
        var sql = new SearchSql(query, tenant);
        await using var connection = await _source.OpenConnectionAsync(cancel);
        var driver = cursor?.Driver ?? await DriverAsync(connection, sql, cancel);
        if (driver != -1 && !sql.Candidates.Contains(driver))
        {
            throw SearchCursor.Wrong();
        }

        long? total = null;
        if (query.WithTotal)
        {
            await using var count = Command(connection, sql.Count(driver));
            total = (long)(await count.ExecuteScalarAsync(cancel))!;
        }

        var matches = new List<StoredVersion>();
        string? next = null;
        if (query.Count > 0)
        {
            await using var command = Command(connection, sql.Page(driver, cursor, Columns));
            await using var reader = await command.ExecuteReaderAsync(cancel);
            object?[] last = [];
            while (await reader.ReadAsync(cancel))
            {
                if (matches.Count == query.Count)
                {
                    next = new SearchCursor(driver, last).Print();
                    break;
                }

                matches.Add(Version(reader, 0, cipher));
                last = new object?[reader.FieldCount - 7];
                for (var i = 0; i < last.Length; i++)
                {
                    last[i] = reader.IsDBNull(i + 7) ? null : reader.GetValue(i + 7) is DateTime time ? (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : reader.GetValue(i + 7);
                }
            }
        }

        await connection.CloseAsync();
        var included = query.Includes.Count + query.ReverseIncludes.Count == 0 || matches.Count == 0
            ? []
            : await new SearchIncludes(
                query,
                async back => (await SearchAsync(back, cancel)).Matches,
                ids => ReadManyAsync(query.Tenant, ids, cancel),
                (ids, parameter) => KeysAsync(tenant, ids, parameter, cancel)).FollowAsync(matches);
        return new SearchPage(matches, included, next, total);
    });

    public Task<long> CountAsync(SearchQuery query, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        var sql = new SearchSql(query, await NumberAsync(query.Tenant, cancel));
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var command = Command(connection, sql.Count(await DriverAsync(connection, sql, cancel)));
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    });

    public Task<IReadOnlyList<ResourceId>> PatientReferrersAsync(TenantId tenant, string patientId, int most, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyList<ResourceId>>(async () =>
    {
        await using var command = _source.CreateCommand("""
            select v.type, v.id
            from (select distinct rid from index_text where tenant = $1 and param = any($2) and key = $3 limit $4) x
            join lateral (select type, id from version where rid = x.rid order by version desc limit 1) v on true
            """);
        Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
        Add(command, PatientReferences.Parameters, NpgsqlDbType.Array | NpgsqlDbType.Integer);
        Add(command, $"Patient/{patientId}", NpgsqlDbType.Text);
        Add(command, most, NpgsqlDbType.Integer);
        var referrers = new List<ResourceId>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            referrers.Add(new ResourceId(reader.GetString(0), reader.GetString(1)));
        }

        return referrers;
    });

    private static async ValueTask<int> DriverAsync(NpgsqlConnection connection, SearchSql sql, CancellationToken cancel)
    {
        if (sql.Candidates.Count < 2)
        {
            return sql.Candidates.Count == 0 ? -1 : sql.Candidates[0];
        }

        await using var command = Command(connection, sql.Probe());
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return sql.Candidates[Enumerable.Range(0, sql.Candidates.Count).MinBy(reader.GetInt64)];
    }

    private async Task<IReadOnlyList<string>> KeysAsync(int tenant, IReadOnlyList<ResourceId> ids, int parameter, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("""
            select distinct x.key
            from unnest($2, $3) as wanted(type, id)
            join resource r on r.tenant = $1 and r.type = wanted.type and r.id = wanted.id
            join index_text x on x.rid = r.rid and x.param = $4
            """);
        Add(command, tenant, NpgsqlDbType.Integer);
        Add(command, ids.Select(id => id.Type).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        Add(command, ids.Select(id => id.Id).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        Add(command, parameter, NpgsqlDbType.Integer);
        var keys = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            keys.Add(reader.GetString(0));
        }

        return keys;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, SqlText sql)
    {
        var command = new NpgsqlCommand(sql.ToString(), connection);
        foreach (var value in sql.Values)
        {
            _ = value switch
            {
                int number => Add(command, number, NpgsqlDbType.Integer),
                long number => Add(command, number, NpgsqlDbType.Bigint),
                double number => Add(command, number, NpgsqlDbType.Double),
                string text => Add(command, text, NpgsqlDbType.Text),
                Instant instant => Add(command, DateTime.UnixEpoch.AddTicks(instant.Clamped * TimeSpan.TicksPerMicrosecond), NpgsqlDbType.TimestampTz),
                _ => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A {value.GetType()} cannot be bound.")),
            };
        }

        return command;
    }
}
