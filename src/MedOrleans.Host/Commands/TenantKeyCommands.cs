using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans tenant keys</c> and <c>rotate-key</c>.</summary>
internal static class TenantKeyCommands
{
    public static Command Keys(ClientFlags flags)
    {
        var slug = TenantCommand.Slug();
        var command = new Command("keys", "Lists the keys that a hospital's record is sealed with.") { slug };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/keys", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            var table = new Table().AddColumns("key", "fingerprint", "made", "seals from");
            foreach (var key in reply.EnumerateArray())
            {
                table.AddRow(key.GetProperty("id").ToString(), key.GetProperty("fingerprint").GetString()!, Time(key, "made"), Time(key, "sealsFrom"));
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    public static Command RotateKey(ClientFlags flags)
    {
        var slug = TenantCommand.Slug();
        var command = new Command("rotate-key", "Makes a key for a hospital's new versions; what is stored stays readable.") { slug };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var key = await client.PostAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/keys/rotate", null, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(key);
            }

            Console.WriteLine($"Key {key.GetProperty("id")} ({key.GetProperty("fingerprint").GetString()}) seals new versions from {Time(key, "sealsFrom")}.");
            return 0;
        }));
        return command;
    }

    private static string Time(JsonElement key, string name) => key.GetProperty(name).GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture);
}
