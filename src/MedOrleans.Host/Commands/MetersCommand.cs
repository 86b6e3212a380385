using System.CommandLine;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans meters</c>: what is metered, and what each meter means.</summary>
internal static class MetersCommand
{
    private static readonly string[] s_columns = ["name", "unit", "class", "kind", "exactness", "definition"];

    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("meters", "Lists the meters: unit, class, how exact, and what counts.");
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var meters = await client.GetAsync("/admin/meters", cancel);
            if (flags.IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(meters, ApiClient.Json));
                return 0;
            }

            var table = new Table().AddColumns(s_columns).ShowRowSeparators();
            foreach (var meter in meters.EnumerateArray())
            {
                table.AddRow([.. s_columns.Select(column => Markup.Escape(meter.GetProperty(column).GetString()!))]);
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }
}
