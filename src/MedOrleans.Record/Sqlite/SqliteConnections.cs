using System.Data;
using System.Threading.Channels;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

/// <summary>
/// Connections to one SQLite file: a writer, one at a time, and pooled readers, which WAL lets go on meanwhile. SQLite's
/// calls block their thread, so they run on the pool's threads and not on a grain's.
/// </summary>
internal sealed class SqliteConnections(string connectionString) : IAsyncDisposable
{
    private readonly string _connectionString = new SqliteConnectionStringBuilder(connectionString) { Pooling = false, DefaultTimeout = 30 }.ConnectionString;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Channel<SqliteConnection> _readers = Channel.CreateBounded<SqliteConnection>(16);
    private SqliteConnection? _writer;

    /// <summary>Runs <paramref name="work"/> in a transaction that is committed to disk when this returns.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            return await Task.Run(() => Guard(() =>
            {
                _writer ??= Open();
                Execute(_writer, "begin immediate");
                try
                {
                    var result = work(_writer);
                    Execute(_writer, "commit");
                    return result;
                }
                catch
                {
                    Execute(_writer, "rollback");
                    throw;
                }
            }), cancel);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// Writes the whole file anew and empties its log, so that neither holds what was deleted. Writes wait meanwhile, reads go on. False where a read
    /// that goes on keeps the log from being emptied: to be called again.
    /// </summary>
    public async Task<bool> RewriteAsync(CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            return await Task.Run(() => Guard(() =>
            {
                using var connection = Open();

                // The new file is put together beside the old one, not in memory.
                Execute(connection, "pragma temp_store = file");
                Execute(connection, "vacuum");
                using var checkpoint = Command(connection, "pragma wal_checkpoint(truncate)");
                return (long)checkpoint.ExecuteScalar()! == 0;
            }), cancel);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Runs <paramref name="work"/> on a snapshot.</summary>
    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancel) => Task.Run(() => Guard(() =>
    {
        if (!_readers.Reader.TryRead(out var connection))
        {
            connection = Open();
        }

        try
        {
            return work(connection);
        }
        finally
        {
            if (!_readers.Writer.TryWrite(connection))
            {
                connection.Dispose();
            }
        }
    }), cancel);

    /// <summary>A command with parameters <c>$1</c>, <c>$2</c>, … in order.</summary>
    public static SqliteCommand Command(SqliteConnection connection, string sql, params IEnumerable<object?> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        var number = 0;
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(FormattableString.Invariant($"${++number}"), value ?? DBNull.Value);
        }

        return command;
    }

    /// <summary>Runs a statement.</summary>
    public static int Execute(SqliteConnection connection, string sql, params IEnumerable<object?> values)
    {
        using var command = Command(connection, sql, values);
        return command.ExecuteNonQuery();
    }

    public async ValueTask DisposeAsync()
    {
        await _writing.WaitAsync();
        _writer?.Dispose();
        while (_readers.Reader.TryRead(out var reader))
        {
            reader.Dispose();
        }

        _writing.Dispose();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        if (connection.DataSource is { Length: > 0 } file && file != ":memory:" && !File.Exists(file))
        {
            // The record is nobody's but the owner's.
            using var created = PrivateFile.Open(file, FileMode.OpenOrCreate, FileShare.ReadWrite);
        }

        connection.Open();

        // FULL: a commit is on the disk before it is acknowledged.
        Execute(connection, "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 30000; pragma cache_size = -32000; pragma temp_store = memory;");
        return connection;
    }

    private static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            // 5 busy, 6 locked, 13 full. The message may quote values: only its code goes on.
            throw new RecordStoreException($"SQLite refused a statement ({e.SqliteExtendedErrorCode}).", e.SqliteErrorCode is 5 or 6 or 13);
        }
        catch (InvalidOperationException e) when (e.TargetSite?.DeclaringType == typeof(SqliteConnection))
        {
            throw new RecordStoreException("The SQLite file cannot be opened.", isTransient: false, e);
        }
    }
}
