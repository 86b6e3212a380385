using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans rate-card …</c>: what metered usage costs.</summary>
internal static class RateCardCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("rate-card", "Lists, shows and puts rate cards.");
        flags.AddTo(command);
        command.Subcommands.Add(List(flags));
        command.Subcommands.Add(CatalogCommands.Show(flags, "rate card", "rate-card", "standard"));
        command.Subcommands.Add(CatalogCommands.Put(flags, "rate card", "rate-card", "Adds a rate card or a version to one; what closed statements used stays as it is."));
        return command;
    }

    private static Command List(ClientFlags flags)
    {
        var command = new Command("list", "Lists the rate cards and their prices of the last version.");
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var cards = await client.GetAsync("/admin/rate-cards", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(cards);
            }

            var table = new Table().AddColumns("rate card", "from", "meter", "unit", "included", "tiers");
            foreach (var card in cards.EnumerateArray())
            {
                var version = card.GetProperty("versions").EnumerateArray().Last();
                foreach (var price in version.GetProperty("prices").EnumerateArray())
                {
                    table.AddRow(
                        Markup.Escape($"{card.GetProperty("id").GetString()} ({card.GetProperty("currency").GetString()})"), version.GetProperty("effectiveFrom").GetString()!,
                        price.GetProperty("meter").GetString()!, Markup.Escape(price.GetProperty("unit").GetString()!),
                        Number(price.GetProperty("included")), string.Join(", ", price.GetProperty("tiers").EnumerateArray().Select(Tier)));
                }
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    private static string Tier(JsonElement tier) => tier.TryGetProperty("upTo", out var end) && end.ValueKind == JsonValueKind.Number
        ? $"{Number(tier.GetProperty("unitPrice"))} up to {Number(end)}"
        : Number(tier.GetProperty("unitPrice"));

    private static string Number(JsonElement number) => number.GetDecimal().ToString("0.######", CultureInfo.InvariantCulture);
}
