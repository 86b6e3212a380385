using MedOrleans.Record.Lifecycle;
using Npgsql;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresHome
{
    // A hospital that has sealed nothing yet must not get a key after its end: a destroyed one stands in its way.
    public Task DestroyKeysAsync(TenantId tenant, DateTimeOffset now, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("""
            with placed as (
              insert into tenant_key (slug, id, fingerprint, made, destroyed) select $1, 1, '', $2, $2 where not exists (select from tenant_key where slug = $1) on conflict do nothing
            )
            update tenant_key set wrapped = null, destroyed = $2 where slug = $1 and destroyed is null
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(Time(now));
        return await command.ExecuteNonQueryAsync(cancel);
    });

    public Task<TenantDeletion?> FindDeletionAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync<TenantDeletion?>(async () =>
    {
        await using var command = _source.CreateCommand("select step, requested, progress, finished, certificate from tenant_deletion where slug = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return !await reader.ReadAsync(cancel) ? null : new TenantDeletion
        {
            Tenant = tenant,
            Step = (DeletionStep)reader.GetInt16(0),
            Requested = Time(reader, 1)!.Value,
            Progress = DeletionJson.Parse(reader.GetString(2)),
            Finished = Time(reader, 3),
            Certificate = reader.IsDBNull(4) ? null : reader.GetString(4),
        };
    });

    public Task SaveDeletionAsync(TenantDeletion deletion, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("""
            insert into tenant_deletion (slug, step, requested, progress, finished, certificate) values ($1, $2, $3, $4, $5, $6)
            on conflict (slug) do update set step = excluded.step, progress = excluded.progress, finished = excluded.finished, certificate = excluded.certificate
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = deletion.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)deletion.Step });
        command.Parameters.Add(Time(deletion.Requested));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = DeletionJson.Print(deletion.Progress) });
        command.Parameters.Add(Time(deletion.Finished));
        command.Parameters.Add(new NpgsqlParameter { Value = deletion.Certificate ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return await command.ExecuteNonQueryAsync(cancel);
    });

    public Task<IReadOnlyList<TenantId>> UnfinishedDeletionsAsync(CancellationToken cancel) => SlugsAsync("finished is null", null, cancel);

    public Task<IReadOnlyList<TenantId>> FinishedDeletionsAsync(DateTimeOffset since, CancellationToken cancel) => SlugsAsync("finished >= $1", since, cancel);

    private Task<IReadOnlyList<TenantId>> SlugsAsync(string condition, DateTimeOffset? since, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyList<TenantId>>(async () =>
    {
        await using var command = _source.CreateCommand($"select slug from tenant_deletion where {condition} order by slug");
        if (since is not null)
        {
            command.Parameters.Add(Time(since));
        }

        var tenants = new List<TenantId>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            tenants.Add(TenantId.Parse(reader.GetString(0)));
        }

        return tenants;
    });
}
