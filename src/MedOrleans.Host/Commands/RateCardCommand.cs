using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
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
        command.Subcommands.Add(Show(flags));
        command.Subcommands.Add(Put(flags));
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
                return Print(cards);
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

    private static Command Show(ClientFlags flags)
    {
        var id = new Argument<string>("rate-card") { Description = "The rate card's id, standard." };
        var command = new Command("show", "Prints a rate card as JSON: what `rate-card put` takes.") { id };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
            Print(await client.GetAsync($"/admin/rate-cards/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancel))));
        return command;
    }

    private static Command Put(ClientFlags flags)
    {
        var file = new Argument<FileInfo>("file") { Description = "A rate card as JSON, as `rate-card show` prints it." };
        var command = new Command("put", "Adds a rate card or a version to one; what closed statements used stays as it is.") { file };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var (id, json) = await JsonFile.ReadAsync(parsed.GetValue(file)!, "rate card", cancel);
            using var content = new ByteArrayContent(json);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var reply = await client.SendAsync(HttpMethod.Put, $"/admin/rate-cards/{Uri.EscapeDataString(id)}", content, cancel);
            if (flags.IsJson(parsed))
            {
                return Print(reply);
            }

            Console.WriteLine($"The rate card {id} is put.");
            return 0;
        }));
        return command;
    }

    private static string Tier(JsonElement tier) => tier.TryGetProperty("upTo", out var end) && end.ValueKind == JsonValueKind.Number
        ? $"{Number(tier.GetProperty("unitPrice"))} up to {Number(end)}"
        : Number(tier.GetProperty("unitPrice"));

    private static string Number(JsonElement number) => number.GetDecimal().ToString("0.######", CultureInfo.InvariantCulture);

    private static int Print(JsonElement reply)
    {
        Console.WriteLine(JsonSerializer.Serialize(reply, ApiClient.Json));
        return 0;
    }
}
