using Microsoft.Data.Sqlite;
using Npgsql;

namespace MedOrleans.Record.Store;

/// <summary>The kinds of database that can keep a record.</summary>
public enum RecordProvider
{
    /// <summary>One SQLite file in WAL mode: the embedded default of one host.</summary>
    Sqlite,

    /// <summary>PostgreSQL 15 or later.</summary>
    Postgres,
}

/// <summary>A database that keeps records: section <c>MedOrleans:Record:Databases:{name}</c>.</summary>
public sealed class RecordDatabaseOptions
{
    /// <summary>The kind of database.</summary>
    public RecordProvider Provider { get; set; }

    /// <summary>How to reach it; of SQLite <c>Data Source=file</c>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The pool whose hospitals it takes.</summary>
    public string Pool { get; set; } = "community";
}

/// <summary>Which databases keep the records: section <c>MedOrleans:Record</c>.</summary>
public sealed class RecordStoresOptions
{
    /// <summary>The name of the database that also keeps the directory of hospitals and the cluster's secrets.</summary>
    public string Home { get; set; } = "main";

    /// <summary>The databases by name.</summary>
    public IDictionary<string, RecordDatabaseOptions> Databases { get; } = new Dictionary<string, RecordDatabaseOptions>(StringComparer.Ordinal);

    /// <summary>How old an answer of the tenant directory may be; 0 to 60 s.</summary>
    public TimeSpan DirectoryCache { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        const string Section = "MedOrleans:Record";
        if (!Databases.TryGetValue(Home, out var home))
        {
            yield return $"{Section}:Home: '{Home}' is not one of the configured databases ({string.Join(", ", Databases.Keys)}).";
        }

        if (DirectoryCache < TimeSpan.Zero || DirectoryCache > TimeSpan.FromMinutes(1))
        {
            yield return $"{Section}:DirectoryCache: must be between 00:00:00 and 00:01:00.";
        }

        foreach (var (name, database) in Databases)
        {
            if (string.IsNullOrWhiteSpace(database.ConnectionString))
            {
                yield return $"{Section}:Databases:{name}:ConnectionString: is missing.";
            }
            else if (!CanRead(database))
            {
                // The parser's own words may hold a part of the password.
                yield return $"{Section}:Databases:{name}:ConnectionString: cannot be read as one of {database.Provider}.";
            }

            if (string.IsNullOrWhiteSpace(database.Pool))
            {
                yield return $"{Section}:Databases:{name}:Pool: is empty.";
            }

            if (home is not null && database.Provider != home.Provider)
            {
                yield return $"{Section}:Databases:{name}:Provider: all databases of a cluster are of one kind, and {Home} is {home.Provider}.";
            }
        }
    }

    private static bool CanRead(RecordDatabaseOptions database)
    {
        try
        {
            return database.Provider == RecordProvider.Postgres
                ? new NpgsqlConnectionStringBuilder(database.ConnectionString).Host is { Length: > 0 }
                : new SqliteConnectionStringBuilder(database.ConnectionString).DataSource.Length > 0;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return false;
        }
    }
}
