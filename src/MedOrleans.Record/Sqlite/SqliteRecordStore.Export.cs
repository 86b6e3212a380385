using System.Text.Json;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    public Task AddExportAsync(TenantId tenant, Guid id, ExportRequest request, DateTimeOffset expires, CancellationToken cancel) => _connections.WriteAsync(
        connection => SqliteConnections.Execute(
            connection, "insert into export_job (id, tenant, request, requested, expires) values ($1, $2, $3, $4, $5)",
            id.ToString(), Number(connection, tenant), request.ToJson(), Microseconds(time.GetUtcNow()), Microseconds(expires)),
        cancel);

    public Task<IReadOnlyList<ExportJob>> ExportsAsync(TenantId tenant, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyList<ExportJob>>(
        connection =>
        {
            using var command = SqliteConnections.Command(
                connection, "select id, request, requested, expires, taken, parts from export_job where tenant = $1 order by no", Number(connection, tenant));
            using var reader = command.ExecuteReader();
            var jobs = new List<ExportJob>();
            while (reader.Read())
            {
                jobs.Add(new ExportJob(
                    Guid.Parse(reader.GetString(0)), ExportRequest.Parse(reader.GetString(1)), Time(reader.GetInt64(2)), Time(reader.GetInt64(3)),
                    reader.IsDBNull(4) ? null : Time(reader.GetInt64(4)), ExportPart.Parse(Text(reader, 5))));
            }

            return jobs;
        },
        cancel);

    public Task TakeExportAsync(TenantId tenant, Guid id, CancellationToken cancel) => _connections.WriteAsync(
        connection =>
        {
            var number = Number(connection, tenant);
            long job;
            ExportRequest request;
            using (var find = SqliteConnections.Command(connection, "select no, request from export_job where tenant = $1 and id = $2 and taken is null", number, id.ToString()))
            using (var reader = find.ExecuteReader())
            {
                if (!reader.Read())
                {
                    return false;
                }

                (job, request) = (reader.GetInt64(0), ExportRequest.Parse(reader.GetString(1)));
            }

            SqliteConnections.Execute(
                connection,
                """
                insert into export_row (tenant, job, part, no, rid, version)
                select $1, $2, part, row_number() over (partition by part order by rid), rid, version from (
                  select iif(r.deleted, '', r.type) as part, r.rid, r.version from resource r
                  where r.tenant = $1 and r.type in (select value from json_each($3))
                    and ($4 is null and not r.deleted or r.last_updated >= $4)
                    and (not $5 or r.deleted or r.type = 'Patient' or exists (
                      select 1 from index_text x where x.rid = r.rid and x.param in (select value from json_each($6)) and x.key >= 'Patient/' and x.key < 'Patient0')))
                """,
                number, job, JsonSerializer.Serialize(request.Types), request.Since is { } since ? Microseconds(since) : null, request.OfPatients, JsonSerializer.Serialize(PatientReferences.Parameters));
            var parts = new List<ExportPart>();
            using (var count = SqliteConnections.Command(connection, "select part, count(*) from export_row where tenant = $1 and job = $2 group by part order by part", number, job))
            using (var reader = count.ExecuteReader())
            {
                while (reader.Read())
                {
                    parts.Add(new ExportPart(reader.GetString(0), reader.GetInt64(1)));
                }
            }

            SqliteConnections.Execute(connection, "update export_job set taken = $2, parts = $3 where no = $1", job, Microseconds(time.GetUtcNow()), ExportPart.ToJson(parts));
            return true;
        },
        cancel);

    public async Task<IReadOnlyList<StoredVersion>> ExportRowsAsync(TenantId tenant, Guid id, string part, long after, int count, CancellationToken cancel)
    {
        var cipher = await keys.ForReadingAsync(tenant, cancel);
        return await _connections.ReadAsync<IReadOnlyList<StoredVersion>>(
            connection => List(
                connection, cipher,
                $"""
                select {Columns} from export_job j
                join export_row x on x.tenant = j.tenant and x.job = j.no and x.part = $3 and x.no > $4 and x.no <= $5
                join version v on v.rid = x.rid and v.version = x.version
                where j.tenant = $1 and j.id = $2 order by x.no
                """,
                Number(connection, tenant), id.ToString(), part, after, after + count),
            cancel);
    }

    public Task<bool> DropExportAsync(TenantId tenant, Guid id, CancellationToken cancel) => _connections.WriteAsync(
        connection =>
        {
            var number = Number(connection, tenant);
            SqliteConnections.Execute(
                connection, "delete from export_row where tenant = $1 and job = (select no from export_job where tenant = $1 and id = $2)", number, id.ToString());
            return SqliteConnections.Execute(connection, "delete from export_job where tenant = $1 and id = $2", number, id.ToString()) > 0;
        },
        cancel);

    public Task<IReadOnlyList<TenantId>> OpenExportsAsync(DateTimeOffset now, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyList<TenantId>>(
        connection =>
        {
            using var command = SqliteConnections.Command(
                connection,
                "select slug from tenant where no in (select tenant from export_job where taken is null union select tenant from export_job where expires < $1)",
                Microseconds(now));
            using var reader = command.ExecuteReader();
            var tenants = new List<TenantId>();
            while (reader.Read())
            {
                tenants.Add(TenantId.Parse(reader.GetString(0)));
            }

            return tenants;
        },
        cancel);
}
