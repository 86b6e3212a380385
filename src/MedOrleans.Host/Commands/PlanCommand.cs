using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans plan …</c>: what hospitals are entitled to.</summary>
internal static class PlanCommand
{
    private static readonly string[] s_shares = ["compute", "memory", "storage", "network", "networkBytes", "sessions"];

    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("plan", "Lists, shows and puts plans: shares of the five pools, weight and rate card.");
        flags.AddTo(command);
        command.Subcommands.Add(List(flags));
        command.Subcommands.Add(CatalogCommands.Show(flags, "plan", "plan", "hospital"));
        command.Subcommands.Add(CatalogCommands.Put(flags, "plan", "plan", "Adds a plan or changes one."));
        return command;
    }

    private static Command List(ClientFlags flags)
    {
        var command = new Command("list", "Lists the plans, each share as guaranteed / burst.");
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var plans = await client.GetAsync("/admin/plans", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(plans);
            }

            var table = new Table().AddColumns("plan", "rate card", "weight", "compute ms/s", "activations", "stored", "requests/s", "bytes/s", "sessions");
            foreach (var plan in plans.EnumerateArray())
            {
                table.AddRow([
                    Markup.Escape(plan.GetProperty("id").GetString()!), Markup.Escape(plan.GetProperty("rateCard").GetString()!),
                    plan.GetProperty("weight").GetDouble().ToString("0.##", CultureInfo.InvariantCulture),
                    .. s_shares.Select(share => $"{ShortNumber.Of(plan.GetProperty(share).GetProperty("guaranteed"))} / {ShortNumber.Of(plan.GetProperty(share).GetProperty("burst"))}")]);
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }
}
