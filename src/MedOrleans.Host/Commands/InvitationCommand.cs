using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans invitation …</c>: what lets hospitals sign up by themselves.</summary>
internal static class InvitationCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("invitation", "Makes, lists and withdraws the invitations by which hospitals sign up.");
        flags.AddTo(command);
        command.Subcommands.Add(CreateInvitation(flags));
        command.Subcommands.Add(List(flags));
        command.Subcommands.Add(Withdraw(flags));
        return command;
    }

    private static Command CreateInvitation(ClientFlags flags)
    {
        var note = new Argument<string>("note") { Description = "Whom it is for, \"Clinic of Dr. Ek\"." };
        var plans = new Option<string[]>("--plan") { Description = "A plan that may be chosen; given again for another. Every offered one without it." };
        var days = new Option<int>("--days") { Description = "Days that it is good, 1 to 90.", DefaultValueFactory = _ => 14 };
        var pool = new Option<string?>("--pool") { Description = "The pool that the hospital is placed in (community)." };
        var command = new Command("create", "Makes an invitation and shows its code, once.") { note, plans, days, pool };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.PostAsync(
                "/admin/invitations", new { note = parsed.GetValue(note), plans = parsed.GetValue(plans), days = parsed.GetValue(days), pool = parsed.GetValue(pool) }, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            Console.WriteLine($"""
                The invitation is good until {reply.GetProperty("invitation").GetProperty("expires").GetDateTimeOffset():u}. Its code is not shown again:
                  {reply.GetProperty("code").GetString()}
                The hospital signs up with it:
                  medorleans signup <slug> --name "<name>" --invitation <code> --server {client.Server}
                """);
            return 0;
        }));
        return command;
    }

    private static Command List(ClientFlags flags)
    {
        var command = new Command("list", "Lists the invitations, without their codes.");
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.GetAsync("/admin/invitations", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            var table = new Table().AddColumns("id", "for", "plans", "expires", "used by");
            foreach (var item in reply.EnumerateArray())
            {
                table.AddRow(
                    item.GetProperty("id").GetString()!,
                    Markup.Escape(item.GetProperty("note").GetString()!),
                    Markup.Escape(string.Join(", ", item.GetProperty("plans").EnumerateArray().Select(plan => plan.GetString()))),
                    item.GetProperty("expires").GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture),
                    item.GetProperty("usedBy") is { ValueKind: JsonValueKind.String } by ? by.GetString()! : "");
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    private static Command Withdraw(ClientFlags flags)
    {
        var id = new Argument<string>("id") { Description = "The invitation's id, as `invitation list` shows it." };
        var command = new Command("withdraw", "Takes an invitation back that nobody has used.") { id };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            await client.SendAsync(HttpMethod.Delete, $"/admin/invitations/{Uri.EscapeDataString(parsed.GetValue(id)!)}", null, cancel);
            Console.WriteLine($"The invitation {parsed.GetValue(id)} is withdrawn.");
            return 0;
        }));
        return command;
    }
}
