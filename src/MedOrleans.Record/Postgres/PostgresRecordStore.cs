using System.Collections.Concurrent;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Npgsql;

namespace MedOrleans.Record.Postgres;

/// <summary>The record of many hospitals in one PostgreSQL database, schema <c>medorleans</c>.</summary>
internal sealed partial class PostgresRecordStore : IRecordStore
{
    private const string Columns = "v.type, v.id, v.version, v.last_updated, v.kind, v.body, v.command";

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _commits;
    private readonly TenantKeys _keys;
    private readonly ConcurrentDictionary<TenantId, int> _tenants = new();

    public PostgresRecordStore(string name, string connectionString, TenantKeys keys)
    {
        Name = name;
        _keys = keys;
        _source = PostgresSources.Create(connectionString, "");

        // The commit statement is planned once, perhaps while the tables are empty: it must never choose to read them whole.
        _commits = PostgresSources.Create(connectionString, "-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan");
    }

    public string Name { get; }

    public Task MigrateAsync(CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await PostgresSources.MigrateAsync(_source, cancel);
        return true;
    });

    public Task RegisterTenantAsync(TenantId tenant, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand("insert into tenant (slug) values ($1) on conflict do nothing");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        return await command.ExecuteNonQueryAsync(cancel);
    });

    public Task<StoredVersion?> ReadAsync(ResourceKey key, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand(
            $"select {Columns} from resource r join version v on v.rid = r.rid and v.version = r.version where r.tenant = $1 and r.type = $2 and r.id = $3");
        await AddKeyAsync(command, key, cancel);
        return await FirstAsync(command, await _keys.ForReadingAsync(key.Tenant, cancel), cancel);
    });

    public Task<StoredVersion?> ReadVersionAsync(ResourceKey key, long version, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand(
            $"select {Columns} from resource r join version v on v.rid = r.rid where r.tenant = $1 and r.type = $2 and r.id = $3 and v.version = $4");
        await AddKeyAsync(command, key, cancel);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        return await FirstAsync(command, await _keys.ForReadingAsync(key.Tenant, cancel), cancel);
    });

    public Task<StoredVersion?> FindCommandAsync(ResourceKey key, Guid command, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        await using var query = _source.CreateCommand(
            $"select {Columns} from resource r join version v on v.rid = r.rid where r.tenant = $1 and r.type = $2 and r.id = $3 and v.command = $4 order by v.version desc limit 1");
        await AddKeyAsync(query, key, cancel);
        query.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = command });
        return await FirstAsync(query, await _keys.ForReadingAsync(key.Tenant, cancel), cancel);
    });

    public Task<IReadOnlyList<StoredVersion>> ReadManyAsync(TenantId tenant, IReadOnlyList<ResourceId> ids, CancellationToken cancel) =>
        PostgresErrors.GuardAsync<IReadOnlyList<StoredVersion>>(async () =>
        {
            if (ids.Count == 0)
            {
                return [];
            }

            await using var command = _source.CreateCommand($"""
                select {Columns}
                from unnest($2, $3) as wanted(type, id)
                join resource r on r.tenant = $1 and r.type = wanted.type and r.id = wanted.id
                join version v on v.rid = r.rid and v.version = r.version
                where not r.deleted
                """);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = await NumberAsync(tenant, cancel) });
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. ids.Select(id => id.Type)] });
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. ids.Select(id => id.Id)] });
            return await ListAsync(command, await _keys.ForReadingAsync(tenant, cancel), cancel);
        });

    public async ValueTask DisposeAsync()
    {
        await _commits.DisposeAsync();
        await _source.DisposeAsync();
    }

    /// <summary>The number of a hospital in this database.</summary>
    /// <exception cref="RecordStoreException">The hospital's record is not kept here.</exception>
    private async ValueTask<int> NumberAsync(TenantId tenant, CancellationToken cancel)
    {
        if (_tenants.TryGetValue(tenant, out var number))
        {
            return number;
        }

        await using var command = _source.CreateCommand("select no from tenant where slug = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        return await command.ExecuteScalarAsync(cancel) is int found
            ? _tenants.GetOrAdd(tenant, found)
            : throw new RecordStoreException($"The database {Name} does not keep the record of {tenant}.", isTransient: false);
    }

    private async Task AddKeyAsync(NpgsqlCommand command, ResourceKey key, CancellationToken cancel)
    {
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = await NumberAsync(key.Tenant, cancel) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Type });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Id });
    }

    private static async Task<StoredVersion?> FirstAsync(NpgsqlCommand command, TenantCipher cipher, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Version(reader, 0, cipher) : null;
    }

    private static async Task<IReadOnlyList<StoredVersion>> ListAsync(NpgsqlCommand command, TenantCipher cipher, CancellationToken cancel)
    {
        var found = new List<StoredVersion>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            found.Add(Version(reader, 0, cipher));
        }

        return found;
    }

    /// <summary>A version from <see cref="Columns"/> that begin at <paramref name="at"/>.</summary>
    private static StoredVersion Version(NpgsqlDataReader reader, int at, TenantCipher cipher)
    {
        var (type, id, version) = (string.Intern(reader.GetString(at)), reader.GetString(at + 1), reader.GetInt64(at + 2));
        return new StoredVersion
        {
            Type = type,
            Id = id,
            Version = version,
            LastUpdated = new DateTimeOffset(reader.GetDateTime(at + 3), TimeSpan.Zero),
            Deleted = reader.GetInt16(at + 4) == 2,
            Body = cipher.Open(type, id, version, reader, at + 5),
            CommandId = reader.GetGuid(at + 6),
        };
    }
}
