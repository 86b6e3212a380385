using System.CommandLine;
using MedOrleans.Host.Hosting;

namespace MedOrleans.Host.Commands;

/// <summary>The flags of the commands that start a host.</summary>
internal sealed class HostFlags
{
    private readonly Option<string?> _config = new("--config") { Description = "A JSON file with settings; silo-config/ has complete ones." };
    private readonly Option<string?> _role = new("--role") { Description = "all, silo, gateway or supervisor (a gateway that keeps silos on its machine)." };
    private readonly Option<string?> _data = new("--data") { Description = "The data folder (medorleans-data)." };
    private readonly Option<string?> _connection = new("--connection") { Description = "A PostgreSQL connection string; SQLite in the data folder without one." };
    private readonly Option<string?> _http = new("--http") { Description = "The public address (http://127.0.0.1:8080)." };
    private readonly Option<string?> _management = new("--management") { Description = "The operator's address (http://127.0.0.1:8081)." };

    private readonly Option<string?> _pool = new("--pool") { Description = "The pool that the silo is labelled for: it runs the hospitals of that pool alone (community)." };

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _config, _role, _data, _connection, _http, _management, _pool })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="SettingsException">The settings have mistakes.</exception>
    public Settings Load(ParseResult parsed)
    {
        var flags = new Dictionary<string, string?>();
        Set("Role", _role);
        Set("DataFolder", _data);
        Set("Http:Address", _http);
        Set("Management:Address", _management);
        Set("Silo:Pool", _pool);
        if (parsed.GetValue(_connection) is { } connection)
        {
            flags["MedOrleans:Record:Databases:main:Provider"] = "Postgres";
            flags["MedOrleans:Record:Databases:main:ConnectionString"] = connection;
        }

        return Settings.Load(parsed.GetValue(_config), flags);

        void Set(string key, Option<string?> option)
        {
            if (parsed.GetValue(option) is { } value)
            {
                flags[$"{ProcessOptions.Section}:{key}"] = value;
            }
        }
    }
}
