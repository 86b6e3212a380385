using MedOrleans.Record.Store;
using MedOrleans.Records;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    // How long a page waits for commits that were open when it was asked for; most take a few milliseconds.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(5);

    public Task<long> FeedEndAsync(CancellationToken cancel) => PostgresErrors.GuardAsync(() => LastSequenceAsync(cancel));

    public Task<ChangePage> ChangesAsync(TenantId tenant, IReadOnlyList<string> types, long after, int count, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        // A sequence is given out before its transaction commits, so one before the last may still be missing. Whoever may hold such a one is a transaction that is open now.
        var end = await LastSequenceAsync(cancel);
        if (end <= after || !await SettledAsync(cancel))
        {
            return new ChangePage([], after);
        }

        await using var command = _source.CreateCommand();
        var number = Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
        var kinds = Add(command, types.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        var from = Add(command, after, NpgsqlDbType.Bigint);
        var to = Add(command, end, NpgsqlDbType.Bigint);
        var most = Add(command, count + 1, NpgsqlDbType.Integer);
        command.CommandText = $"""
            select {Columns}, v.seq, v.agent from unnest({kinds}) as kinds(name)
            cross join lateral (
              select * from version where tenant = {number} and type = kinds.name and seq > {from} and seq <= {to} order by seq limit {most}) v
            order by v.seq limit {most}
            """;
        var cipher = await _keys.ForReadingAsync(tenant, cancel);
        var changes = new List<Change>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            if (changes.Count == count)
            {
                return new ChangePage(changes, changes[^1].Sequence);
            }

            changes.Add(new Change(Version(reader, 0, cipher), reader.GetInt64(7), reader.GetString(8)));
        }

        return new ChangePage(changes, end);
    });

    private async Task<long> LastSequenceAsync(CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("select case when is_called then last_value else 0 end from seq");
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Waits until every transaction has ended that is open now; false where one takes too long. All hosts of a cluster use one role, whose sessions it sees.</summary>
    private async Task<bool> SettledAsync(CancellationToken cancel)
    {
        var open = await OpenTransactionsAsync(cancel);
        for (var waited = TimeSpan.Zero; open.Count > 0; waited += s_lookAgain)
        {
            if (waited >= s_settle)
            {
                return false;
            }

            await Task.Delay(s_lookAgain, cancel);
            open.IntersectWith(await OpenTransactionsAsync(cancel));
        }

        return true;
    }

    private async Task<HashSet<(int Session, DateTime Begun)>> OpenTransactionsAsync(CancellationToken cancel)
    {
        await using var command = _source.CreateCommand(
            "select pid, xact_start from pg_stat_activity where datname = current_database() and usename = current_user and pid <> pg_backend_pid() and xact_start is not null");
        var open = new HashSet<(int, DateTime)>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            open.Add((reader.GetInt32(0), reader.GetDateTime(1)));
        }

        return open;
    }
}
