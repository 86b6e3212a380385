using System.CommandLine;
using System.Text.Json;
using MedOrleans.Host.Client;
using MedOrleans.Record.Keys;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans tenant delete</c> and <c>certificate</c>, and <c>medorleans certificate verify</c>.</summary>
internal static class DeletionCommands
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static Command Delete(ClientFlags flags)
    {
        var slug = TenantCommand.Slug();
        var confirm = new Option<string>("--confirm") { Description = "The hospital's name, written out: there is no way back.", Required = true };
        var force = new Option<bool>("--force") { Description = "Also where it is not closed, or its grace period is not over." };
        var noWait = new Option<bool>("--no-wait") { Description = "Does not wait for the end, which takes some minutes." };
        var command = new Command("delete", "Deletes a closed hospital whose grace period is over, and leaves nothing of its record.") { slug, confirm, force, noWait };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var tenant = Uri.EscapeDataString(parsed.GetValue(slug)!);
            var deletion = await client.PostAsync($"/admin/tenants/{tenant}/delete", new { confirm = parsed.GetValue(confirm), force = parsed.GetValue(force) }, cancel);
            for (var step = ""; !parsed.GetValue(noWait) && deletion.GetProperty("finished").ValueKind == JsonValueKind.Null;)
            {
                if (!flags.IsJson(parsed) && deletion.GetProperty("step").GetString() is { } next && next != step)
                {
                    Console.WriteLine(step = next);
                }

                await Task.Delay(s_pause, TimeProvider.System, cancel);
                deletion = await client.GetAsync($"/admin/tenants/{tenant}/deletion", cancel);
            }

            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(deletion);
            }

            Console.WriteLine(deletion.GetProperty("finished") is { ValueKind: JsonValueKind.String } at
                ? $"{parsed.GetValue(slug)} is deleted ({at.GetDateTimeOffset():u}), {deletion.GetProperty("rows").EnumerateObject().Sum(table => table.Value.GetInt64()):N0} rows. Its certificate: medorleans tenant certificate {parsed.GetValue(slug)}"
                : $"{parsed.GetValue(slug)} is being deleted.");
            return 0;
        }));
        return command;
    }

    public static Command Certificate(ClientFlags flags)
    {
        var slug = TenantCommand.Slug();
        var save = new Option<string?>("--out") { Description = "The file to write it to; it is printed without one." };
        var command = new Command("certificate", "The signed certificate that a hospital is deleted.") { slug, save };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var certificate = JsonSerializer.Serialize(await client.GetAsync($"/admin/tenants/{Uri.EscapeDataString(parsed.GetValue(slug)!)}/certificate", cancel), s_indented);
            if (parsed.GetValue(save) is { } file)
            {
                await File.WriteAllTextAsync(file, certificate + "\n", cancel);
                Console.WriteLine($"{file} can be verified by anyone: medorleans certificate verify {file} --server {client.Server}");
            }
            else
            {
                Console.WriteLine(certificate);
            }

            return 0;
        }));
        return command;
    }

    /// <summary>The command that needs no credential: whoever holds a certificate may verify it.</summary>
    public static Command Certificates()
    {
        var file = new Argument<FileInfo>("file") { Description = "The certificate, as `tenant certificate --out` writes it, or its JWS alone." };
        var server = new Option<string>("--server") { Description = "The cluster's public address.", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var keys = new Option<FileInfo?>("--jwks") { Description = "A file with the cluster's public keys, kept from its /.well-known/jwks.json; asked of the server without one." };
        var verify = new Command("verify", "Says whether a certificate was signed by the cluster, and what it says; fails where it was not.") { file, server, keys };
        verify.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var text = (await File.ReadAllTextAsync(parsed.GetValue(file)!.FullName, cancel)).Trim();
                using var set = JsonDocument.Parse(parsed.GetValue(keys) is { } kept ? await File.ReadAllTextAsync(kept.FullName, cancel) : await FetchAsync(new Uri(parsed.GetValue(server)!), cancel));
                if (CertificateKey.Verify(text.StartsWith('{') ? JsonDocument.Parse(text).RootElement.GetProperty("jws").GetString()! : text, set.RootElement) is not { } says)
                {
                    await Console.Error.WriteLineAsync("The certificate is NOT valid: none of the cluster's keys has signed it, or it has been changed.");
                    return 1;
                }

                Console.WriteLine("The certificate is valid. It says:");
                Console.WriteLine(JsonSerializer.Serialize(JsonDocument.Parse(says).RootElement, s_indented));
                return 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or HttpRequestException or UriFormatException)
            {
                await Console.Error.WriteLineAsync($"The certificate cannot be verified: {e.Message}");
                return 1;
            }
        });
        return new Command("certificate", "Verifies certificates.") { verify };
    }

    private static async Task<string> FetchAsync(Uri server, CancellationToken cancel)
    {
        using var client = new HttpClient { BaseAddress = server };
        return await client.GetStringAsync(new Uri("/.well-known/jwks.json", UriKind.Relative), cancel);
    }
}
