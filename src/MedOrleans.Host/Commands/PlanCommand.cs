using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
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
        command.Subcommands.Add(Show(flags));
        command.Subcommands.Add(Put(flags));
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
                return Print(plans);
            }

            var table = new Table().AddColumns("plan", "rate card", "weight", "compute ms/s", "activations", "stored", "requests/s", "bytes/s", "sessions");
            foreach (var plan in plans.EnumerateArray())
            {
                table.AddRow([
                    Markup.Escape(plan.GetProperty("id").GetString()!), Markup.Escape(plan.GetProperty("rateCard").GetString()!),
                    plan.GetProperty("weight").GetDouble().ToString("0.##", CultureInfo.InvariantCulture),
                    .. s_shares.Select(share => $"{Short(plan.GetProperty(share).GetProperty("guaranteed"))} / {Short(plan.GetProperty(share).GetProperty("burst"))}")]);
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    private static Command Show(ClientFlags flags)
    {
        var id = Id();
        var command = new Command("show", "Prints a plan as JSON: what `plan put` takes.") { id };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
            Print(await client.GetAsync($"/admin/plans/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancel))));
        return command;
    }

    private static Command Put(ClientFlags flags)
    {
        var file = new Argument<FileInfo>("file") { Description = "A plan as JSON, as `plan show` prints it." };
        var command = new Command("put", "Adds a plan or changes one.") { file };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var (id, json) = await JsonFile.ReadAsync(parsed.GetValue(file)!, "plan", cancel);
            using var content = new ByteArrayContent(json);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var reply = await client.SendAsync(HttpMethod.Put, $"/admin/plans/{Uri.EscapeDataString(id)}", content, cancel);
            if (flags.IsJson(parsed))
            {
                return Print(reply);
            }

            Console.WriteLine($"The plan {id} is put.");
            return 0;
        }));
        return command;
    }

    private static Argument<string> Id() => new("plan") { Description = "The plan's id, hospital." };

    private static string Short(JsonElement number) => number.GetDouble() switch
    {
        >= 1e12 and var n => (n / 1e12).ToString("0.##T", CultureInfo.InvariantCulture),
        >= 1e9 and var n => (n / 1e9).ToString("0.##G", CultureInfo.InvariantCulture),
        >= 1e6 and var n => (n / 1e6).ToString("0.##M", CultureInfo.InvariantCulture),
        >= 1e3 and var n => (n / 1e3).ToString("0.##k", CultureInfo.InvariantCulture),
        var n => n.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static int Print(JsonElement reply)
    {
        Console.WriteLine(JsonSerializer.Serialize(reply, ApiClient.Json));
        return 0;
    }
}
