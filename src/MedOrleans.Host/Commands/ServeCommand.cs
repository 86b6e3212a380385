using System.CommandLine;
using MedOrleans.Host.Hosting;
using MedOrleans.Record.Store;
using Orleans.Runtime;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var flags = new HostFlags();
        var command = new Command("serve", "Serves hospitals: one embedded process, or part of a cluster on PostgreSQL.");
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(() => flags.Load(parsed), ServeAsync, cancel));
        return command;
    }

    /// <summary>Runs a host's work; a mistake of the operator's comes out as lines on standard error and an exit code.</summary>
    public static async Task<int> RunAsync(Func<Settings> load, Func<MedOrleansHost, CancellationToken, Task<int>> work, CancellationToken cancel)
    {
        try
        {
            await using var host = await MedOrleansHost.StartAsync(load(), cancel);
            return await work(host, cancel);
        }
        catch (SettingsException e)
        {
            foreach (var mistake in e.Mistakes)
            {
                await Console.Error.WriteLineAsync(mistake);
            }

            return 2;
        }
        catch (Exception e) when (e is RecordStoreException or OrleansException or IOException)
        {
            await Console.Error.WriteLineAsync($"The host cannot start: {e.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return 0;
        }
    }

    /// <summary>Says where the host is, and returns when it has been stopped.</summary>
    public static async Task<int> ServeAsync(MedOrleansHost host, CancellationToken cancel)
    {
        Console.WriteLine($"MedOrleans serves {host.Http} (operator: {host.Management}), data in {Path.GetFullPath(host.Settings.Host.DataFolder)}");
        if (host.IsFirstStart)
        {
            Console.WriteLine($"The operator's credential is new and in {host.OperatorFile}");
        }

        Console.WriteLine("Ctrl-C stops it.");
        await host.WaitAsync(cancel);
        return 0;
    }
}
