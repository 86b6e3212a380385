using MedOrleans.Record.Postgres;
using MedOrleans.Record.Sqlite;
using MedOrleans.Record.Store;

namespace MedOrleans.IntegrationTests.Record;

/// <summary>The contract on SQLite.</summary>
public sealed class SqliteRecordStoreTests : RecordStoreContract, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-store-").FullName;
    private readonly SqliteRecordStore _store;

    public SqliteRecordStoreTests() => _store = new SqliteRecordStore("main", $"Data Source={Path.Combine(_folder, "record.db")}", TimeProvider.System);

    protected override IRecordStore Store => _store;

    public Task InitializeAsync() => _store.MigrateAsync(default);

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
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

    protected override IRecordStore Store => _store;

    public async Task InitializeAsync()
    {
        _store = new PostgresRecordStore("main", await postgres.NewDatabaseAsync());
        await _store.MigrateAsync(default);
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();
}
