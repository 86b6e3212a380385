using MedOrleans.Metering;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    // "usageb", "usagec": the first is shared by those that apply batches and taken alone by the one that rolls them up; the second keeps
    // those that roll up apart.
    private const long BatchLock = 0x757361676562;
    private const long CompactionLock = 0x757361676563;

    // What a read returns: a sealed body is longer by its key's number, nonce and tag.
    private static readonly string s_plainLength = FormattableString.Invariant(
        $"length(body) - case when substring(body from 1 for 1) = '\\x{SealedBody.AesGcm:x2}'::bytea then {SealedBody.Overhead} else 0 end");

    private const string Apply = """
        with wanted as materialized (
          select w.ord, w.source, w.sequence, w.quantities, t.no as tenant
          from unnest($1, $2, $3, $4, $5) as w(ord, slug, source, sequence, quantities) left join tenant t on t.slug = w.slug
        ), fresh as (
          insert into usage_batch (tenant, source, first, last, quantities)
          select tenant, source, sequence, sequence, cast(quantities as jsonb) from wanted w
          where tenant is not null and not exists (
            select from usage_batch b where b.tenant = w.tenant and b.source = w.source and b.last >= w.sequence and b.first <= w.sequence)
          order by tenant, source, sequence
          on conflict do nothing
          returning tenant, source, last, quantities
        ), used as (
          insert into usage (tenant, meter, seq, quantity, flushed)
          select f.tenant, q.key, nextval('seq'), cast(q.value as bigint), true from fresh f cross join lateral jsonb_each_text(f.quantities) q
        )
        select w.ord, w.tenant is not null, f.tenant is not null
        from wanted w left join fresh f on f.tenant = w.tenant and f.source = w.source and f.last = w.sequence
        """;

    private const string RollUpUsage = """
        with gone as (
          delete from usage where tenant = $1 and at >= $2 and at < $3 returning meter, quantity, flushed
        ), kept as (
          insert into usage (tenant, meter, at, seq, quantity, flushed)
          select $1, meter, $2, nextval('seq'), cast(sum(quantity) as bigint), flushed from gone group by meter, flushed
          returning 1
        )
        select (select count(*) from gone) - (select count(*) from kept)
        """;

    // Only numbers that follow on one another make one row: a batch that is still to come must find its number free.
    private const string RollUpBatches = """
        with gone as (
          delete from usage_batch where tenant = $1 and at >= $2 and at < $3 returning source, first, last, quantities
        ), runs as (
          select source, first, last, quantities, first - sum(last - first + 1) over (partition by source order by first) + (last - first) as run from gone
        ), sums as (
          select r.source, r.run, q.key, cast(sum(cast(q.value as bigint)) as bigint) as quantity
          from runs r cross join lateral jsonb_each_text(r.quantities) q group by r.source, r.run, q.key
        ), kept as (
          insert into usage_batch (tenant, source, first, last, at, quantities)
          select $1, r.source, min(r.first), max(r.last), $2, (select jsonb_object_agg(s.key, s.quantity) from sums s where s.source = r.source and s.run = r.run)
          from runs r group by r.source, r.run
          returning 1
        )
        select (select count(*) from gone) - (select count(*) from kept)
        """;

    private const string Committed = "coalesce(committed, last_updated)";

    public Task<DateTimeOffset> TimeAsync(CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("select now()");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
    });

    public Task<IReadOnlyDictionary<string, long>> UsageBeforeAsync(TenantId tenant, DateTimeOffset before, CancellationToken cancel) =>
        PostgresErrors.GuardAsync<IReadOnlyDictionary<string, long>>(async () =>
        {
            await using var command = _source.CreateCommand("select meter, cast(sum(quantity) as bigint) from usage where tenant = $1 and at < $2 group by meter");
            Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
            Add(command, UsageHours.Floor(before).UtcDateTime, NpgsqlDbType.TimestampTz);
            var sums = new Dictionary<string, long>(StringComparer.Ordinal);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                sums.Add(reader.GetString(0), reader.GetInt64(1));
            }

            return sums;
        });

    public Task<UsageBatchOutcome[]> ApplyUsageAsync(IReadOnlyList<UsageBatch> batches, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        var outcomes = new UsageBatchOutcome[batches.Count];
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await ScalarAsync<object>(connection, $"select pg_advisory_xact_lock_shared({BatchLock})", cancel);
        await using (var command = new NpgsqlCommand(Apply, connection))
        {
            Add(command, Enumerable.Range(0, batches.Count).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
            Add(command, batches.Select(batch => batch.Tenant.Value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
            Add(command, batches.Select(batch => batch.Source).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
            Add(command, batches.Select(batch => batch.Sequence).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
            Add(command, batches.Select(batch => batch.ToJson()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                outcomes[reader.GetInt32(0)] = !reader.GetBoolean(1) ? UsageBatchOutcome.UnknownTenant
                    : reader.GetBoolean(2) ? UsageBatchOutcome.Applied : UsageBatchOutcome.Repeated;
            }
        }

        await transaction.CommitAsync(cancel);
        return outcomes;
    });

    public Task<UsageEvidence> UsageEvidenceAsync(TenantId tenant, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        var number = await NumberAsync(tenant, cancel);
        var (start, end) = (UsageHours.Floor(from).UtcDateTime, UsageHours.Ceiling(to).UtcDateTime);
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        Task<List<UsageBucket>> BucketsAsync(string sql) => UsageBucketsAsync(connection, sql, number, start, end, cancel);
        return new UsageEvidence(
            await BucketsAsync("select meter, date_trunc('hour', at, 'UTC'), cast(sum(quantity) as bigint) from usage where tenant = $1 and at >= $2 and at < $3 and not flushed group by 1, 2 order by 2, 1"),
            await BucketsAsync($"""
                select m.meter, h.hour, m.quantity from (
                  select date_trunc('hour', {Committed}, 'UTC') as hour, count(*) as writes, sum({s_plainLength}) as bytes,
                    count(*) filter (where kind = 0) - count(*) filter (where kind = 2) as resources
                  from version where tenant = $1 and {Committed} >= $2 and {Committed} < $3 group by 1) h
                cross join lateral (values ('{MeterNames.ApiWrite}', h.writes), ('{MeterNames.StorageBytes}', h.bytes), ('{MeterNames.RecordResources}', h.resources)) as m(meter, quantity)
                where m.quantity <> 0 order by 2, 1
                """),
            await BucketsAsync("select meter, date_trunc('hour', at, 'UTC'), cast(sum(quantity) as bigint) from usage where tenant = $1 and at >= $2 and at < $3 and flushed group by 1, 2 order by 2, 1"),
            await BucketsAsync("""
                select q.key, date_trunc('hour', b.at, 'UTC'), cast(sum(cast(q.value as bigint)) as bigint)
                from usage_batch b cross join lateral jsonb_each_text(b.quantities) q where b.tenant = $1 and b.at >= $2 and b.at < $3 group by 1, 2 order by 2, 1
                """),
            await SourcesAsync(connection, number, start, end, cancel));
    });

    public Task<long?> CompactUsageAsync(DateTimeOffset before, CancellationToken cancel) => PostgresErrors.GuardAsync<long?>(async () =>
    {
        long gone = 0;
        await using var connection = await _source.OpenConnectionAsync(cancel);
        var tenants = await TenantNumbersAsync(connection, cancel);
        var limit = UsageHours.Floor(before).UtcDateTime;
        foreach (var tenant in tenants)
        {
            for (var done = false; !done;)
            {
                await using var transaction = await connection.BeginTransactionAsync(cancel);
                if (!await ScalarAsync<bool>(connection, $"select pg_try_advisory_xact_lock({CompactionLock})", cancel))
                {
                    return null;
                }

                await ScalarAsync<object>(connection, $"select pg_advisory_xact_lock({BatchLock})", cancel);
                var (rows, isLast) = await CompactHourAsync(connection, tenant, limit, cancel);
                await transaction.CommitAsync(cancel);
                (gone, done) = (gone + rows, isLast);
            }
        }

        return gone;
    });

    /// <summary>Rolls up the first hour of a tenant that is not yet, and that is over before <paramref name="limit"/>.</summary>
    private static async Task<(long Gone, bool IsLast)> CompactHourAsync(NpgsqlConnection connection, int tenant, DateTime limit, CancellationToken cancel)
    {
        var hour = await ScalarAsync<DateTime?>(
            connection,
            """
            with done as (select coalesce((select upto from usage_rollup where tenant = $1), '-infinity') as upto)
            select date_trunc('hour', least(
              (select min(at) from usage where tenant = $1 and at >= (select upto from done)),
              (select min(at) from usage_batch where tenant = $1 and at >= (select upto from done))), 'UTC')
            """,
            cancel,
            tenant);
        if (hour is null || hour >= limit)
        {
            return (0, true);
        }

        var end = hour.Value.AddHours(1);
        var gone = await ScalarAsync<long>(connection, RollUpUsage, cancel, tenant, hour.Value, end) + await ScalarAsync<long>(connection, RollUpBatches, cancel, tenant, hour.Value, end);

        // The hour that is not over is never done with: none is after it.
        var over = await ScalarAsync<int>(
            connection,
            """
            insert into usage_rollup (tenant, upto) select $1, $2 where $2 <= now()
            on conflict (tenant) do update set upto = excluded.upto
            returning 1
            """,
            cancel,
            tenant,
            end);
        return (gone, over == 0 || end >= limit);
    }

    private static async Task<List<UsageBucket>> UsageBucketsAsync(
        NpgsqlConnection connection, string sql, int tenant, DateTime from, DateTime to, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Add(command, tenant, NpgsqlDbType.Integer);
        Add(command, from, NpgsqlDbType.TimestampTz);
        Add(command, to, NpgsqlDbType.TimestampTz);
        var buckets = new List<UsageBucket>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            buckets.Add(new UsageBucket(reader.GetString(0), new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero), reader.GetInt64(2)));
        }

        return buckets;
    }

    private static async Task<List<UsageSource>> SourcesAsync(NpgsqlConnection connection, int tenant, DateTime from, DateTime to, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select source, cast(sum(last - first + 1) as bigint), max(last) from usage_batch
            where tenant = $1 and source in (select source from usage_batch where tenant = $1 and at >= $2 and at < $3)
            group by source order by source
            """,
            connection);
        Add(command, tenant, NpgsqlDbType.Integer);
        Add(command, from, NpgsqlDbType.TimestampTz);
        Add(command, to, NpgsqlDbType.TimestampTz);
        var sources = new List<UsageSource>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            sources.Add(new UsageSource(reader.GetGuid(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return sources;
    }

    private static async Task<List<int>> TenantNumbersAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select no from tenant order by no", connection);
        var numbers = new List<int>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            numbers.Add(reader.GetInt32(0));
        }

        return numbers;
    }

    private static async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            _ = value is DateTime time ? Add(command, time, NpgsqlDbType.TimestampTz) : Add(command, (int)value, NpgsqlDbType.Integer);
        }

        return await command.ExecuteScalarAsync(cancel) is T found ? found : default;
    }
}
