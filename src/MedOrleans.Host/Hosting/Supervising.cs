using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using MedOrleans.Connections;
using MedOrleans.Elasticity.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace MedOrleans.Host.Hosting;

/// <summary>Makes the process the supervisor of silos on its machine, besides a gateway.</summary>
internal static class Supervising
{
    /// <summary>Adds the supervisor. To be called before the Orleans client is added: that one waits for the first silo, and is to stop before the last.</summary>
    public static void AddSupervisor(this IServiceCollection services, Settings settings)
    {
        services.AddHostedService(provider => new SiloSupervisor(
            Template(settings), settings.Supervisor, settings.Scaling, settings.Host.Silo.Pool, provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SiloSupervisor>>()));
    }

    private static SiloTemplate Template(Settings settings)
    {
        var (http, management) = (Host(settings.Host.Http.Address), Host(settings.Host.Management.Address));
        var program = Environment.ProcessPath!;
        return new SiloTemplate(
            Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Assembly.GetEntryAssembly()!.Location] : [program],
            Path.GetFullPath(Path.Combine(settings.Host.DataFolder, "silos")),
            (number, folder) =>
            {
                var all = ToJson(settings.Configuration.GetSection(ProcessOptions.Section)) as JsonObject ?? [];
                all.Remove("Supervisor");
                Set("Role", nameof(HostRole.Silo));
                Set("DataFolder", folder);
                Set("Security:MasterKeyFile", Path.GetFullPath(settings.MasterKeyFile));
                if (settings.Host.Cluster.Tls is { IsGiven: true } tls)
                {
                    // They work in folders of their own.
                    Set($"Cluster:Tls:{nameof(TlsFiles.CertificateFile)}", Path.GetFullPath(tls.CertificateFile));
                    Set($"Cluster:Tls:{nameof(TlsFiles.KeyFile)}", Path.GetFullPath(tls.KeyFile));
                    Set($"Cluster:Tls:{nameof(TlsFiles.AuthorityFile)}", Path.GetFullPath(tls.AuthorityFile));
                }

                Set("Http:Address", $"http://{http}:{Port(settings, number, 0)}");
                Set("Management:Address", $"http://{management}:{Port(settings, number, 1)}");
                Set("Cluster:SiloPort", Port(settings, number, 2));
                Set("Cluster:GatewayPort", Port(settings, number, 3));
                return new JsonObject { [ProcessOptions.Section] = all }.ToJsonString();

                void Set(string key, string value)
                {
                    var path = key.Split(':');
                    var at = all;
                    foreach (var name in path[..^1])
                    {
                        at = (JsonObject)(at[Named(at, name)] ??= new JsonObject());
                    }

                    at[Named(at, path[^1])] = value;
                }
            },
            number => $"{settings.Host.Cluster.AdvertisedAddress}:{Port(settings, number, 2)}");
    }

    // Keys of settings know no case; those of JSON do.
    private static string Named(JsonObject at, string name) => at.Select(member => member.Key).FirstOrDefault(key => key.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? name;

    private static string Port(Settings settings, int number, int which) =>
        (settings.Supervisor.FirstPort + ((number - 1) * SupervisorOptions.PortsPerSilo) + which).ToString(CultureInfo.InvariantCulture);

    private static string Host(string address)
    {
        var ip = ProcessOptions.EndPoint(address)!.Address;
        return ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{ip}]" : ip.ToString();
    }

    private static JsonNode? ToJson(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
        {
            return section.Value is { } value ? JsonValue.Create(value) : null;
        }

        var all = new JsonObject();
        foreach (var child in children)
        {
            all[child.Key] = ToJson(child);
        }

        return all;
    }
}
