using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

/// <summary>The home database on PostgreSQL.</summary>
internal sealed partial class PostgresHome(string connectionString) : IHomeDatabase, IAsyncDisposable
{
    private const string Columns = "slug, name, status, pool, database, created, plan, closed, delete_after";

    private readonly NpgsqlDataSource _source = PostgresSources.Create(connectionString, "");

    public Task<TenantSummary?> FindAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand($"select {Columns} from tenant_directory where slug = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    });

    public Task<IReadOnlyList<TenantSummary>> ListAsync(TenantId? after, int count, CancellationToken cancel) =>
        PostgresErrors.GuardAsync<IReadOnlyList<TenantSummary>>(async () =>
        {
            await using var command = _source.CreateCommand($"select {Columns} from tenant_directory where slug > $1 order by slug limit $2");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after?.Value ?? "" });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = count });
            var tenants = new List<TenantSummary>();
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                tenants.Add(Read(reader));
            }

            return tenants;
        });

    public Task<IReadOnlyList<TenantId>> WithStatusAsync(TenantStatus status, CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyList<TenantId>>(async () =>
    {
        await using var command = _source.CreateCommand("select slug from tenant_directory where status = $1 order by slug");
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)status });
        var tenants = new List<TenantId>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            tenants.Add(TenantId.Parse(reader.GetString(0)));
        }

        return tenants;
    });

    public Task<IReadOnlyDictionary<TenantId, string>> PrivateAsync(CancellationToken cancel) => PostgresErrors.GuardAsync<IReadOnlyDictionary<TenantId, string>>(async () =>
    {
        await using var command = _source.CreateCommand("select slug, pool from tenant_directory where pool <> 'community'");
        var pools = new Dictionary<TenantId, string>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            pools.Add(TenantId.Parse(reader.GetString(0)), reader.GetString(1));
        }

        return pools;
    });

    public Task<Dictionary<string, long>> LoadsAsync(CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("select database, count(*) from tenant_directory where status not in (2, 4) group by database");
        var loads = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            loads.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return loads;
    });

    public Task SaveAsync(TenantSummary tenant, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("""
            insert into tenant_directory (slug, name, status, pool, database, created, plan, closed, delete_after) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (slug) do update set name = excluded.name, status = excluded.status, pool = excluded.pool, plan = excluded.plan,
              closed = excluded.closed, delete_after = excluded.delete_after
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Name });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)tenant.Status });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Pool });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Database });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = tenant.Created.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Plan });
        command.Parameters.Add(Time(tenant.ClosedAt));
        command.Parameters.Add(Time(tenant.DeleteAfter));
        return await command.ExecuteNonQueryAsync(cancel);
    });

    public Task<byte[]> GetOrAddSecretAsync(string name, Func<byte[]> make, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using (var insert = _source.CreateCommand("insert into cluster_secret (name, value) values ($1, $2) on conflict do nothing"))
        {
            insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = make() });
            await insert.ExecuteNonQueryAsync(cancel);
        }

        await using var select = _source.CreateCommand("select value from cluster_secret where name = $1");
        select.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        return (byte[])(await select.ExecuteScalarAsync(cancel))!;
    });

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static TenantSummary Read(NpgsqlDataReader reader) => new()
    {
        Tenant = TenantId.Parse(reader.GetString(0)),
        Name = reader.GetString(1),
        Status = (TenantStatus)reader.GetInt16(2),
        Pool = reader.GetString(3),
        Database = reader.GetString(4),
        Created = new DateTimeOffset(reader.GetDateTime(5), TimeSpan.Zero),
        Plan = reader.GetString(6),
        ClosedAt = Time(reader, 7),
        DeleteAfter = Time(reader, 8),
    };

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : new DateTimeOffset(reader.GetDateTime(at), TimeSpan.Zero);

    private static NpgsqlParameter Time(DateTimeOffset? time) => new() { Value = time is { } value ? value.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
