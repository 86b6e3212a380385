using MedOrleans.Record.Store;
using MedOrleans.Records;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    // One statement sees one moment, however many others commit meanwhile.
    private const string TakeExport = """
        with taken as (
          insert into export_row (tenant, job, part, no, rid, version)
          select $1, $2, part, row_number() over (partition by part order by rid), rid, version from (
            select case when r.deleted then '' else r.type end as part, r.rid, r.version from resource r
            where r.tenant = $1 and r.type = any($3)
              and (case when cast($4 as timestamptz) is null then not r.deleted else r.last_updated >= $4 end)
              and (not $5 or r.deleted or r.type = 'Patient' or exists (
                select from index_text x where x.rid = r.rid and x.param = any($6) and x.key >= 'Patient/' and x.key < 'Patient0'))) picked
          returning part
        )
        select part, count(*) from taken group by part order by part
        """;

    public Task AddExportAsync(TenantId tenant, Guid id, ExportRequest request, DateTimeOffset expires, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("insert into export_job (id, tenant, request, expires) values ($1, $2, $3, $4)");
        Add(command, id, NpgsqlDbType.Uuid);
        Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
        Add(command, request.ToJson(), NpgsqlDbType.Text);
        Add(command, expires.UtcDateTime, NpgsqlDbType.TimestampTz);
        return await command.ExecuteNonQueryAsync(cancel);
    });

    public Task<IReadOnlyList<ExportJob>> ExportsAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyList<ExportJob>>(async () =>
    {
        await using var command = _source.CreateCommand("select id, request, requested, expires, taken, parts from export_job where tenant = $1 order by no");
        Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
        var jobs = new List<ExportJob>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            jobs.Add(new ExportJob(
                reader.GetGuid(0), ExportRequest.Parse(reader.GetString(1)),
                new DateTimeOffset(reader.GetDateTime(2), TimeSpan.Zero), new DateTimeOffset(reader.GetDateTime(3), TimeSpan.Zero),
                reader.IsDBNull(4) ? null : new DateTimeOffset(reader.GetDateTime(4), TimeSpan.Zero), ExportPart.Parse(Text(reader, 5))));
        }

        return jobs;
    });

    public Task TakeExportAsync(TenantId tenant, Guid id, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        var number = await NumberAsync(tenant, cancel);
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        long job;
        ExportRequest request;
        await using (var find = new NpgsqlCommand("select no, request from export_job where tenant = $1 and id = $2 and taken is null for update", connection))
        {
            Add(find, number, NpgsqlDbType.Integer);
            Add(find, id, NpgsqlDbType.Uuid);
            await using var reader = await find.ExecuteReaderAsync(cancel);
            if (!await reader.ReadAsync(cancel))
            {
                return false;
            }

            (job, request) = (reader.GetInt64(0), ExportRequest.Parse(reader.GetString(1)));
        }

        var parts = new List<ExportPart>();
        await using (var take = new NpgsqlCommand(TakeExport, connection) { CommandTimeout = 0 })
        {
            Add(take, number, NpgsqlDbType.Integer);
            Add(take, job, NpgsqlDbType.Bigint);
            Add(take, request.Types.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
            take.Parameters.Add(new NpgsqlParameter { Value = request.Since is { } since ? since.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            Add(take, request.OfPatients, NpgsqlDbType.Boolean);
            Add(take, PatientReferences.Parameters, NpgsqlDbType.Array | NpgsqlDbType.Integer);
            await using var reader = await take.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                parts.Add(new ExportPart(reader.GetString(0), reader.GetInt64(1)));
            }
        }

        await using (var done = new NpgsqlCommand("update export_job set taken = now(), parts = $2 where no = $1", connection))
        {
            Add(done, job, NpgsqlDbType.Bigint);
            Add(done, ExportPart.ToJson(parts), NpgsqlDbType.Text);
            await done.ExecuteNonQueryAsync(cancel);
        }

        await transaction.CommitAsync(cancel);
        return true;
    });

    public Task<IReadOnlyList<StoredVersion>> ExportRowsAsync(TenantId tenant, Guid id, string part, long after, int count, CancellationToken cancel) =>
        PostgresErrors.GuardAsync<IReadOnlyList<StoredVersion>>(async () =>
        {
            await using var command = _source.CreateCommand($"""
                select {Columns} from export_job j
                join export_row x on x.tenant = j.tenant and x.job = j.no and x.part = $3 and x.no > $4 and x.no <= $5
                join version v on v.rid = x.rid and v.version = x.version
                where j.tenant = $1 and j.id = $2 order by x.no
                """);
            Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
            Add(command, id, NpgsqlDbType.Uuid);
            Add(command, part, NpgsqlDbType.Text);
            Add(command, after, NpgsqlDbType.Bigint);
            Add(command, after + count, NpgsqlDbType.Bigint);
            return await ListAsync(command, await _keys.ForReadingAsync(tenant, cancel), cancel);
        });

    public Task<bool> DropExportAsync(TenantId tenant, Guid id, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("""
            with job as (delete from export_job where tenant = $1 and id = $2 returning no),
            rows as (delete from export_row where tenant = $1 and job in (select no from job))
            select count(*) > 0 from job
            """);
        command.CommandTimeout = 0;
        Add(command, await NumberAsync(tenant, cancel), NpgsqlDbType.Integer);
        Add(command, id, NpgsqlDbType.Uuid);
        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    });

    public Task<IReadOnlyList<TenantId>> OpenExportsAsync(DateTimeOffset now, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyList<TenantId>>(async () =>
    {
        await using var command = _source.CreateCommand(
            "select slug from tenant where no in (select tenant from export_job where taken is null union select tenant from export_job where expires < $1)");
        Add(command, now.UtcDateTime, NpgsqlDbType.TimestampTz);
        var tenants = new List<TenantId>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            tenants.Add(TenantId.Parse(reader.GetString(0)));
        }

        return tenants;
    });
}
