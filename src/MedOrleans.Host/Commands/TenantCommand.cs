using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Host.Client;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans tenant …</c>: the admin API's hospitals, from the command line.</summary>
internal static class TenantCommand
{
    private static readonly string[] s_tenantColumns = ["tenant", "name", "status", "plan", "pool", "database"];
    private static readonly string[] s_clientColumns = ["clientId", "name", "scopes"];

    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("tenant", "Creates, lists, shows, suspends, resumes and closes hospitals.");
        flags.AddTo(command);
        command.Subcommands.Add(CreateTenant(flags));
        command.Subcommands.Add(List(flags));
        command.Subcommands.Add(Show(flags));
        command.Subcommands.Add(Move(flags, "suspend", "Refuses writes until the hospital is resumed."));
        command.Subcommands.Add(Move(flags, "resume", "Opens a suspended hospital again."));
        command.Subcommands.Add(Move(flags, "close", "Closes a hospital: it can be read, exported and reopened until its grace period is over."));
        command.Subcommands.Add(Move(flags, "reopen", "Takes a close back, while the grace period lasts."));
        command.Subcommands.Add(RestoreCommand.Create(flags));
        command.Subcommands.Add(DeletionCommands.Delete(flags));
        command.Subcommands.Add(DeletionCommands.Certificate(flags));
        command.Subcommands.Add(ChangePlan(flags));
        command.Subcommands.Add(TenantPoolCommands.Move(flags));
        command.Subcommands.Add(TenantPoolCommands.Pool(flags));
        command.Subcommands.Add(Clients(flags));
        command.Subcommands.Add(AddClient(flags));
        command.Subcommands.Add(RemoveClient(flags));
        command.Subcommands.Add(RotateClient(flags));
        command.Subcommands.Add(TenantKeyCommands.Keys(flags));
        command.Subcommands.Add(TenantKeyCommands.RotateKey(flags));
        return command;
    }

    internal static Argument<string> Slug() => new("tenant") { Description = "The hospital's slug, north." };

    private static Command CreateTenant(ClientFlags flags)
    {
        var slug = Slug();
        var name = new Option<string>("--name") { Description = "The name for people.", Required = true };
        var pool = new Option<string?>("--pool") { Description = "The pool (community)." };
        var database = new Option<string?>("--database") { Description = "The database; the least loaded of the pool without it." };
        var scopes = new Option<string?>("--scopes") { Description = "The scopes of the first credentials (system/*.cruds)." };
        var plan = new Option<string?>("--plan") { Description = "The plan (hospital); see `plan list`." };
        var command = new Command("create", "Creates a hospital and shows its credentials, once.") { slug, name, pool, database, scopes, plan };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.PostAsync(
                "/admin/tenants",
                new { tenant = parsed.GetValue(slug), name = parsed.GetValue(name), pool = parsed.GetValue(pool), database = parsed.GetValue(database), scopes = parsed.GetValue(scopes), plan = parsed.GetValue(plan) },
                cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            var tenant = reply.GetProperty("tenant");
            Console.WriteLine($"{tenant.GetProperty("name").GetString()} ({tenant.GetProperty("tenant").GetString()}) is open, its record in database {tenant.GetProperty("database").GetString()}.");
            PrintCredentials(client, reply.GetProperty("credentials"));
            return 0;
        }));
        return command;
    }

    private static Command List(ClientFlags flags)
    {
        var command = new Command("list", "Lists the hospitals.");
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var tenants = new List<JsonElement>();
            for (var path = "/admin/tenants?count=1000"; path is not null;)
            {
                var page = await client.GetAsync(path, cancel);
                tenants.AddRange(page.GetProperty("tenants").EnumerateArray());
                path = page.GetProperty("next").GetString() is { } next ? $"/admin/tenants?count=1000&after={next}" : null;
            }

            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(tenants);
            }

            var table = new Table().AddColumns("tenant", "name", "status", "plan", "pool", "database", "created");
            foreach (var tenant in tenants)
            {
                table.AddRow([.. s_tenantColumns.Select(column => Markup.Escape(tenant.GetProperty(column).GetString()!)),
                    tenant.GetProperty("created").GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture)]);
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    private static Command Show(ClientFlags flags)
    {
        var slug = Slug();
        var command = new Command("show", "Shows a hospital and what it has stored.") { slug };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            var grid = new Table().HideHeaders().AddColumns("", "");
            foreach (var property in reply.GetProperty("tenant").EnumerateObject())
            {
                grid.AddRow(property.Name, Markup.Escape(property.Value.ToString()));
            }

            var counts = reply.GetProperty("counts");
            grid.AddRow("versions", $"{counts.GetProperty("versions").GetInt64():N0}");
            grid.AddRow("stored bytes", $"{counts.GetProperty("storedBytes").GetInt64():N0}");
            foreach (var type in counts.GetProperty("resourcesByType").EnumerateObject())
            {
                grid.AddRow(type.Name, $"{type.Value.GetInt64():N0}");
            }

            AnsiConsole.Write(grid);
            return 0;
        }));
        return command;
    }

    private static Command Move(ClientFlags flags, string verb, string description)
    {
        var slug = Slug();
        var command = new Command(verb, description) { slug };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.PostAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/{verb}", null, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            var until = reply.GetProperty("deleteAfter") is { ValueKind: JsonValueKind.String } after ? $" It can be read, exported and reopened until {after.GetDateTimeOffset():u}; then it may be deleted." : "";
            Console.WriteLine($"{reply.GetProperty("tenant").GetString()} is {reply.GetProperty("status").GetString()}.{until}");
            return 0;
        }));
        return command;
    }

    private static Command ChangePlan(ClientFlags flags)
    {
        var slug = Slug();
        var plan = new Argument<string?>("plan") { Description = "The plan to have from now on; without it the plans are shown that the hospital has had.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("plan", "Gives a hospital another plan, or shows its plans.") { slug, plan };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var path = $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/plan";
            var reply = parsed.GetValue(plan) is { } wanted
                ? await client.PostAsync(path, new { plan = wanted }, cancel)
                : await client.GetAsync(path, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            Console.WriteLine($"{reply.GetProperty("tenant").GetString()} has the plan {reply.GetProperty("plan").GetString()}.");
            if (reply.TryGetProperty("periods", out var periods))
            {
                foreach (var period in periods.EnumerateArray())
                {
                    Console.WriteLine($"  {period.GetProperty("from").GetDateTimeOffset():u}  {period.GetProperty("planId").GetString()}");
                }
            }

            return 0;
        }));
        return command;
    }

    private static Command Clients(ClientFlags flags)
    {
        var slug = Slug();
        var command = new Command("clients", "Lists a hospital's client credentials.") { slug };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/clients", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            var table = new Table().AddColumns("client id", "name", "scopes", "created");
            foreach (var item in reply.EnumerateArray())
            {
                table.AddRow([.. s_clientColumns.Select(column => Markup.Escape(item.GetProperty(column).GetString()!)),
                    item.GetProperty("created").GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture)]);
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    private static Command AddClient(ClientFlags flags)
    {
        var slug = Slug();
        var name = new Option<string>("--name") { Description = "What the credentials are for.", Required = true };
        var scopes = new Option<string>("--scopes") { Description = "SMART system scopes.", DefaultValueFactory = _ => "system/*.rs" };
        var command = new Command("add-client", "Makes further client credentials and shows them, once.") { slug, name, scopes };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.PostAsync(
                $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/clients", new { name = parsed.GetValue(name), scopes = parsed.GetValue(scopes) }, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            PrintCredentials(client, reply);
            return 0;
        }));
        return command;
    }

    private static Command RemoveClient(ClientFlags flags)
    {
        var slug = Slug();
        var id = new Argument<string>("client-id");
        var command = new Command("remove-client", "Takes client credentials out of use.") { slug, id };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            await client.SendAsync(HttpMethod.Delete, $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/clients/{Uri.EscapeDataString(parsed.GetValue(id)!)}", null, cancel);
            Console.WriteLine($"{parsed.GetValue(id)} is out of use.");
            return 0;
        }));
        return command;
    }

    private static Command RotateClient(ClientFlags flags)
    {
        var slug = Slug();
        var id = new Argument<string>("client-id");
        var overlap = new Option<int>("--overlap-minutes") { Description = "How long the former secret is good, 0 to 1440.", DefaultValueFactory = _ => 60 };
        var command = new Command("rotate-client", "Gives client credentials another secret and shows it, once.") { slug, id, overlap };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var reply = await client.PostAsync(
                string.Create(CultureInfo.InvariantCulture, $"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/clients/{Uri.EscapeDataString(parsed.GetValue(id)!)}/rotate?overlapMinutes={parsed.GetValue(overlap)}"), null, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            PrintCredentials(client, reply);
            return 0;
        }));
        return command;
    }

    private static void PrintCredentials(ApiClient client, JsonElement credentials)
    {
        var (id, secret) = (credentials.GetProperty("clientId").GetString(), credentials.GetProperty("clientSecret").GetString());
        Console.WriteLine($"""
            client id:     {id}
            client secret: {secret}
            scopes:        {credentials.GetProperty("scopes").GetString()}
            The secret is not shown again. A token:
              curl -s {client.Server}oauth2/token -d grant_type=client_credentials -d client_id={id} -d client_secret={secret}
            """);
    }
}
