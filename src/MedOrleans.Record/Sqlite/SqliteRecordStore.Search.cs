using System.Text.Json;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Record.Store.Sql;
using MedOrleans.Records;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    public async Task<SearchPage> SearchAsync(SearchQuery query, CancellationToken cancel)
    {
        var cursor = query.Cursor is { } text ? SearchCursor.Parse(text) : null;
        var cipher = await keys.ForReadingAsync(query.Tenant, cancel);
        var page = await _connections.ReadAsync(connection => Page(connection, cipher, query, cursor), cancel);
        return query.Includes.Count + query.ReverseIncludes.Count == 0 || page.Matches.Count == 0
            ? page
            : page with
            {
                Included = await new SearchIncludes(
                    query,
                    async back => (await SearchAsync(back, cancel)).Matches,
                    ids => ReadManyAsync(query.Tenant, ids, cancel),
                    (ids, parameter) => KeysAsync(query.Tenant, ids, parameter, cancel)).FollowAsync(page.Matches),
            };
    }

    public Task<long> CountAsync(SearchQuery query, CancellationToken cancel) => _connections.ReadAsync(
        connection =>
        {
            var sql = new SearchSql(query, Number(connection, query.Tenant));
            using var command = Command(connection, sql.Count(Driver(connection, sql)));
            return (long)command.ExecuteScalar()!;
        },
        cancel);

    public Task<IReadOnlyList<ResourceId>> PatientReferrersAsync(TenantId tenant, string patientId, int most, CancellationToken cancel) =>
        _connections.ReadAsync<IReadOnlyList<ResourceId>>(
            connection =>
            {
                using var command = SqliteConnections.Command(
                    connection,
                    """
                    select v.type, v.id
                    from (select distinct rid from index_text where tenant = $1 and param in (select value from json_each($2)) and key = $3 limit $4) x
                    join version v on v.rid = x.rid and v.version = (select max(version) from version where rid = x.rid)
                    """,
                    Number(connection, tenant), JsonSerializer.Serialize(PatientReferences.Parameters), $"Patient/{patientId}", most);
                using var reader = command.ExecuteReader();
                var referrers = new List<ResourceId>();
                while (reader.Read())
                {
                    referrers.Add(new ResourceId(reader.GetString(0), reader.GetString(1)));
                }

                return referrers;
            },
            cancel);

    private SearchPage Page(SqliteConnection connection, TenantCipher cipher, SearchQuery query, SearchCursor? cursor)
    {
        var sql = new SearchSql(query, Number(connection, query.Tenant));
        var driver = cursor?.Driver ?? Driver(connection, sql);
        if (driver != -1 && !sql.Candidates.Contains(driver))
        {
            throw SearchCursor.Wrong();
        }

        long? total = null;
        if (query.WithTotal)
        {
            using var count = Command(connection, sql.Count(driver));
            total = (long)count.ExecuteScalar()!;
        }

        var matches = new List<StoredVersion>();
        if (query.Count == 0)
        {
            return new SearchPage(matches, [], null, total);
        }

        using var command = Command(connection, sql.Page(driver, cursor, Columns));
        using var reader = command.ExecuteReader();
        object?[] last = [];
        while (reader.Read())
        {
            if (matches.Count == query.Count)
            {
                return new SearchPage(matches, [], new SearchCursor(driver, last).Print(), total);
            }

            matches.Add(Version(reader, 0, cipher));
            last = new object?[reader.FieldCount - 7];
            for (var i = 0; i < last.Length; i++)
            {
                last[i] = reader.IsDBNull(i + 7) ? null : reader.GetValue(i + 7);
            }
        }

        return new SearchPage(matches, [], null, total);
    }

    private static int Driver(SqliteConnection connection, SearchSql sql)
    {
        if (sql.Candidates.Count < 2)
        {
            return sql.Candidates.Count == 0 ? -1 : sql.Candidates[0];
        }

        using var command = Command(connection, sql.Probe());
        using var reader = command.ExecuteReader();
        reader.Read();
        return sql.Candidates[Enumerable.Range(0, sql.Candidates.Count).MinBy(reader.GetInt64)];
    }

    private Task<IReadOnlyList<string>> KeysAsync(TenantId tenant, IReadOnlyList<ResourceId> ids, int parameter, CancellationToken cancel) =>
        _connections.ReadAsync<IReadOnlyList<string>>(
            connection =>
            {
                var number = Number(connection, tenant);
                var keys = new HashSet<string>(StringComparer.Ordinal);
                foreach (var id in ids)
                {
                    using var command = SqliteConnections.Command(
                        connection,
                        "select x.key from resource r join index_text x on x.rid = r.rid and x.param = $4 where r.tenant = $1 and r.type = $2 and r.id = $3",
                        number, id.Type, id.Id, parameter);
                    using var reader = command.ExecuteReader();
                    while (reader.Read())
                    {
                        keys.Add(reader.GetString(0));
                    }
                }

                return [.. keys];
            },
            cancel);

    private static SqliteCommand Command(SqliteConnection connection, SqlText sql) =>
        SqliteConnections.Command(connection, sql.ToString(), sql.Values.Select(value => value is Instant instant ? instant.Clamped : value));
}
