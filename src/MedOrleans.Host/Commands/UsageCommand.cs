using System.CommandLine;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans usage</c>: what a hospital used.</summary>
internal static class UsageCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true };
        var command = new Command("usage", "Shows a hospital's metered usage of the last 31 days.") { tenant };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var usage = await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/usage", cancel);
            if (flags.IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(usage, ApiClient.Json));
                return 0;
            }

            var table = new Table().AddColumns("day", "meter").AddColumn("quantity", column => column.RightAligned());
            var days = usage.GetProperty("buckets").EnumerateArray()
                .GroupBy(bucket => (bucket.GetProperty("hour").GetDateTimeOffset().UtcDateTime.Date, bucket.GetProperty("meter").GetString()!));
            foreach (var day in days)
            {
                table.AddRow(day.Key.Date.ToString("yyyy-MM-dd", provider: null), Markup.Escape(day.Key.Item2), $"{day.Sum(bucket => bucket.GetProperty("quantity").GetInt64()):N0}");
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }
}
