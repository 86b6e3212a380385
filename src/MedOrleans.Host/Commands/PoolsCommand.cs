using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans pools</c>: what hospitals use of the five pools.</summary>
internal static class PoolsCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string?>("--tenant") { Description = "One hospital; the whole cluster without it." };
        var command = new Command("pools", "Shows the pools: capacity, guaranteed shares, burst limits, use and headroom.") { tenant };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var one = parsed.GetValue(tenant);
            var reply = await client.GetAsync(one is null ? "/admin/pools" : $"/admin/tenants/{Uri.EscapeDataString(one)}/pools", cancel);
            if (flags.IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(reply, ApiClient.Json));
                return 0;
            }

            if (one is not null)
            {
                Show(reply);
                return 0;
            }

            var table = Numbers(new Table().Title($"{reply.GetProperty("gateways").GetInt32()} gateways, {reply.GetProperty("silos").GetInt32()} silos").AddColumns("pool", "unit"), "capacity", "guaranteed", "use", "headroom");
            foreach (var pool in reply.GetProperty("pools").EnumerateArray())
            {
                table.AddRow(pool.GetProperty("pool").GetString()!, pool.GetProperty("unit").GetString()!, Number(pool, "capacity"), Number(pool, "guaranteed"), Number(pool, "use"), Number(pool, "headroom"));
            }

            AnsiConsole.Write(table);
            var silos = Numbers(new Table().Title("silos by pool").AddColumns("pool"), "silos", "compute", "memory");
            foreach (var pool in reply.GetProperty("siloPools").EnumerateArray())
            {
                silos.AddRow(Markup.Escape(pool.GetProperty("pool").GetString()!), Number(pool, "silos"), Number(pool, "compute"), Number(pool, "memory"));
            }

            AnsiConsole.Write(silos);
            foreach (var hospital in reply.GetProperty("tenants").EnumerateArray())
            {
                Show(hospital);
            }

            return 0;
        }));
        return command;
    }

    private static void Show(JsonElement hospital)
    {
        var table = Numbers(new Table().Title(Markup.Escape($"{hospital.GetProperty("tenant").GetString()}, plan {hospital.GetProperty("plan").GetString()}")).AddColumns("pool", "unit"), "guaranteed", "burst", "use", "headroom");
        foreach (var pool in hospital.GetProperty("pools").EnumerateArray())
        {
            table.AddRow(pool.GetProperty("pool").GetString()!, pool.GetProperty("unit").GetString()!, Number(pool, "guaranteed"), Number(pool, "burst"), Number(pool, "use"), Number(pool, "headroom"));
        }

        AnsiConsole.Write(table);
    }

    private static Table Numbers(Table table, params string[] columns)
    {
        foreach (var column in columns)
        {
            table.AddColumn(column, header => header.RightAligned());
        }

        return table;
    }

    private static string Number(JsonElement pool, string name) =>
        pool.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? ShortNumber.Of(number) : "";
}
