using MedOrleans.Record.Keys;
using Npgsql;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresHome
{
    public Task<byte[]?> FindSecretAsync(string name, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("select value from cluster_secret where name = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        return await command.ExecuteScalarAsync(cancel) as byte[];
    });

    public Task<IReadOnlyList<StoredTenantKey>> KeysAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyList<StoredTenantKey>>(async () =>
    {
        await using var command = _source.CreateCommand("select id, wrapped, fingerprint, made, destroyed from tenant_key where slug = $1 order by id");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        var keys = new List<StoredTenantKey>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            keys.Add(new StoredTenantKey(
                reader.GetInt32(0),
                reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1),
                reader.GetString(2),
                new DateTimeOffset(reader.GetDateTime(3), TimeSpan.Zero),
                reader.IsDBNull(4) ? null : new DateTimeOffset(reader.GetDateTime(4), TimeSpan.Zero)));
        }

        return keys;
    });

    public Task AddKeyAsync(TenantId tenant, StoredTenantKey key, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand(
            "insert into tenant_key (slug, id, wrapped, fingerprint, made) values ($1, $2, $3, $4, $5) on conflict do nothing");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = key.Id });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = key.Wrapped });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Fingerprint });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = key.Made.UtcDateTime });
        return await command.ExecuteNonQueryAsync(cancel);
    });
}
