using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans usage</c>: what a hospital used, and whether that is so.</summary>
internal static class UsageCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true, Recursive = true };
        var command = new Command("usage", "Shows a hospital's metered usage of the last 31 days.") { tenant };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => ShowAsync(flags, parsed, parsed.GetValue(tenant)!, null, "day", cancel));
        command.Subcommands.Add(Show(flags, tenant));
        command.Subcommands.Add(Verify(flags, tenant));
        return command;
    }

    private static Command Show(ClientFlags flags, Option<string> tenant)
    {
        var meter = new Option<string?>("--meter") { Description = "One meter alone." };
        var resolution = new Option<string>("--resolution") { Description = "hour, day or month.", DefaultValueFactory = _ => "day" };
        var command = new Command("show", "Shows a hospital's metered usage of the last 31 days.") { meter, resolution };
        command.SetAction((parsed, cancel) => ShowAsync(flags, parsed, parsed.GetValue(tenant)!, parsed.GetValue(meter), parsed.GetValue(resolution)!, cancel));
        return command;
    }

    private static Command Verify(ClientFlags flags, Option<string> tenant)
    {
        var month = new Option<string?>("--month") { Description = "The month, 2026-11; this one unless given." };
        var command = new Command("verify", "Recomputes a month's usage from the record's history and the flushed batches; lists every difference, and fails on one.") { month };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var asked = parsed.GetValue(month) is { } given ? $"?month={Uri.EscapeDataString(given)}" : "";
            var verdict = await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/usage/verification{asked}", cancel);
            var equal = verdict.GetProperty("equal").GetBoolean();
            if (flags.IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(verdict, ApiClient.Json));
                return equal ? 0 : 1;
            }

            Console.WriteLine($"{verdict.GetProperty("tenant").GetString()} {verdict.GetProperty("month").GetString()}: {verdict.GetProperty("versions").GetInt64():N0} versions and {verdict.GetProperty("batches").GetInt64():N0} batches recounted; "
                + (equal ? "the meters say the same." : "the meters DIFFER:"));
            foreach (var difference in verdict.GetProperty("differences").EnumerateArray())
            {
                var hour = difference.GetProperty("hour") is { ValueKind: JsonValueKind.String } at ? at.GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture) : "";
                Console.WriteLine($"{hour,-20}  {difference.GetProperty("meter").GetString()}: metered {difference.GetProperty("metered").GetInt64():N0}, by {difference.GetProperty("against").GetString()} {difference.GetProperty("recomputed").GetInt64():N0}");
            }

            return equal ? 0 : 1;
        }));
        return command;
    }

    private static Task<int> ShowAsync(ClientFlags flags, ParseResult parsed, string tenant, string? meter, string resolution, CancellationToken cancel) => flags.RunAsync(parsed, async client =>
    {
        var only = meter is null ? "" : $"&meter={Uri.EscapeDataString(meter)}";
        var usage = await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(tenant)}/usage?resolution={Uri.EscapeDataString(resolution)}{only}", cancel);
        if (flags.IsJson(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(usage, ApiClient.Json));
            return 0;
        }

        var form = resolution switch { "hour" => "yyyy-MM-dd HH:mm", "month" => "yyyy-MM", _ => "yyyy-MM-dd" };
        var table = new Table().AddColumns(resolution, "meter").AddColumn("quantity", column => column.RightAligned());
        foreach (var bucket in usage.GetProperty("buckets").EnumerateArray())
        {
            table.AddRow(
                bucket.GetProperty("hour").GetDateTimeOffset().UtcDateTime.ToString(form, CultureInfo.InvariantCulture),
                Markup.Escape(bucket.GetProperty("meter").GetString()!),
                $"{bucket.GetProperty("quantity").GetInt64():N0}");
        }

        AnsiConsole.Write(table);
        return 0;
    });
}
