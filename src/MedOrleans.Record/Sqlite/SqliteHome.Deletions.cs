using MedOrleans.Record.Lifecycle;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteHome
{
    // A hospital that has sealed nothing yet must not get a key after its end: a destroyed one stands in its way.
    public Task DestroyKeysAsync(TenantId tenant, DateTimeOffset now, CancellationToken cancel) => _connections.WriteAsync(
        connection =>
        {
            SqliteConnections.Execute(
                connection, "insert into tenant_key (slug, id, fingerprint, made) select $1, 1, '', $2 where not exists (select 1 from tenant_key where slug = $1)", tenant.Value, now.ToUnixTimeMilliseconds());
            return SqliteConnections.Execute(
                connection, "update tenant_key set wrapped = null, destroyed = $2 where slug = $1 and destroyed is null", tenant.Value, now.ToUnixTimeMilliseconds());
        },
        cancel);

    public Task<TenantDeletion?> FindDeletionAsync(TenantId tenant, CancellationToken cancel) => _connections.ReadAsync<TenantDeletion?>(
        connection =>
        {
            using var command = SqliteConnections.Command(connection, "select step, requested, progress, finished, certificate from tenant_deletion where slug = $1", tenant.Value);
            using var reader = command.ExecuteReader();
            return !reader.Read() ? null : new TenantDeletion
            {
                Tenant = tenant,
                Step = (DeletionStep)reader.GetInt32(0),
                Requested = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)),
                Progress = DeletionJson.Parse(reader.GetString(2)),
                Finished = reader.IsDBNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
                Certificate = reader.IsDBNull(4) ? null : reader.GetString(4),
            };
        },
        cancel);

    public Task SaveDeletionAsync(TenantDeletion deletion, CancellationToken cancel) => _connections.WriteAsync(
        connection => SqliteConnections.Execute(
            connection,
            """
            insert into tenant_deletion (slug, step, requested, progress, finished, certificate) values ($1, $2, $3, $4, $5, $6)
            on conflict (slug) do update set step = excluded.step, progress = excluded.progress, finished = excluded.finished, certificate = excluded.certificate
            """,
            deletion.Tenant.Value, (int)deletion.Step, deletion.Requested.ToUnixTimeMilliseconds(), DeletionJson.Print(deletion.Progress),
            deletion.Finished?.ToUnixTimeMilliseconds(), deletion.Certificate),
        cancel);

    public Task<IReadOnlyList<TenantId>> UnfinishedDeletionsAsync(CancellationToken cancel) => SlugsAsync("finished is null", [], cancel);

    public Task<IReadOnlyList<TenantId>> FinishedDeletionsAsync(DateTimeOffset since, CancellationToken cancel) =>
        SlugsAsync("finished >= $1", [since.ToUnixTimeMilliseconds()], cancel);

    private Task<IReadOnlyList<TenantId>> SlugsAsync(string condition, object?[] values, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyList<TenantId>>(
        connection =>
        {
            using var command = SqliteConnections.Command(connection, $"select slug from tenant_deletion where {condition} order by slug", values);
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
