using System.CommandLine;
using System.Net;
using MedOrleans.Host.Hosting;
using MedOrleans.Host.Observe;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans observe</c>: a host, and a Prometheus that watches it.</summary>
internal static class ObserveCommand
{
    public static Command Create()
    {
        var flags = new HostFlags();
        var program = new Option<string>("--prometheus") { Description = "The Prometheus program.", DefaultValueFactory = _ => "prometheus" };
        var listen = new Option<string>("--prometheus-address") { Description = "Where Prometheus answers.", DefaultValueFactory = _ => "127.0.0.1:9090" };
        var command = new Command("observe", "Serves as `serve` does, with a Prometheus beside it that has the shipped configuration, recording rules and alerts.") { program, listen };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => ServeCommand.RunAsync(
            () => Load(flags, parsed, program, listen),
            (host, token) => ObserveAsync(host, PrometheusProcess.Find(parsed.GetValue(program)!), parsed.GetValue(listen)!, token),
            cancel));
        return command;
    }

    /// <summary>The settings, once it is clear that Prometheus can start too.</summary>
    private static Settings Load(HostFlags flags, ParseResult parsed, Option<string> program, Option<string> listen)
    {
        PrometheusProcess.Find(parsed.GetValue(program)!);
        return !IPEndPoint.TryParse(parsed.GetValue(listen)!, out var address) || address.Port == 0
            ? throw new SettingsException(["--prometheus-address: is an address and a port, 127.0.0.1:9090."])
            : Ports.IsFree(address)
                ? flags.Load(parsed)
                : throw new SettingsException([$"--prometheus-address: {address} is taken by another process, or not an address of this machine."]);
    }

    private static async Task<int> ObserveAsync(MedOrleansHost host, string program, string listen, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, host.Stopping);
        var folder = Path.GetFullPath(Path.Combine(host.Settings.Host.DataFolder, "prometheus"));
        await using var prometheus = await PrometheusProcess.StartAsync(program, folder, host.Management.Authority, listen);
        var address = new Uri($"http://{listen}");
        try
        {
            if (await prometheus.IsReadyAsync(address, TimeProvider.System, stop.Token))
            {
                Console.WriteLine($"""
                    Prometheus answers at {address} (alerts: {address}alerts), its series in {folder}.
                    For Grafana: mount grafana/provisioning and grafana/dashboards, and let the data source point there.
                    """);
                var serving = ServeCommand.ServeAsync(host, stop.Token);
                if (await Task.WhenAny(serving, prometheus.Ended) == serving)
                {
                    return await serving;
                }

                await stop.CancelAsync();
                await serving;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }

        await Console.Error.WriteLineAsync($"Prometheus has ended:{Environment.NewLine}{prometheus.LastLines}");
        return 1;
    }
}
