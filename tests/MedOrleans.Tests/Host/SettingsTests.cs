using System.Collections;
using System.Globalization;
using System.Reflection;
using MedOrleans.Elasticity;
using MedOrleans.Elasticity.Local;
using MedOrleans.Gateway.Console;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Gateway.Security;
using MedOrleans.Grains.Committing;
using MedOrleans.Host.Hosting;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using Microsoft.Extensions.Configuration;

namespace MedOrleans.Tests.Host;

/// <summary>Settings: the files that are shipped, what is refused, and which source counts.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("embedded.json", "")]
    [InlineData("postgres-one-machine.json", "Record:Databases:main:ConnectionString Record:Databases:main:Provider")]
    [InlineData("cluster-silo.json", "DataFolder Http:Address Management:Address Record:Databases:main:ConnectionString Record:Databases:main:Provider Role Security:MasterKeyFile")]
    [InlineData("cluster-gateway.json", "DataFolder Http:StopNotice Record:Databases:main:ConnectionString Record:Databases:main:Provider Role Security:MasterKeyFile")]
    public void Shipped_EveryKey_IsShownWithItsDefault(string file, string otherwise)
    {
        var path = Shipped(file);
        var text = File.ReadAllText(path);

        var settings = Settings.Load(path, []);

        var section = settings.Configuration.GetSection(ProcessOptions.Section);
        var changed = new List<string>();
        foreach (var (key, value, isExample) in Defaults())
        {
            Assert.True(isExample ? text.Contains($"\"{key}\": ", StringComparison.Ordinal) : section.GetSection(key).Value is not null, $"{file} does not show {key}.");
            if (!isExample && section[key] != value)
            {
                changed.Add(key);
            }
        }

        Assert.Equal(otherwise, string.Join(' ', changed.Order(StringComparer.Ordinal)));
        Assert.DoesNotContain("password=", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Load_Nothing_IsOneEmbeddedProcess()
    {
        var settings = Settings.Load(null, []);

        Assert.True(settings.IsEmbedded);
        Assert.Equal(HostRole.All, settings.Host.Role);
        Assert.Equal($"Data Source={Path.Combine("medorleans-data", "record.db")}", settings.Home.ConnectionString);
    }

    [Fact]
    public void Load_EmbeddedDatabases_FollowTheDataFolder()
    {
        var settings = Load("""{ "MedOrleans": { "DataFolder": "elsewhere", "Record": { "Databases": { "main": {}, "east": { "Pool": "east" } } } } }""");

        Assert.Equal($"Data Source={Path.Combine("elsewhere", "record.db")}", settings.Record.Databases["main"].ConnectionString);
        Assert.Equal($"Data Source={Path.Combine("elsewhere", "record-east.db")}", settings.Record.Databases["east"].ConnectionString);
    }

    [Fact]
    public void Load_KeysThatNoOptionHas_AreAllListed()
    {
        var mistakes = Mistakes("""
            { "MedOrleans": {
                "Rôle": "All",
                "Http": { "Adress": "http://127.0.0.1:1" },
                "Record": { "Databases": { "main": { "Conection": "" } } },
                "Committer": { "Writers": 2 },
                "Fhir": { "MaxBody": 1 },
                "Security": { "ExternalIssuers": [ { "Audiences": "x" } ] } } }
            """);

        Assert.Equal(
            [
                "MedOrleans:Committer:Writers", "MedOrleans:Fhir:MaxBody", "MedOrleans:Http:Adress", "MedOrleans:Record:Databases:main:Conection",
                "MedOrleans:Rôle", "MedOrleans:Security:ExternalIssuers:0:Audiences",
            ],
            Keys(mistakes, ": there is no such setting."));
    }

    [Fact]
    public void Load_ValuesThatCannotBeRead_AreAllListed()
    {
        var mistakes = Mistakes("""
            { "MedOrleans": {
                "Role": "Boss",
                "StopLimit": "soon",
                "Http": { "MaxConnections": "many", "MinBytesPerSecond": "", "TrustedProxies": "10.0.0.4", "KeepAlive": { "Seconds": 1 } },
                "Management": "http://127.0.0.1:8081",
                "Record": { "Databases": { "main": { "Provider": "7" } } },
                "Fhir": "none",
                "Security": { "ExternalIssuers": [ { "RequireHttpsMetadata": "no" } ] } } }
            """);

        Assert.Equal(
            [
                "MedOrleans:Fhir: is a section, not one value.",
                "MedOrleans:Http:KeepAlive: is one value, not a section.",
                "MedOrleans:Http:MaxConnections: 'many' is not a number.",
                "MedOrleans:Http:MinBytesPerSecond: '' is not a number.",
                "MedOrleans:Http:TrustedProxies: is a list, not one value.",
                "MedOrleans:Management: is a section, not one value.",
                "MedOrleans:Record:Databases:main:Provider: '7' is not one of Sqlite, Postgres.",
                "MedOrleans:Role: 'Boss' is not one of All, Silo, Gateway, Supervisor.",
                "MedOrleans:Security:ExternalIssuers:0:RequireHttpsMetadata: 'no' is not true or false.",
                "MedOrleans:StopLimit: 'soon' is not a time span (hh:mm:ss).",
            ],
            mistakes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Load_ValuesOutOfRangeAndMissing_AreAllListed()
    {
        var mistakes = Mistakes("""
            { "MedOrleans": {
                "DataFolder": " ", "Role": "Silo", "DatabaseWait": "-00:00:01", "StopLimit": "1",
                "Http": { "Address": "https://record.example.org", "TrustedProxies": ["proxy"], "MaxConnections": 0, "HeadersTimeout": "0", "KeepAlive": "0", "MinBytesPerSecond": 0, "StopNotice": "00:02:00" },
                "Management": { "Address": "8081" },
                "Cluster": { "ClusterId": "", "ServiceId": "", "AdvertisedAddress": "0.0.0.0", "SiloPort": 0, "GatewayPort": 70000, "Tls": { "CertificateFile": "tls.crt" } },
                "Silo": { "Pool": "St Mary", "DrainLimit": "00:10:00" },
                "Record": { "DirectoryCache": "1", "Databases": { "main": { "Pool": " " }, "east": { "Provider": "Postgres" }, "west": { "ConnectionString": "Hots=secret;Port" } } },
                "Committer": { "WritersPerDatabase": 0, "MaxGroupCommits": 0, "MaxGroupBytes": 0, "MaxWaiting": 0 },
                "Fhir": { "PublicBaseUrl": "record.example.org", "MaxBodyBytes": 0, "MaxBundleBytes": 0, "MaxBundleEntries": 0, "BatchParallelism": 0, "MaxConcurrentRequests": 0,
                    "MaxQueuedRequests": -1, "RequestTimeout": "0", "RetryFor": "01:00:00", "BundleTimeout": "0", "DefaultCount": 0, "MaxCount": 0 },
                "Console": { "SessionLifetime": "13:00:00", "RefreshInterval": "0" },
                "Scaling": { "Interval": "0", "Min": 3, "Max": 2, "TargetUtilisation": 1.2, "MemoryTarget": 0, "WritesPerSilo": 0, "Headroom": -1, "Hysteresis": 2, "ScaleInAfter": "2.00:00:00", "ScaleInPause": "02:00:00",
                    "ScaleOutPause": "02:00:00", "ForecastWeeks": 20, "ForecastLead": "0", "TimeZone": "Mars", "Pools": [ { "Pool": "ICU", "Min": 0, "Max": 1 } ], "Minimums": [ { "Days": "Mo", "Silos": 0 } ] },
                "Supervisor": { "FirstPort": 80, "ProcessorsPerSilo": -1, "RestartAfter": "0", "RestartAtMost": "02:00:00", "StopLimit": "0" },
                "Security": { "Issuer": "", "TokenLifetime": "0", "FailuresPerMinute": 0, "ExternalIssuers": [
                    { "Authority": "id", "Tenants": ["NORTH!"] }, { "Authority": "http://id", "Audience": "a" }, { "Authority": "http://id/", "Audience": "a", "RequireHttpsMetadata": false } ] } } }
            """);

        Assert.Equal(
            [
                "Cluster:AdvertisedAddress", "Cluster:ClusterId", "Cluster:GatewayPort", "Cluster:ServiceId", "Cluster:SiloPort", "Cluster:Tls:AuthorityFile", "Cluster:Tls:KeyFile",
                "Committer:MaxGroupBytes", "Committer:MaxGroupCommits", "Committer:MaxWaiting", "Committer:WritersPerDatabase",
                "Console:RefreshInterval", "Console:SessionLifetime",
                "DataFolder", "DatabaseWait",
                "Fhir:BatchParallelism", "Fhir:BundleTimeout", "Fhir:DefaultCount", "Fhir:MaxBodyBytes", "Fhir:MaxBundleBytes", "Fhir:MaxBundleEntries",
                "Fhir:MaxConcurrentRequests", "Fhir:MaxCount", "Fhir:MaxQueuedRequests", "Fhir:PublicBaseUrl", "Fhir:RequestTimeout", "Fhir:RetryFor",
                "Http:Address", "Http:HeadersTimeout", "Http:KeepAlive", "Http:MaxConnections", "Http:MinBytesPerSecond", "Http:StopNotice", "Http:TrustedProxies",
                "Management:Address",
                "Record:Databases:east:ConnectionString", "Record:Databases:east:Provider", "Record:Databases:main:Pool", "Record:Databases:west:ConnectionString",
                "Record:DirectoryCache", "Role",
                "Scaling:ForecastLead", "Scaling:ForecastWeeks", "Scaling:Headroom", "Scaling:Hysteresis", "Scaling:Interval", "Scaling:Max", "Scaling:MemoryTarget",
                "Scaling:Minimums:0:Days", "Scaling:Minimums:0:Silos", "Scaling:Pools:0:Min", "Scaling:Pools:0:Pool",
                "Scaling:ScaleInAfter", "Scaling:ScaleInPause", "Scaling:ScaleOutPause", "Scaling:TargetUtilisation", "Scaling:TimeZone", "Scaling:WritesPerSilo",
                "Security:ExternalIssuers:0:Audience", "Security:ExternalIssuers:0:Authority", "Security:ExternalIssuers:0:Tenants",
                "Security:ExternalIssuers:1:Authority", "Security:ExternalIssuers:2:Authority",
                "Security:FailuresPerMinute", "Security:Issuer", "Security:TokenLifetime", "Silo:DrainLimit", "Silo:Pool", "StopLimit",
                "Supervisor:FirstPort", "Supervisor:ProcessorsPerSilo", "Supervisor:RestartAfter", "Supervisor:RestartAtMost", "Supervisor:StopLimit",
            ],
            mistakes.Select(mistake => mistake[..mistake.IndexOf(": ", StringComparison.Ordinal)]["MedOrleans:".Length..]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(mistakes, mistake => mistake.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "MedOrleans": { "Record": { "Home": "west", "Databases": { "main": {} } } } }""", "MedOrleans:Record:Home: 'west' is not one of the configured databases (main).")]
    [InlineData("""{ "MedOrleans": { "Http": { "Address": "http://127.0.0.1:9" }, "Management": { "Address": "http://localhost:9" } } }""", "MedOrleans:Management:Address: is the public address.")]
    [InlineData("""{ "MedOrleans": { "Hl7": { "Listeners": [ { "Address": "tcp://127.0.0.1:2575", "Senders": [ { "Name": "a", "Tenant": "north", "Networks": [ "127.0.0.0/8" ] } ] } ] } } }""",
        "MedOrleans:Hl7:Listeners:0:Address: must be mllp://{ip address}:{port} or mllps://{ip address}:{port}.")]
    [InlineData("""{ "MedOrleans": { "Hl7": { "Listeners": [ { "Address": "mllp://127.0.0.1:2575", "Senders": [ { "Name": "a", "Tenant": "north" } ] } ] } } }""",
        "MedOrleans:Hl7:Listeners:0:Senders:0:Networks: is empty; without TLS the network is all that proves a sender. 127.0.0.0/8 lets this machine's own processes send.")]
    [InlineData("""{ "MedOrleans": { "Hl7": { "Listeners": [ { "Address": "mllp://127.0.0.1:2575" } ] } } }""", "MedOrleans:Hl7:Listeners:0:Senders: is empty; nobody could send anything.")]
    [InlineData("""{ "MedOrleans": { "Hl7": { "Subscribers": [ { "Name": "lab", "Tenant": "north", "Address": "mllp://lab" } ] } } }""", "MedOrleans:Hl7:Subscribers:0:Address: must be mllp://{host}:{port} or mllps://{host}:{port}.")]
    [InlineData("""{ "MedOrleans": { "Hl7": { "Subscribers": [ { "Name": "lab", "Tenant": "north", "Address": "mllp://lab:2575" }, { "Name": "lab", "Tenant": "north", "Address": "mllp://other:2575" } ] } } }""",
        "MedOrleans:Hl7:Subscribers: two of north are named lab.")]
    [InlineData("""{ "MedOrleans": { "Keda": { "Address": "localhost:9090" } } }""", "MedOrleans:Keda:Address: must be https://{ip address}:{port}, or http:// on loopback.")]
    [InlineData("""{ "MedOrleans": { "Keda": { "Address": "http://127.0.0.1:8081" } } }""", "MedOrleans:Keda:Address: is the public or the operator's address.")]
    [InlineData(
        """{ "MedOrleans": { "Keda": { "Address": "http://0.0.0.0:9090" } } }""",
        "MedOrleans:Keda:Address: 0.0.0.0:9090 can be reached from other machines, and without certificates anybody there would be answered; give MedOrleans:Keda:Tls and https://, or listen on loopback.")]
    [InlineData(
        """{ "MedOrleans": { "Role": "Supervisor", "Keda": { "Address": "http://127.0.0.1:9090" }, "Record": { "Databases": { "main": { "Provider": "Postgres", "ConnectionString": "Host=db" } } } } }""",
        "MedOrleans:Keda:Address: a supervisor starts and stops silos itself; KEDA asks gateways or silos.")]
    [InlineData(
        """{ "MedOrleans": { "Keda": { "Address": "http://127.0.0.1:9090", "Tls": { "KeyFile": "a.key" } } } }""", "MedOrleans:Keda:Address: must begin with https:// where certificates are given.")]
    [InlineData(
        """{ "MedOrleans": { "Keda": { "Address": "https://0.0.0.0:9090", "Tls": { "CertificateFile": "a.crt", "KeyFile": "a.key" } } } }""",
        "MedOrleans:Keda:Tls:AuthorityFile: is empty; both ends prove themselves by certificate, so certificate, key and authority are all needed.")]
    [InlineData("""{ "MedOrlean": { "Role": "All" } }""", "MedOrlean: there is no such section; all settings are below MedOrleans.")]
    public void Load_WrongAsAWhole_IsSaid(string json, string mistake) => Assert.Equal([mistake], Mistakes(json));

    [Fact]
    public void Load_NoFileThere_IsSaid() =>
        Assert.Equal(["--config: there is no file nowhere.json."], Assert.Throws<SettingsException>(() => Settings.Load("nowhere.json", [])).Mistakes);

    [Fact]
    public void Load_NotJson_IsSaid() => Assert.StartsWith("--config: ", Assert.Single(Mistakes("{ \"MedOrleans\": ")), StringComparison.Ordinal);

    [Fact]
    public void Load_SameKeyInAllSources_FlagBeatsEnvironmentBeatsFile()
    {
        // Names that no other test reads: the environment is the whole process's.
        var file = Write("""{ "MedOrleans": { "Record": { "Databases": { "main": {}, "order": { "Pool": "file" }, "order2": { "Pool": "file" }, "order3": { "Pool": "file" } } } } }""");
        const string Second = "MEDORLEANS__Record__Databases__order2__Pool", Third = "MEDORLEANS__Record__Databases__order3__Pool";
        Environment.SetEnvironmentVariable(Second, "environment");
        Environment.SetEnvironmentVariable(Third, "environment");
        try
        {
            var databases = Settings.Load(file, [KeyValuePair.Create<string, string?>("MedOrleans:Record:Databases:order3:Pool", "flag")]).Record.Databases;

            Assert.Equal(["community", "file", "environment", "flag"], [databases["main"].Pool, databases["order"].Pool, databases["order2"].Pool, databases["order3"].Pool]);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Second, null);
            Environment.SetEnvironmentVariable(Third, null);
        }
    }

    private static string Shipped(string file) => Path.Combine(AppContext.BaseDirectory, "silo-config", file);

    private static IEnumerable<string> Keys(IEnumerable<string> mistakes, string ending) =>
        mistakes.Select(mistake => mistake.EndsWith(ending, StringComparison.Ordinal) ? mistake[..^ending.Length] : mistake).Order(StringComparer.Ordinal);

    private IReadOnlyList<string> Mistakes(string json) => Assert.Throws<SettingsException>(() => Load(json)).Mistakes;

    private Settings Load(string json) => Settings.Load(Write(json), []);

    private string Write(string json)
    {
        var file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, json);
        return file;
    }

    /// <summary>Every key of every options class with its default as text; keys of a list's items are shown by example only.</summary>
    private static IEnumerable<(string Key, string? Value, bool IsExample)> Defaults() =>
    [
        .. Of("", new ProcessOptions()),
        .. Of("Record:", new RecordStoresOptions()),
        .. Of("Committer:", new CommitterOptions()),
        .. Of("Metering:", new MeteringOptions()),
        .. Of("Pools:", new PoolOptions()),
        .. Of("Lifecycle:", new LifecycleOptions()),
        .. Of("Scaling:", new ScalingOptions()),
        .. Of("Supervisor:", new SupervisorOptions()),
        .. Of("Keda:", new KedaOptions()),
        .. Of("Hl7:", new Hl7Options()),
        .. Of("Fhir:", new FhirOptions()),
        .. Of("Security:", new SecurityOptions()),
        .. Of("Console:", new ConsoleOptions()),
    ];

    private static IEnumerable<(string Key, string? Value, bool IsExample)> Of(string prefix, object options)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var key = prefix + property.Name;
            var value = property.GetValue(options);
            if (value is IDictionary<string, RecordDatabaseOptions>)
            {
                foreach (var found in Of($"{key}:main:", new RecordDatabaseOptions()))
                {
                    yield return found;
                }
            }
            else if (value is IList)
            {
                yield return (key, "", false);
                var item = property.PropertyType.GetGenericArguments()[0];
                foreach (var member in item == typeof(string) ? [] : item.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                {
                    yield return (member.Name, null, true);
                }
            }
            else if (property.PropertyType.IsClass && value is not (null or string))
            {
                foreach (var found in Of(key + ":", value))
                {
                    yield return found;
                }
            }
            else
            {
                yield return (key, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", false);
            }
        }
    }
}
