using System.ComponentModel.DataAnnotations;
using MedOrleans.Elasticity;
using MedOrleans.Elasticity.Local;
using MedOrleans.Gateway.Console;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Gateway.Security;
using MedOrleans.Grains.Committing;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using Microsoft.Extensions.Configuration;

namespace MedOrleans.Host.Hosting;

/// <summary>The start stops: the settings have mistakes.</summary>
/// <param name="mistakes">One a line, each with its key's full name.</param>
public sealed class SettingsException(IReadOnlyList<string> mistakes) : Exception(string.Join(Environment.NewLine, mistakes))
{
    /// <summary>The mistakes.</summary>
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}

/// <summary>All settings of a process, checked.</summary>
public sealed class Settings
{
    private static readonly KeyValuePair<string, Type>[] s_sections =
    [
        new(ProcessOptions.Section, typeof(ProcessOptions)),
        new("MedOrleans:Record", typeof(RecordStoresOptions)),
        new("MedOrleans:Committer", typeof(CommitterOptions)),
        new(FhirOptions.Section, typeof(FhirOptions)),
        new(SecurityOptions.Section, typeof(SecurityOptions)),
        new(ConsoleOptions.Section, typeof(ConsoleOptions)),
        new(MeteringOptions.Section, typeof(MeteringOptions)),
        new(PoolOptions.Section, typeof(PoolOptions)),
        new(LifecycleOptions.Section, typeof(LifecycleOptions)),
        new(ScalingOptions.Section, typeof(ScalingOptions)),
        new(SupervisorOptions.Section, typeof(SupervisorOptions)),
        new(KedaOptions.Section, typeof(KedaOptions)),
        new(Hl7Options.Section, typeof(Hl7Options)),
    ];

    private Settings(IConfiguration configuration)
    {
        Configuration = configuration;
        Host = Get<ProcessOptions>(ProcessOptions.Section);
        Record = Get<RecordStoresOptions>("MedOrleans:Record");
        Committer = Get<CommitterOptions>("MedOrleans:Committer");
        Metering = Get<MeteringOptions>(MeteringOptions.Section);
        Pools = Get<PoolOptions>(PoolOptions.Section);
        Lifecycle = Get<LifecycleOptions>(LifecycleOptions.Section);
        Scaling = Get<ScalingOptions>(ScalingOptions.Section);
        Supervisor = Get<SupervisorOptions>(SupervisorOptions.Section);
        Keda = Get<KedaOptions>(KedaOptions.Section);
        Hl7 = Get<Hl7Options>(Hl7Options.Section);
        Security = Get<SecurityOptions>(SecurityOptions.Section);
        Console = Get<ConsoleOptions>(ConsoleOptions.Section);
        if (Record.Databases.Count == 0)
        {
            Record.Databases.Add(Record.Home, new RecordDatabaseOptions());
        }

        // An embedded database that is not placed elsewhere goes where the data folder goes.
        foreach (var (name, database) in Record.Databases.Where(database => database.Value is { Provider: RecordProvider.Sqlite, ConnectionString: "" }))
        {
            database.ConnectionString = $"Data Source={Path.Combine(Host.DataFolder, name == Record.Home ? "record.db" : $"record-{name}.db")}";
        }
    }

    /// <summary>What they were read from.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>The process.</summary>
    public ProcessOptions Host { get; }

    /// <summary>The databases.</summary>
    public RecordStoresOptions Record { get; }

    /// <summary>The committer.</summary>
    public CommitterOptions Committer { get; }

    /// <summary>Who is believed, and where the master key is.</summary>
    public SecurityOptions Security { get; }

    /// <summary>The page for operators and hospitals.</summary>
    public ConsoleOptions Console { get; }

    /// <summary>The file with the master key.</summary>
    public string MasterKeyFile => Security.MasterKeyFile is { Length: > 0 } file ? file : Path.Combine(Host.DataFolder, "master.key");

    /// <summary>The pools.</summary>
    public PoolOptions Pools { get; }

    /// <summary>How long what of a hospital's life lasts.</summary>
    public LifecycleOptions Lifecycle { get; }

    /// <summary>How many silos there should be.</summary>
    public ScalingOptions Scaling { get; }

    /// <summary>The silos beside a supervisor.</summary>
    public SupervisorOptions Supervisor { get; }

    /// <summary>Where KEDA asks for it.</summary>
    public KedaOptions Keda { get; }

    /// <summary>Where HL7 v2 messages are taken.</summary>
    public Hl7Options Hl7 { get; }

    /// <summary>Metering.</summary>
    public MeteringOptions Metering { get; }

    /// <summary>The home database.</summary>
    public RecordDatabaseOptions Home => Record.Databases[Record.Home];

    /// <summary>Whether this process is its whole cluster, on SQLite.</summary>
    public bool IsEmbedded => Home.Provider == RecordProvider.Sqlite;

    /// <summary>Reads and checks settings: command line over environment (<c>MEDORLEANS__…</c>) over file over defaults.</summary>
    /// <param name="file">A JSON file (comments are fine); null for none.</param>
    /// <param name="flags">What the command line says, by key.</param>
    /// <exception cref="SettingsException">Something is wrong; the exception lists everything.</exception>
    public static Settings Load(string? file, IEnumerable<KeyValuePair<string, string?>> flags)
    {
        if (file is not null && !File.Exists(file))
        {
            throw new SettingsException([$"--config: there is no file {file}."]);
        }

        var builder = new ConfigurationBuilder();
        try
        {
            if (file is not null)
            {
                builder.AddJsonFile(Path.GetFullPath(file), optional: false);
            }

            // Only the file can have other sections: the environment and the flags are read into this one.
            var strays = builder.Build().GetChildren().Where(child => !ProcessOptions.Section.Equals(child.Key, StringComparison.OrdinalIgnoreCase))
                .Select(child => $"{child.Key}: there is no such section; all settings are below {ProcessOptions.Section}.").ToList();
            if (strays.Count > 0)
            {
                throw new SettingsException(strays);
            }

            // MEDORLEANS__Http__Address is MedOrleans:Http:Address.
            return Load(builder
                .AddInMemoryCollection(new ConfigurationBuilder().AddEnvironmentVariables("MEDORLEANS__").Build().AsEnumerable()
                    .Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create($"{ProcessOptions.Section}:{pair.Key}", pair.Value)))
                .AddInMemoryCollection(flags)
                .Build());
        }
        catch (InvalidDataException e)
        {
            throw new SettingsException([$"--config: {file} is not valid JSON: {e.InnerException?.Message ?? e.Message}"]);
        }
    }

    /// <summary>Checks settings.</summary>
    /// <exception cref="SettingsException">Something is wrong; the exception lists everything.</exception>
    public static Settings Load(IConfiguration configuration)
    {
        var mistakes = SettingsKeys.Mistakes(configuration.GetSection(ProcessOptions.Section), s_sections).ToList();
        if (mistakes.Count > 0)
        {
            throw new SettingsException(mistakes);
        }

        var settings = new Settings(configuration);
        var fhir = new List<ValidationResult>();
        var fhirOptions = settings.Get<FhirOptions>(FhirOptions.Section);
        Validator.TryValidateObject(fhirOptions, new ValidationContext(fhirOptions), fhir, validateAllProperties: true);
        mistakes = [
            .. settings.Host.Mistakes(settings.Record),
            .. settings.Record.Mistakes(),
            .. settings.Committer.Mistakes(),
            .. settings.Metering.Mistakes(),
            .. settings.Pools.Mistakes(),
            .. settings.Lifecycle.Mistakes(),
            .. settings.Scaling.Mistakes(),
            .. settings.Supervisor.Mistakes(),
            .. settings.Keda.Mistakes(settings.Host),
            .. settings.Hl7.Mistakes(),
            .. settings.Security.Mistakes(),
            .. settings.Console.Mistakes(),
            .. fhir.Select(result => $"{FhirOptions.Section}:{result.MemberNames.FirstOrDefault()}: {result.ErrorMessage}"),
        ];
        return mistakes.Count == 0 ? settings : throw new SettingsException(mistakes);
    }

    private T Get<T>(string section)
        where T : new() => Configuration.GetSection(section).Get<T>() ?? new T();
}
