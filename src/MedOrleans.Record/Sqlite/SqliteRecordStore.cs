using System.Collections.Concurrent;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

/// <summary>The record of many hospitals in one SQLite file.</summary>
internal sealed partial class SqliteRecordStore(string name, string connectionString, TenantKeys keys, TimeProvider time) : IRecordStore
{
    private const string Columns = "v.type, v.id, v.version, v.last_updated, v.kind, v.body, v.command";

    private readonly SqliteConnections _connections = new(connectionString);
    private readonly ConcurrentDictionary<TenantId, int> _tenants = new();

    public string Name { get; } = name;

    public Task MigrateAsync(CancellationToken cancel) => SqliteSchema.MigrateAsync(_connections, cancel);

    public Task RegisterTenantAsync(TenantId tenant, CancellationToken cancel) => _connections.WriteAsync(
        connection => SqliteConnections.Execute(connection, "insert into tenant (slug) values ($1) on conflict do nothing", tenant.Value), cancel);

    public async Task<StoredVersion?> ReadAsync(ResourceKey key, CancellationToken cancel)
    {
        var cipher = await keys.ForReadingAsync(key.Tenant, cancel);
        return await _connections.ReadAsync(
            connection => List(
                connection, cipher,
                $"select {Columns} from resource r join version v on v.rid = r.rid and v.version = r.version where r.tenant = $1 and r.type = $2 and r.id = $3",
                Number(connection, key.Tenant), key.Type, key.Id).FirstOrDefault(),
            cancel);
    }

    public async Task<StoredVersion?> ReadVersionAsync(ResourceKey key, long version, CancellationToken cancel)
    {
        var cipher = await keys.ForReadingAsync(key.Tenant, cancel);
        return await _connections.ReadAsync(
            connection => List(
                connection, cipher,
                $"select {Columns} from resource r join version v on v.rid = r.rid where r.tenant = $1 and r.type = $2 and r.id = $3 and v.version = $4",
                Number(connection, key.Tenant), key.Type, key.Id, version).FirstOrDefault(),
            cancel);
    }

    public async Task<StoredVersion?> FindCommandAsync(ResourceKey key, Guid command, CancellationToken cancel)
    {
        var cipher = await keys.ForReadingAsync(key.Tenant, cancel);
        return await _connections.ReadAsync(
            connection => List(
                connection, cipher,
                $"select {Columns} from resource r join version v on v.rid = r.rid where r.tenant = $1 and r.type = $2 and r.id = $3 and v.command = $4 order by v.version desc limit 1",
                Number(connection, key.Tenant), key.Type, key.Id, command.ToByteArray()).FirstOrDefault(),
            cancel);
    }

    public async Task<IReadOnlyList<StoredVersion>> ReadManyAsync(TenantId tenant, IReadOnlyList<ResourceId> ids, CancellationToken cancel)
    {
        var cipher = await keys.ForReadingAsync(tenant, cancel);
        return await _connections.ReadAsync<IReadOnlyList<StoredVersion>>(
            connection =>
            {
                var number = Number(connection, tenant);
                return [.. ids.Distinct().SelectMany(id => List(
                    connection, cipher,
                    $"select {Columns} from resource r join version v on v.rid = r.rid and v.version = r.version where r.tenant = $1 and r.type = $2 and r.id = $3 and not r.deleted",
                    number, id.Type, id.Id))];
            },
            cancel);
    }

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    /// <summary>The number of a hospital in this database.</summary>
    /// <exception cref="RecordStoreException">The hospital's record is not kept here.</exception>
    private int Number(SqliteConnection connection, TenantId tenant)
    {
        if (_tenants.TryGetValue(tenant, out var number))
        {
            return number;
        }

        using var command = SqliteConnections.Command(connection, "select no from tenant where slug = $1", tenant.Value);
        return command.ExecuteScalar() is long found
            ? _tenants.GetOrAdd(tenant, (int)found)
            : throw new RecordStoreException($"The database {Name} does not keep the record of {tenant}.", isTransient: false);
    }

    private static List<StoredVersion> List(SqliteConnection connection, TenantCipher cipher, string sql, params IEnumerable<object?> values)
    {
        var found = new List<StoredVersion>();
        using var command = SqliteConnections.Command(connection, sql, values);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            found.Add(Version(reader, 0, cipher));
        }

        return found;
    }

    /// <summary>A version from <see cref="Columns"/> that begin at <paramref name="at"/>.</summary>
    private static StoredVersion Version(SqliteDataReader reader, int at, TenantCipher cipher)
    {
        var (type, id, version) = (string.Intern(reader.GetString(at)), reader.GetString(at + 1), reader.GetInt64(at + 2));
        return new StoredVersion
        {
            Type = type,
            Id = id,
            Version = version,
            LastUpdated = Time(reader.GetInt64(at + 3)),
            Deleted = reader.GetInt32(at + 4) == 2,
            Body = cipher.Open(type, id, version, (byte[])reader.GetValue(at + 5)),
            CommandId = new Guid((byte[])reader.GetValue(at + 6)),
        };
    }

    private static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
