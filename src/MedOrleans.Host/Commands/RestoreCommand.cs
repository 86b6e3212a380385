using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans tenant restore</c>.</summary>
internal static class RestoreCommand
{
    private const int SomeRefused = 3;
    private const int Shown = 20;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public static Command Create(ClientFlags flags)
    {
        var slug = TenantCommand.Slug();
        var to = new Option<string>("--to") { Description = "The moment to go back to, 2026-11-26T08:00:00Z.", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Lists what would change, and changes nothing." };
        var noWait = new Option<bool>("--no-wait") { Description = "Does not wait for the end." };
        var command = new Command("restore", "Takes a hospital's record back to an earlier moment, as new versions; its history keeps everything, and the other hospitals go on.") { slug, to, dryRun, noWait };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            if (!DateTimeOffset.TryParse(parsed.GetValue(to), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment))
            {
                throw new ClientException("--to: is a moment, 2026-11-26T08:00:00Z.");
            }

            var path = $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/restore";
            var reply = await client.PostAsync(path, new { to = moment, dryRun = parsed.GetValue(dryRun) }, cancel);
            if (parsed.GetValue(dryRun))
            {
                return flags.IsJson(parsed) ? ClientFlags.Print(reply) : Preview(reply);
            }

            while (!parsed.GetValue(noWait) && reply.GetProperty("finished").ValueKind == JsonValueKind.Null)
            {
                await Task.Delay(s_pause, TimeProvider.System, cancel);
                reply = await client.GetAsync(path, cancel);
            }

            return flags.IsJson(parsed) ? ClientFlags.Print(reply) : Report(parsed.GetValue(slug)!, reply);
        }));
        return command;
    }

    private static int Preview(JsonElement preview)
    {
        var table = new Table().AddColumns("type", "change back", "make again", "delete");
        foreach (var count in preview.GetProperty("counts").EnumerateArray())
        {
            table.AddRow(count.GetProperty("type").GetString()!, $"{count.GetProperty("change").GetInt64():N0}", $"{count.GetProperty("remake").GetInt64():N0}", $"{count.GetProperty("delete").GetInt64():N0}");
        }

        AnsiConsole.Write(table);
        foreach (var item in preview.GetProperty("first").EnumerateArray().Take(Shown))
        {
            var target = item.GetProperty("target") is { ValueKind: JsonValueKind.Number } version ? $"to version {version.GetInt64()}" : "deleted";
            Console.WriteLine($"{item.GetProperty("type").GetString()}/{item.GetProperty("id").GetString()}  version {item.GetProperty("version").GetInt64()} {target}");
        }

        return 0;
    }

    private static int Report(string tenant, JsonElement progress)
    {
        var refused = progress.GetProperty("refused").EnumerateArray().ToList();
        foreach (var reason in refused.Take(Shown))
        {
            Console.WriteLine($"refused  {reason.GetString()}");
        }

        Console.WriteLine(progress.GetProperty("finished").ValueKind == JsonValueKind.Null
            ? $"{tenant} is being taken back: {progress.GetProperty("done").GetInt64():N0} of {progress.GetProperty("planned").GetInt64():N0} resources."
            : $"{tenant} is as it was at {progress.GetProperty("to").GetDateTimeOffset():u}: {progress.GetProperty("written").GetInt64():N0} versions written, {progress.GetProperty("unchanged").GetInt64():N0} resources were as they had been, {refused.Count:N0} refused.");
        return refused.Count == 0 ? 0 : SomeRefused;
    }
}
