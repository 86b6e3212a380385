using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

/// <summary>The home database in a SQLite file.</summary>
internal sealed partial class SqliteHome(string connectionString) : IHomeDatabase, IAsyncDisposable
{
    private const string Columns = "slug, name, status, pool, database, created, plan, closed, delete_after";

    private readonly SqliteConnections _connections = new(connectionString);

    public Task<TenantSummary?> FindAsync(TenantId tenant, CancellationToken cancel) => _connections.ReadAsync(
        connection => List(connection, $"select {Columns} from tenant_directory where slug = $1", tenant.Value).FirstOrDefault(), cancel);

    public Task<IReadOnlyList<TenantSummary>> ListAsync(TenantId? after, int count, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyList<TenantSummary>>(
        connection => List(connection, $"select {Columns} from tenant_directory where slug > $1 order by slug limit $2", after?.Value ?? "", count), cancel);

    public Task<IReadOnlyList<TenantId>> WithStatusAsync(TenantStatus status, CancellationToken cancel) => _connections.ReadAsync<IReadOnlyList<TenantId>>(
        connection => [.. List(connection, $"select {Columns} from tenant_directory where status = $1 order by slug", (int)status).Select(tenant => tenant.Tenant)], cancel);

    public Task<IReadOnlyDictionary<TenantId, string>> PrivateAsync(CancellationToken cancel) => _connections.ReadAsync<IReadOnlyDictionary<TenantId, string>>(
        connection =>
        {
            var pools = new Dictionary<TenantId, string>();
            using var command = SqliteConnections.Command(connection, "select slug, pool from tenant_directory where pool <> 'community'");
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                pools.Add(TenantId.Parse(reader.GetString(0)), reader.GetString(1));
            }

            return pools;
        },
        cancel);

    public Task<Dictionary<string, long>> LoadsAsync(CancellationToken cancel) => _connections.ReadAsync(
        connection =>
        {
            var loads = new Dictionary<string, long>(StringComparer.Ordinal);
            using var command = SqliteConnections.Command(connection, "select database, count(*) from tenant_directory where status not in (2, 4) group by database");
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                loads.Add(reader.GetString(0), reader.GetInt64(1));
            }

            return loads;
        },
        cancel);

    public Task SaveAsync(TenantSummary tenant, CancellationToken cancel) => _connections.WriteAsync(
        connection => SqliteConnections.Execute(
            connection,
            """
            insert into tenant_directory (slug, name, status, pool, database, created, plan, closed, delete_after) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (slug) do update set name = excluded.name, status = excluded.status, pool = excluded.pool, plan = excluded.plan,
              closed = excluded.closed, delete_after = excluded.delete_after
            """,
            tenant.Tenant.Value, tenant.Name, (int)tenant.Status, tenant.Pool, tenant.Database, tenant.Created.ToUnixTimeMilliseconds(), tenant.Plan,
            tenant.ClosedAt?.ToUnixTimeMilliseconds(), tenant.DeleteAfter?.ToUnixTimeMilliseconds()),
        cancel);

    public Task<byte[]> GetOrAddSecretAsync(string name, Func<byte[]> make, CancellationToken cancel) => _connections.WriteAsync(
        connection =>
        {
            SqliteConnections.Execute(connection, "insert into cluster_secret (name, value) values ($1, $2) on conflict do nothing", name, make());
            using var command = SqliteConnections.Command(connection, "select value from cluster_secret where name = $1", name);
            return (byte[])command.ExecuteScalar()!;
        },
        cancel);

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    private static List<TenantSummary> List(SqliteConnection connection, string sql, params IEnumerable<object?> values)
    {
        var tenants = new List<TenantSummary>();
        using var command = SqliteConnections.Command(connection, sql, values);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            tenants.Add(new TenantSummary
            {
                Tenant = TenantId.Parse(reader.GetString(0)),
                Name = reader.GetString(1),
                Status = (TenantStatus)reader.GetInt32(2),
                Pool = reader.GetString(3),
                Database = reader.GetString(4),
                Created = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)),
                Plan = reader.GetString(6),
                ClosedAt = reader.IsDBNull(7) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(7)),
                DeleteAfter = reader.IsDBNull(8) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(8)),
            });
        }

        return tenants;
    }
}
