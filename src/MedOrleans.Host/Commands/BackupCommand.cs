using System.CommandLine;
using System.Globalization;
using MedOrleans.Host.Backup;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans backup</c>: the databases of an embedded host, while it works.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "The host's data folder.", DefaultValueFactory = _ => "medorleans-data" };
        var target = new Option<string>("--to") { Description = "The folder of the backup: a new one.", Required = true };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("backup", "Copies the databases of an embedded host into a folder, all of one moment, while it works. To restore: that folder, and the master key, as the data folder of a host.") { data, target, json };
        command.SetAction(async (parsed, _) =>
        {
            try
            {
                var files = EmbeddedBackup.Make(parsed.GetValue(data)!, parsed.GetValue(target)!);
                if (parsed.GetValue(json))
                {
                    return ClientFlags.Print(files);
                }

                foreach (var file in files)
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Name,-20} {file.Bytes,15:N0} bytes"));
                }

                Console.WriteLine("The master key is not among them: without master.key nobody reads the bodies. Keep it elsewhere.");
                return 0;
            }
            catch (BackupException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        });
        return command;
    }
}
