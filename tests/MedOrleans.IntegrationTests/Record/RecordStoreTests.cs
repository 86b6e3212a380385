using MedOrleans.Record.Keys;
using MedOrleans.Record.Postgres;
using MedOrleans.Record.Sqlite;
using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MedOrleans.IntegrationTests.Record;

/// <summary>The contract on SQLite.</summary>
public sealed class SqliteRecordStoreTests : RecordStoreContract, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-store-").FullName;
    private readonly SqliteHome _home;
    private readonly SqliteRecordStore _store;

    public SqliteRecordStoreTests()
    {
        var connection = $"Data Source={Path.Combine(_folder, "record.db")}";
        _home = new SqliteHome(connection);
        Keys = Unlocked(_home);
        _store = new SqliteRecordStore("main", connection, Keys, TimeProvider.System);
    }

    protected override IRecordStore Store => _store;

    private protected override IHomeDatabase Home => _home;

    private protected override TenantKeys Keys { get; }

    private protected override async Task<byte[]> RawBodyAsync(string id) => (byte[])(await ScalarAsync("select body from version where id = $1", id))!;

    private protected override Task SetRawBodyAsync(string id, byte[] body) => ScalarAsync("update version set body = $2 where id = $1", id, body);

    private protected override Task DestroyKeysAsync(string tenant) => ScalarAsync("update tenant_key set wrapped = null, destroyed = 1 where slug = $1", tenant);

    public Task InitializeAsync() => _store.MigrateAsync(default);

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "record.db")};Pooling=false");
        await connection.OpenAsync();
        await using var command = SqliteConnections.Command(connection, sql, values);
        return await command.ExecuteScalarAsync();
    }
}

/// <summary>One server for the whole contract; each claim has a database of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private int _databases;

    public PrivatePostgres Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await PrivatePostgres.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>A database that nothing has touched.</summary>
    public Task<string> NewDatabaseAsync() => Server.CreateDatabaseAsync($"test{Interlocked.Increment(ref _databases)}");
}

/// <summary>The contract on PostgreSQL.</summary>
public sealed class PostgresRecordStoreTests(PostgresFixture postgres) : RecordStoreContract, IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private PostgresRecordStore _store = null!;
    private PostgresHome _home = null!;
    private TenantKeys _keys = null!;
    private string _connection = "";

    protected override IRecordStore Store => _store;

    private protected override IHomeDatabase Home => _home;

    private protected override TenantKeys Keys => _keys;

    public async Task InitializeAsync()
    {
        _connection = await postgres.NewDatabaseAsync();
        _home = new PostgresHome(_connection);
        _keys = Unlocked(_home);
        _store = new PostgresRecordStore("main", _connection, _keys);
        await _store.MigrateAsync(default);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Changes_WhileACommitIsOpenThatMayComeBefore_WaitForIt()
    {
        var north = await RegisterAsync();
        var position = await Store.FeedEndAsync(default);
        await using var connection = new NpgsqlConnection($"{_connection};Search Path=medorleans");
        await connection.OpenAsync();
        await using (var open = await connection.BeginTransactionAsync())
        {
            await using var take = new NpgsqlCommand("select nextval('seq')", connection);
            await take.ExecuteScalarAsync();
            await WriteAsync("a");

            var held = await Store.ChangesAsync(north, ["Patient"], position, 10, default);
            Assert.Equal((0, position), (held.Changes.Count, held.Position));
        }

        Assert.Equal("a", Assert.Single((await Store.ChangesAsync(north, ["Patient"], position, 10, default)).Changes).Stored.Id);
    }

    private protected override async Task<byte[]> RawBodyAsync(string id) => (byte[])(await ScalarAsync("select body from version where id = $1", id))!;

    private protected override Task SetRawBodyAsync(string id, byte[] body) => ScalarAsync("update version set body = $2 where id = $1", id, body);

    private protected override Task DestroyKeysAsync(string tenant) => ScalarAsync("update tenant_key set wrapped = null, destroyed = now() where slug = $1", tenant);

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection($"{_connection};Search Path=medorleans");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteScalarAsync();
    }
}
