using Microsoft.Data.Sqlite;

namespace MedOrleans.Host.Backup;

/// <summary>The backup cannot be made.</summary>
internal sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A file of a backup.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record BackedUpFile(string Name, long Bytes);

/// <summary>
/// Copies the databases of an embedded host while it works: all of one moment. Bodies in them are sealed; the master key that opens them is left out, as it must be
/// kept elsewhere.
/// </summary>
internal static class EmbeddedBackup
{
    private const string Credential = "operator.json";

    /// <summary>How long writers are waited for.</summary>
    private const int LockSeconds = 30;

    /// <summary>Copies what is in a data folder into a new folder, and checks each copy.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="target">The folder of the backup; it must not be there, or be empty.</param>
    /// <exception cref="BackupException">It cannot be made; nothing is left of it.</exception>
    public static IReadOnlyList<BackedUpFile> Make(string data, string target)
    {
        var databases = Directory.Exists(data) ? Directory.GetFiles(data, "*.db").Order(StringComparer.Ordinal).ToList() : [];
        if (databases.Count == 0)
        {
            throw new BackupException($"{data} has no databases of an embedded host. PostgreSQL is backed up by its own means: see silo-config/README.md.");
        }

        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new BackupException($"{target} is not empty: a backup gets a folder of its own.");
        }

        try
        {
            MakePrivate(target);
            Copy(databases, target);
            var credential = Path.Combine(data, Credential);
            if (File.Exists(credential))
            {
                File.Copy(credential, Path.Combine(target, Credential));
            }

            return [.. Directory.EnumerateFiles(target).Order(StringComparer.Ordinal).Select(file => new BackedUpFile(Path.GetFileName(file), new FileInfo(file).Length))];
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or BackupException)
        {
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            throw e as BackupException ?? new BackupException($"The backup cannot be made: {e.Message}", e);
        }
    }

    private static void Copy(List<string> databases, string target)
    {
        var sources = databases.ConvertAll(Open);
        var writers = databases.ConvertAll(Open);
        try
        {
            // One moment for all: nobody writes to any while a snapshot of each is taken. That takes no longer than a commit.
            writers.ForEach(static writer => Execute(writer, "begin immediate"));
            sources.ForEach(static source =>
            {
                Execute(source, "begin");
                Execute(source, "select count(*) from sqlite_master");
            });
            writers.ForEach(static writer => Execute(writer, "rollback"));
            foreach (var (source, file) in sources.Zip(databases))
            {
                using var copy = Open(Path.Combine(target, Path.GetFileName(file)));
                source.BackupDatabase(copy);

                // A file that stands alone: no log beside it.
                Execute(copy, "pragma journal_mode = delete");
                using var check = copy.CreateCommand();
                check.CommandText = "pragma integrity_check";
                if (check.ExecuteScalar() as string is not "ok" and var found)
                {
                    throw new BackupException($"{Path.GetFileName(file)}: the copy is damaged, and so may the original be: {found}");
                }
            }
        }
        finally
        {
            writers.ForEach(static writer => writer.Dispose());
            sources.ForEach(static source => source.Dispose());
        }
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = LockSeconds }.ConnectionString);
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void MakePrivate(string folder)
    {
        var made = Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            made.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }
    }
}
