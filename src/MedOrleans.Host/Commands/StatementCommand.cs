using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans statement …</c>: what hospitals pay.</summary>
internal static class StatementCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("statement", "Lists, shows and closes the statements of hospitals.");
        flags.AddTo(command);
        command.Subcommands.Add(List(flags));
        command.Subcommands.Add(Show(flags));
        command.Subcommands.Add(Close(flags));
        return command;
    }

    private static Command List(ClientFlags flags)
    {
        var tenant = Tenant();
        var command = new Command("list", "Lists a hospital's months.") { tenant };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var heads = await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/statements", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(heads);
            }

            var table = new Table().AddColumns("month", "status").AddColumn("total", column => column.RightAligned());
            foreach (var head in heads.EnumerateArray())
            {
                table.AddRow(head.GetProperty("month").GetString()!, head.GetProperty("status").GetString()!,
                    head.GetProperty("total") is { ValueKind: JsonValueKind.Number } total ? $"{total.GetDecimal():N2} {head.GetProperty("currency").GetString()}" : "");
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    private static Command Show(ClientFlags flags)
    {
        var tenant = Tenant();
        var month = Month();
        var format = new Option<string?>("--format") { Description = "Prints the server's json, csv, html or focus instead of a table." };
        var command = new Command("show", "Shows a month's statement: a draft until it is closed.") { tenant, month, format };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var path = $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/statements/{Uri.EscapeDataString(parsed.GetValue(month)!)}";
            if (parsed.GetValue(format) is { } form)
            {
                using var response = await client.SendRawAsync(HttpMethod.Get, $"{path}?format={Uri.EscapeDataString(form)}", null, cancel);
                var text = await response.Content.ReadAsStringAsync(cancel);
                if (!response.IsSuccessStatusCode)
                {
                    throw new ClientException(text);
                }

                Console.WriteLine(text);
                return 0;
            }

            var statement = await client.GetAsync(path, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(statement);
            }

            Table(statement);
            return 0;
        }));
        return command;
    }

    private static Command Close(ClientFlags flags)
    {
        var tenant = new Option<string?>("--tenant") { Description = "The hospital; every one without it." };
        var month = Month();
        var command = new Command("close", "Closes a month that is over; what is metered later is an adjustment on the next statement.") { tenant, month };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var of = Uri.EscapeDataString(parsed.GetValue(month)!);
            if (parsed.GetValue(tenant) is { } one)
            {
                var statement = await client.PostAsync($"/admin/tenants/{Uri.EscapeDataString(one)}/statements/{of}/close", null, cancel);
                if (flags.IsJson(parsed))
                {
                    return ClientFlags.Print(statement);
                }

                Table(statement);
                return 0;
            }

            var reply = await client.PostAsync($"/admin/statements/{of}/close", null, cancel);
            var refused = reply.GetProperty("refused").EnumerateObject().ToList();
            if (flags.IsJson(parsed))
            {
                ClientFlags.Print(reply);
            }
            else
            {
                Console.WriteLine($"{reply.GetProperty("closed").GetInt32():N0} statements of {reply.GetProperty("month").GetString()} are closed, {refused.Count:N0} are not.");
                refused.ForEach(hospital => Console.WriteLine($"{hospital.Name}: {hospital.Value.GetString()}"));
            }

            return refused.Count == 0 ? 0 : 1;
        }));
        return command;
    }

    private static void Table(JsonElement statement)
    {
        var currency = statement.GetProperty("currency").GetString();
        var table = new Table().Title(Markup.Escape($"{statement.GetProperty("number").GetString()} ({statement.GetProperty("status").GetString()}), {statement.GetProperty("tenantName").GetString()}"))
            .AddColumns("charge", "plan").AddColumn("quantity", column => column.RightAligned()).AddColumn("price", column => column.RightAligned()).AddColumn(currency!, column => column.RightAligned());
        foreach (var line in statement.GetProperty("lines").EnumerateArray())
        {
            var unit = line.TryGetProperty("unit", out var named) ? named.GetString() : null;
            var size = line.TryGetProperty("unitSize", out var given) ? given.GetDecimal() : 1;
            table.AddRow(
                Markup.Escape(line.GetProperty("description").GetString()!),
                Markup.Escape(line.TryGetProperty("plan", out var plan) ? plan.GetString()! : ""),
                $"{(line.GetProperty("quantity").GetDecimal() / size).ToString("#,0.###", CultureInfo.InvariantCulture)} {Markup.Escape(unit ?? "")}".Trim(),
                line.TryGetProperty("unitPrice", out var price) ? price.GetDecimal().ToString("0.######", CultureInfo.InvariantCulture) : "",
                $"{line.GetProperty("amount").GetDecimal():N2}");
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"This month {statement.GetProperty("monthTotal").GetDecimal():N2}, adjustments {statement.GetProperty("adjustmentTotal").GetDecimal():N2}, total {statement.GetProperty("total").GetDecimal():N2} {currency}");
    }

    private static Option<string> Tenant() => new("--tenant") { Description = "The hospital.", Required = true };

    private static Option<string> Month() => new("--month") { Description = "The month, 2026-11.", Required = true };
}
