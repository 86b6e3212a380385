using System.Globalization;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    public Task<long> FeedEndAsync(CancellationToken cancel) => _connections.ReadAsync(LastSequence, cancel);

    public async Task<ChangePage> ChangesAsync(TenantId tenant, IReadOnlyList<string> types, long after, int count, CancellationToken cancel)
    {
        // There is one writer, so whatever has a sequence before another has been committed before it. A key is made before what it seals: those looked for after the end was known open all up to it.
        var end = await FeedEndAsync(cancel);
        if (end <= after)
        {
            return new ChangePage([], after);
        }

        var cipher = await keys.ForReadingAsync(tenant, cancel);
        return await _connections.ReadAsync(
            connection =>
            {
                var most = (count + 1).ToString(CultureInfo.InvariantCulture);
                var parts = types.Select((_, i) => $"select * from (select * from version where tenant = $1 and type = ${i + 4} and seq > $2 and seq <= $3 order by seq limit {most})");
                using var command = SqliteConnections.Command(
                    connection, $"select {Columns}, v.seq, v.agent from ({string.Join(" union all ", parts)}) v order by v.seq limit {most}", [Number(connection, tenant), after, end, .. types]);
                var changes = new List<Change>();
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    if (changes.Count == count)
                    {
                        return new ChangePage(changes, changes[^1].Sequence);
                    }

                    changes.Add(new Change(Version(reader, 0, cipher), reader.GetInt64(7), reader.GetString(8)));
                }

                return new ChangePage(changes, end);
            },
            cancel);
    }

    private static long LastSequence(SqliteConnection connection)
    {
        using var command = SqliteConnections.Command(connection, "select value from counter where name = 'seq'");
        return (long)command.ExecuteScalar()!;
    }
}
