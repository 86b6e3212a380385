using MedOrleans.Record.Keys;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteHome
{
    public Task<byte[]?> FindSecretAsync(string name, CancellationToken cancel) => _connections.ReadAsync(
        connection =>
        {
            using var command = SqliteConnections.Command(connection, "select value from cluster_secret where name = $1", name);
            return command.ExecuteScalar() as byte[];
        },
        cancel);

    public Task<IReadOnlyList<StoredTenantKey>> KeysAsync(TenantId tenant, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyList<StoredTenantKey>>(
        connection =>
        {
            using var command = SqliteConnections.Command(connection, "select id, wrapped, fingerprint, made, destroyed from tenant_key where slug = $1 order by id", tenant.Value);
            using var reader = command.ExecuteReader();
            var keys = new List<StoredTenantKey>();
            while (reader.Read())
            {
                keys.Add(new StoredTenantKey(
                    reader.GetInt32(0),
                    reader.IsDBNull(1) ? null : (byte[])reader.GetValue(1),
                    reader.GetString(2),
                    DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
                    reader.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4))));
            }

            return keys;
        },
        cancel);

    public Task AddKeyAsync(TenantId tenant, StoredTenantKey key, CancellationToken cancel) => _connections.WriteAsync(
        connection => SqliteConnections.Execute(
            connection,
            "insert into tenant_key (slug, id, wrapped, fingerprint, made) values ($1, $2, $3, $4, $5) on conflict do nothing",
            tenant.Value, key.Id, key.Wrapped, key.Fingerprint, key.Made.ToUnixTimeMilliseconds()),
        cancel);
}
