using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans scaling</c>: how many silos there should be, and why.</summary>
internal static class ScalingCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("scaling", "Shows how many silos each pool should have, and the decisions that changed something.");
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var view = await client.GetAsync("/admin/scaling", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(view);
            }

            var pools = new Table().Title(view.GetProperty("isDryRun").GetBoolean() ? "a rehearsal: nobody acts on it" : "").AddColumns("pool", "silos", "wanted", "range", "work", "forecast", "why");
            foreach (var pool in view.GetProperty("pools").EnumerateArray())
            {
                var last = pool.GetProperty("last");
                var signals = last.GetProperty("signals");
                pools.AddRow(
                    Text(pool, "pool"), $"{signals.GetProperty("silos")}", $"{last.GetProperty("wanted")}", $"{pool.GetProperty("min")} to {pool.GetProperty("max")}", Number(signals.GetProperty("cpu")), Number(pool.GetProperty("forecast")), Text(last, "explanation"));
            }

            AnsiConsole.Write(pools);
            var decisions = view.GetProperty("decisions").EnumerateArray().ToList();
            if (decisions.Count > 0)
            {
                var table = new Table().AddColumns("at", "pool", "from", "to", "rule", "why");
                foreach (var decision in decisions.Take(20))
                {
                    table.AddRow(
                        decision.GetProperty("at").GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture), Text(decision, "pool"), $"{decision.GetProperty("signals").GetProperty("silos")}",
                        $"{decision.GetProperty("wanted")}{(decision.GetProperty("isDryRun").GetBoolean() ? " (rehearsed)" : "")}", Text(decision, "rule"), Text(decision, "explanation"));
                }

                AnsiConsole.Write(table);
            }

            return 0;
        }));
        return command;
    }

    private static string Text(JsonElement element, string name) => Markup.Escape(element.GetProperty(name).GetString()!);

    private static string Number(JsonElement number) => number.ValueKind == JsonValueKind.Number ? number.GetDouble().ToString("0.##", CultureInfo.InvariantCulture) : "";
}
