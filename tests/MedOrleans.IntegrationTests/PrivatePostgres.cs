using System.Diagnostics;
using System.Globalization;
using System.Net;
using Npgsql;

namespace MedOrleans.IntegrationTests;

/// <summary>
/// A PostgreSQL server of one test's own: on loopback, on a free port, in a temporary folder, with the durability that PostgreSQL ships
/// with (fsync and synchronous_commit on). As root it runs as the user <c>postgres</c>.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly string _folder;
    private readonly int _port;
    private readonly string[] _options;
    private readonly IPAddress _address;
    private Process? _server;

    private PrivatePostgres(string folder, int port, string[] options, IPAddress? address = null)
    {
        _address = address ?? IPAddress.Loopback;
        _folder = folder;
        _port = port;
        _options = options;
    }

    /// <summary>Where initdb, postgres, psql and pgbench are.</summary>
    public static string Binaries { get; } = Directory.GetDirectories("/usr/lib/postgresql")
        .OrderByDescending(version => int.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture))
        .Select(version => Path.Combine(version, "bin"))
        .First(binaries => File.Exists(Path.Combine(binaries, "initdb")));

    /// <summary>How to reach the server.</summary>
    public string ConnectionString => $"Host={_address};Port={_port};Username=postgres;Database=postgres;Timeout=5";

    /// <summary>The server's port.</summary>
    public int Port => _port;

    /// <summary>Starts a new server.</summary>
    /// <param name="options">Further options of <c>postgres</c>.</param>
    public static Task<PrivatePostgres> StartAsync(params string[] options) => StartAsync(options, null);

    /// <summary>Starts a new server for the hosts of a test's own network.</summary>
    /// <param name="address">Its address in that network, whose hosts it trusts.</param>
    public static Task<PrivatePostgres> StartAsync(IPAddress address) => StartAsync([], address);

    private static async Task<PrivatePostgres> StartAsync(string[] options, IPAddress? address)
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-pg-").FullName;
        var server = new PrivatePostgres(folder, HostProcess.FreePorts(1)[0], options, address);
        await GiveAsync(folder);
        await RunAsync([.. AsPostgres, Path.Combine(Binaries, "initdb"), "-D", Path.Combine(folder, "data"), "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8"]);
        if (address is not null)
        {
            await File.AppendAllTextAsync(Path.Combine(folder, "data", "pg_hba.conf"), $"host all all {address}/24 trust\n");
        }

        await server.RestartAsync();
        return server;
    }

    /// <summary>Starts a server on the data in <c>data</c> of a folder, which goes with it.</summary>
    public static async Task<PrivatePostgres> OpenAsync(string folder)
    {
        var server = new PrivatePostgres(folder, HostProcess.FreePorts(1)[0], []);
        await server.RestartAsync();
        return server;
    }

    /// <summary>Gives a folder to the user that servers run as.</summary>
    public static async Task GiveAsync(string folder)
    {
        if (Environment.UserName == "root")
        {
            await RunAsync("chown", "-R", "postgres", folder);
        }
    }

    /// <summary>Runs a program as the user that servers run as.</summary>
    public static Task RunAsPostgresAsync(params string[] command) => RunAsync([.. AsPostgres, .. command]);

    /// <summary>Starts the server again on the same data, and returns once it takes connections.</summary>
    public async Task RestartAsync()
    {
        // setsid makes a group of the server and its children, so that one signal ends them all.
        string[] command = ["setsid", .. AsPostgres, Path.Combine(Binaries, "postgres"), "-D", Path.Combine(_folder, "data"), "-p", _port.ToString(CultureInfo.InvariantCulture), "-k", _folder, "-c", $"listen_addresses={_address}", "-c", "max_connections=200", "-c", "shared_buffers=256MB", .. _options];
        _server = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _server.ErrorDataReceived += static (_, _) => { };
        _server.BeginErrorReadLine();
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                await connection.OpenAsync();
                return true;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                return false;
            }
        });
    }

    /// <summary>Ends the server and all its processes at once, as a power cut would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        // The first line of the lock file is the server's own id; its children die with their parent's signal to the group or of themselves.
        var lines = await File.ReadAllLinesAsync(Path.Combine(_folder, "data", "postmaster.pid"));
        using (var children = Process.Start("pkill", ["-KILL", "-P", lines[0].Trim()]))
        {
            using var parent = Process.Start("kill", ["-KILL", lines[0].Trim()]);
            await parent.WaitForExitAsync();
            await children.WaitForExitAsync();
        }

        await _server!.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    /// <summary>The size of the database on disk.</summary>
    public async Task<long> DatabaseBytesAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select pg_database_size('postgres')", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The processor time that the server and its processes have used.</summary>
    public async Task<TimeSpan> ProcessorTimeAsync()
    {
        var parent = (await File.ReadAllLinesAsync(Path.Combine(_folder, "data", "postmaster.pid")))[0].Trim();
        long ticks = 0;
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                // man 5 proc: after the name come state, parent, …; user and system time are the 14th and 15th field, those of ended children the next two.
                var stat = await File.ReadAllTextAsync(Path.Combine(process, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (fields[1] == parent || Path.GetFileName(process) == parent)
                {
                    ticks += fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    /// <summary>A further database on the server.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">A folder of <c>postgres</c>' own for its tables; null for the server's.</param>
    public async Task<string> CreateDatabaseAsync(string name, string? folder = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        if (folder is not null)
        {
            await using var space = new NpgsqlCommand($"create tablespace {name}_space location '{folder}'", connection);
            await space.ExecuteNonQueryAsync();
        }

        await using var command = new NpgsqlCommand($"create database {name}{(folder is null ? "" : $" tablespace {name}_space")}", connection);
        await command.ExecuteNonQueryAsync();
        return $"Host={_address};Port={_port};Username=postgres;Database={name};Timeout=5";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await KillAsync();
        }

        NpgsqlConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private static string[] AsPostgres => Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--"] : [];

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} failed: {await error}");
        }
    }
}
