using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans tenant move</c> and <c>tenant pool</c>: the silos that a hospital runs on.</summary>
internal static class TenantPoolCommands
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    public static Command Move(ClientFlags flags)
    {
        var slug = TenantCommand.Slug();
        var pool = new Option<string>("--pool") { Description = "The pool that silos are labelled for: community, or a name of its own.", Required = true };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until the hospital is there." };
        var command = new Command("move", "Moves a hospital to the silos of another pool while it works, and waits until it is there.") { slug, pool, noWait };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var path = $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/pool";
            using var body = JsonContent.Create(new { pool = parsed.GetValue(pool) });
            var reply = await client.SendAsync(HttpMethod.Put, path, body, cancel);
            var last = -1;
            while (!parsed.GetValue(noWait) && reply.GetProperty("state").GetString() == "moving")
            {
                if (!flags.IsJson(parsed) && reply.GetProperty("elsewhere").GetInt32() is var elsewhere && elsewhere != last)
                {
                    Console.WriteLine($"{elsewhere} activations are on their way.");
                    last = elsewhere;
                }

                await Task.Delay(s_look, TimeProvider.System, cancel);
                reply = await client.GetAsync(path, cancel);
            }

            return Show(flags, parsed, reply);
        }));
        return command;
    }

    public static Command Pool(ClientFlags flags)
    {
        var slug = TenantCommand.Slug();
        var command = new Command("pool", "Shows the silos that a hospital runs on.") { slug };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
            Show(flags, parsed, await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/pool", cancel))));
        return command;
    }

    private static int Show(ClientFlags flags, ParseResult parsed, JsonElement reply)
    {
        if (flags.IsJson(parsed))
        {
            return ClientFlags.Print(reply);
        }

        var (tenant, pool) = (reply.GetProperty("tenant").GetString(), reply.GetProperty("pool").GetString());
        Console.WriteLine(reply.GetProperty("state").GetString() switch
        {
            "settled" => $"{tenant} runs on the silos of the pool {pool}.",
            "moving" => $"{tenant} is on its way to the silos of the pool {pool}.",
            _ => $"{tenant} belongs to the pool {pool}, and no silo of it is alive: its calls are answered 503.",
        });
        var table = new Table().AddColumns("silo", "pool").AddColumn("activations", header => header.RightAligned());
        foreach (var silo in reply.GetProperty("silos").EnumerateArray())
        {
            table.AddRow(silo.GetProperty("silo").GetString()!, Markup.Escape(silo.GetProperty("pool").GetString() ?? ""), $"{silo.GetProperty("activations").GetInt32():N0}");
        }

        AnsiConsole.Write(table);
        return 0;
    }
}
