using System.Text.Json;
using MedOrleans.Metering;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    // What a read returns: a sealed body is longer by its key's number, nonce and tag.
    private static readonly string s_plainLength = FormattableString.Invariant($"length(body) - iif(substr(body, 1, 1) = x'{SealedBody.AesGcm:x2}', {SealedBody.Overhead}, 0)");

    public Task<DateTimeOffset> TimeAsync(CancellationToken cancel) => Task.FromResult(time.GetUtcNow());

    public Task<IReadOnlyDictionary<string, long>> UsageBeforeAsync(TenantId tenant, DateTimeOffset before, CancellationToken cancel) =>
        _connections.ReadAsync<IReadOnlyDictionary<string, long>>(
            connection =>
            {
                using var command = SqliteConnections.Command(
                    connection, "select meter, sum(quantity) from usage where tenant = $1 and at < $2 group by meter",
                    Number(connection, tenant), Microseconds(UsageHours.Floor(before)));
                using var reader = command.ExecuteReader();
                var sums = new Dictionary<string, long>(StringComparer.Ordinal);
                while (reader.Read())
                {
                    sums.Add(reader.GetString(0), reader.GetInt64(1));
                }

                return sums;
            },
            cancel);

    public Task<UsageBatchOutcome[]> ApplyUsageAsync(IReadOnlyList<UsageBatch> batches, CancellationToken cancel) => _connections.WriteAsync(
        connection =>
        {
            var now = Microseconds(time.GetUtcNow());
            var outcomes = new UsageBatchOutcome[batches.Count];
            for (var i = 0; i < outcomes.Length; i++)
            {
                outcomes[i] = Apply(connection, batches[i], now);
            }

            return outcomes;
        },
        cancel);

    public Task<UsageEvidence> UsageEvidenceAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel) => _connections.ReadAsync(
        connection =>
        {
            var number = Number(connection, tenant);
            var (start, end) = (Microseconds(UsageHours.Floor(from)), Microseconds(UsageHours.Ceiling(to)));
            SqliteConnections.Execute(connection, "begin");
            try
            {
                return new UsageEvidence(
                    Buckets(connection, Metered(flushed: false), number, start, end),
                    Buckets(
                        connection,
                        $"""
                        with hours as (
                          select coalesce(committed, last_updated) / {Hour} as hour, count(*) as writes, sum({s_plainLength}) as bytes, sum(kind = 0) - sum(kind = 2) as resources
                          from version where tenant = $1 and coalesce(committed, last_updated) >= $2 and coalesce(committed, last_updated) < $3 group by 1)
                        select meter, hour, quantity from (
                          select '{MeterNames.ApiWrite}' as meter, hour, writes as quantity from hours
                          union all select '{MeterNames.StorageBytes}', hour, bytes from hours
                          union all select '{MeterNames.RecordResources}', hour, resources from hours)
                        where quantity <> 0 order by 2, 1
                        """,
                        number, start, end),
                    Buckets(connection, Metered(flushed: true), number, start, end),
                    Buckets(
                        connection,
                        $"select q.key, b.at / {Hour}, sum(q.value) from usage_batch b, json_each(b.quantities) q where b.tenant = $1 and b.at >= $2 and b.at < $3 group by 1, 2 order by 2, 1",
                        number, start, end),
                    Sources(connection, number, start, end));
            }
            finally
            {
                SqliteConnections.Execute(connection, "commit");
            }
        },
        cancel);

    public async Task<long?> CompactUsageAsync(DateTimeOffset before, CancellationToken cancel)
    {
        long gone = 0;
        var limit = Microseconds(UsageHours.Floor(before));
        foreach (var tenant in await _connections.ReadAsync(Numbers, cancel))
        {
            for (var done = false; !done;)
            {
                // A transaction an hour, so that commits are never held up for long.
                var (rows, isLast) = await _connections.WriteAsync(connection => CompactHour(connection, tenant, limit), cancel);
                (gone, done) = (gone + rows, isLast);
            }
        }

        return gone;
    }

    private static UsageBatchOutcome Apply(SqliteConnection connection, UsageBatch batch, long now)
    {
        using var find = SqliteConnections.Command(connection, "select no from tenant where slug = $1", batch.Tenant.Value);
        if (find.ExecuteScalar() is not long tenant)
        {
            return UsageBatchOutcome.UnknownTenant;
        }

        var source = batch.Source.ToByteArray(bigEndian: true);
        var added = SqliteConnections.Execute(
            connection,
            """
            insert into usage_batch (tenant, source, first, last, at, quantities) select $1, $2, $3, $3, $4, $5
            where not exists (select 1 from usage_batch where tenant = $1 and source = $2 and last >= $3 and first <= $3)
            """,
            tenant, source, batch.Sequence, now, batch.ToJson());
        if (added == 0)
        {
            return UsageBatchOutcome.Repeated;
        }

        foreach (var used in batch.Quantities)
        {
            SqliteConnections.Execute(connection, "update counter set value = value + 1 where name = 'seq'");
            SqliteConnections.Execute(
                connection,
                "insert into usage (tenant, meter, at, seq, quantity, flushed) select $1, $2, $3, value, $4, 1 from counter where name = 'seq'",
                tenant, used.Meter, now, used.Quantity);
        }

        return UsageBatchOutcome.Applied;
    }

    /// <summary>Rolls up the first hour of a tenant that is not yet, and that is over before <paramref name="limit"/>.</summary>
    private (long Gone, bool IsLast) CompactHour(SqliteConnection connection, int tenant, long limit)
    {
        using var first = SqliteConnections.Command(
            connection,
            """
            with done as (select coalesce((select upto from usage_rollup where tenant = $1), 0) as upto)
            select min(at) from (
              select min(at) as at from usage where tenant = $1 and at >= (select upto from done)
              union all select min(at) from usage_batch where tenant = $1 and at >= (select upto from done))
            """,
            tenant);
        if (first.ExecuteScalar() is not long at || at - (at % Hour) is var hour && hour >= limit)
        {
            return (0, true);
        }

        var end = hour + Hour;
        var gone = RollUpUsage(connection, tenant, hour, end) + RollUpBatches(connection, tenant, hour, end);

        // The hour that is not over is never done with: none is after it.
        var over = end <= Microseconds(time.GetUtcNow());
        if (over)
        {
            SqliteConnections.Execute(
                connection, "insert into usage_rollup (tenant, upto) values ($1, $2) on conflict (tenant) do update set upto = excluded.upto", tenant, end);
        }

        return (gone, !over || end >= limit);
    }

    private static long RollUpUsage(SqliteConnection connection, int tenant, long hour, long end)
    {
        var sums = new List<(string Meter, long Flushed, long Quantity, long Seq)>();
        using (var command = SqliteConnections.Command(
            connection, "select meter, flushed, sum(quantity), max(seq) from usage where tenant = $1 and at >= $2 and at < $3 group by 1, 2", tenant, hour, end))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                sums.Add((reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
            }
        }

        var gone = SqliteConnections.Execute(connection, "delete from usage where tenant = $1 and at >= $2 and at < $3", tenant, hour, end);
        foreach (var (meter, flushed, quantity, seq) in sums)
        {
            SqliteConnections.Execute(
                connection, "insert into usage (tenant, meter, at, seq, quantity, flushed) values ($1, $2, $3, $4, $5, $6)", tenant, meter, hour, seq, quantity, flushed);
        }

        return gone - sums.Count;
    }

    // Only numbers that follow on one another make one row: a batch that is still to come must find its number free.
    private static long RollUpBatches(SqliteConnection connection, int tenant, long hour, long end)
    {
        var runs = new List<(byte[] Source, long First, long Last, SortedDictionary<string, long> Quantities)>();
        using (var command = SqliteConnections.Command(
            connection, "select source, first, last, quantities from usage_batch where tenant = $1 and at >= $2 and at < $3 order by source, first", tenant, hour, end))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var source = (byte[])reader.GetValue(0);
                var (first, last) = (reader.GetInt64(1), reader.GetInt64(2));
                if (runs.Count == 0 || runs[^1].Last + 1 != first || !runs[^1].Source.AsSpan().SequenceEqual(source))
                {
                    runs.Add((source, first, last, new SortedDictionary<string, long>(StringComparer.Ordinal)));
                }

                var run = runs[^1] with { Last = last };
                runs[^1] = run;
                foreach (var (meter, quantity) in JsonSerializer.Deserialize<Dictionary<string, long>>(reader.GetString(3))!)
                {
                    run.Quantities[meter] = run.Quantities.GetValueOrDefault(meter) + quantity;
                }
            }
        }

        var gone = SqliteConnections.Execute(connection, "delete from usage_batch where tenant = $1 and at >= $2 and at < $3", tenant, hour, end);
        foreach (var (source, first, last, quantities) in runs)
        {
            SqliteConnections.Execute(
                connection, "insert into usage_batch (tenant, source, first, last, at, quantities) values ($1, $2, $3, $4, $5, $6)",
                tenant, source, first, last, hour, JsonSerializer.Serialize(quantities));
        }

        return gone - runs.Count;
    }

    private static string Metered(bool flushed) =>
        $"select meter, at / {Hour}, sum(quantity) from usage where tenant = $1 and at >= $2 and at < $3 and flushed = {(flushed ? 1 : 0)} group by 1, 2 order by 2, 1";

    private static List<UsageBucket> Buckets(SqliteConnection connection, string sql, int tenant, long from, long to)
    {
        using var command = SqliteConnections.Command(connection, sql, tenant, from, to);
        using var reader = command.ExecuteReader();
        var buckets = new List<UsageBucket>();
        while (reader.Read())
        {
            buckets.Add(new UsageBucket(reader.GetString(0), Time(reader.GetInt64(1) * Hour), reader.GetInt64(2)));
        }

        return buckets;
    }

    private static List<UsageSource> Sources(SqliteConnection connection, int tenant, long from, long to)
    {
        using var command = SqliteConnections.Command(
            connection,
            """
            select source, sum(last - first + 1), max(last) from usage_batch
            where tenant = $1 and source in (select source from usage_batch where tenant = $1 and at >= $2 and at < $3)
            group by source order by source
            """,
            tenant, from, to);
        using var reader = command.ExecuteReader();
        var sources = new List<UsageSource>();
        while (reader.Read())
        {
            sources.Add(new UsageSource(new Guid((byte[])reader.GetValue(0), bigEndian: true), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return sources;
    }

    private static List<int> Numbers(SqliteConnection connection)
    {
        using var command = SqliteConnections.Command(connection, "select no from tenant order by no");
        using var reader = command.ExecuteReader();
        var numbers = new List<int>();
        while (reader.Read())
        {
            numbers.Add(reader.GetInt32(0));
        }

        return numbers;
    }
}
