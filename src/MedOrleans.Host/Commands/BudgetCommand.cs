using System.CommandLine;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.Host.Client;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans budget …</c>: what hospitals mean to spend.</summary>
internal static class BudgetCommand
{
    private static readonly int[] s_thresholds = [50, 80, 100];

    public static Command Create()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true, Recursive = true };
        var command = new Command("budget", "Shows, sets and clears a hospital's monthly budget.") { tenant };
        flags.AddTo(command);
        command.Subcommands.Add(Show(flags, tenant));
        command.Subcommands.Add(Set(flags, tenant));
        command.Subcommands.Add(Clear(flags, tenant));
        return command;
    }

    private static Command Show(ClientFlags flags, Option<string> tenant)
    {
        var command = new Command("show", "Shows the budget, what the month has cost so far, and the alerts.");
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client => Print(flags, parsed, await client.GetAsync(Path(parsed, tenant), cancel))));
        return command;
    }

    private static Command Set(ClientFlags flags, Option<string> tenant)
    {
        var amount = new Argument<decimal>("amount") { Description = "What a month may cost, in the currency of the hospital's rate card." };
        var alerts = new Option<int[]>("--alert-at") { Description = "A percentage at which an alert is raised; given again for another (50, 80, 100).", DefaultValueFactory = _ => s_thresholds };
        var cap = new Option<bool>("--hard-cap") { Description = "Writes stop for the rest of the month once the amount is spent." };
        var command = new Command("set", "Sets the budget of every month from this one on.") { amount, alerts, cap };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            using var content = JsonContent.Create(new { monthlyAmount = parsed.GetValue(amount), thresholds = parsed.GetValue(alerts), hardCap = parsed.GetValue(cap) }, options: ApiClient.Json);
            return Print(flags, parsed, await client.SendAsync(HttpMethod.Put, Path(parsed, tenant), content, cancel));
        }));
        return command;
    }

    private static Command Clear(ClientFlags flags, Option<string> tenant)
    {
        var command = new Command("clear", "Takes the budget away.");
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            await client.SendAsync(HttpMethod.Delete, Path(parsed, tenant), null, cancel);
            Console.WriteLine($"{parsed.GetValue(tenant)} has no budget.");
            return 0;
        }));
        return command;
    }

    private static string Path(ParseResult parsed, Option<string> tenant) => $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/budget";

    private static int Print(ClientFlags flags, ParseResult parsed, JsonElement standing)
    {
        if (flags.IsJson(parsed))
        {
            return ClientFlags.Print(standing);
        }

        var currency = standing.GetProperty("currency").GetString() ?? "";
        var spent = standing.GetProperty("spent") is { ValueKind: JsonValueKind.Number } number ? number.GetDecimal().ToString("N2", CultureInfo.InvariantCulture) : "an amount that cannot be priced";
        Console.WriteLine(standing.GetProperty("budget") is { ValueKind: JsonValueKind.Object } budget
            ? string.Create(CultureInfo.InvariantCulture, $"{standing.GetProperty("tenant").GetString()} has spent {spent} of {budget.GetProperty("monthlyAmount").GetDecimal():N2} {currency} in {standing.GetProperty("month").GetString()}{(standing.GetProperty("isCapped").GetBoolean() ? ": its hard cap stops writes." : ".")}")
            : $"{standing.GetProperty("tenant").GetString()} has spent {spent} {currency} in {standing.GetProperty("month").GetString()}, and has no budget.");
        foreach (var alert in standing.GetProperty("alerts").EnumerateArray())
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{alert.GetProperty("at").GetDateTimeOffset():u}  {alert.GetProperty("month").GetString()}: {alert.GetProperty("threshold").GetInt32()} % of {alert.GetProperty("monthlyAmount").GetDecimal():N2}"));
        }

        return 0;
    }
}
