using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.Host.Client;
using MedOrleans.Record.Keys;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans signup</c>: a hospital opens itself, with an invitation.</summary>
internal static class SignUpCommand
{
    public static Command Create()
    {
        var slug = new Argument<string>("tenant") { Description = "The slug that the hospital wants, north: 2 to 40 characters of a-z, 0-9 and '-'." };
        var name = new Option<string>("--name") { Description = "The name for people.", Required = true };
        var invitation = new Option<string>("--invitation") { Description = "The code that the operator gave you.", Required = true };
        var plan = new Option<string?>("--plan") { Description = "The plan; the invitation's first, or hospital, without it." };
        var server = new Option<string>("--server") { Description = "The cluster's public address.", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var save = new Option<string?>("--save") { Description = "The file that the credentials are written to, for its owner alone; <tenant>.json without it." };
        var command = new Command("signup", "Signs a hospital up with an invitation, and writes its credentials to a file.") { slug, name, invitation, plan, server, save };
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var file = parsed.GetValue(save) ?? $"{parsed.GetValue(slug)}.json";
                if (File.Exists(file))
                {
                    throw new ClientException($"{file} is there already: name another by --save.");
                }

                if (!Uri.TryCreate(parsed.GetValue(server), UriKind.Absolute, out var address))
                {
                    throw new ClientException("--server: is an address, http://127.0.0.1:8080.");
                }

                var reply = await SendAsync(
                    address, new { invitation = parsed.GetValue(invitation), tenant = parsed.GetValue(slug), name = parsed.GetValue(name), plan = parsed.GetValue(plan) }, cancel);
                await SaveAsync(file, reply.GetProperty("credentials"), address, cancel);
                Console.WriteLine($"""
                    {reply.GetProperty("tenant").GetProperty("name").GetString()} is open, with the plan {reply.GetProperty("tenant").GetProperty("plan").GetString()}. Its credentials are in {file}: keep them safe, nobody can show them again.
                    They may do everything. For each frontend make narrower ones:
                      medorleans tenant add-client {parsed.GetValue(slug)} --name "ward frontend" --scopes system/*.cruds --credentials {file}
                    A token, for curl and the like:
                      medorleans token --credentials {file}
                    """);
                return 0;
            }
            catch (ClientException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        });
        return command;
    }

    private static async Task<JsonElement> SendAsync(Uri server, object request, CancellationToken cancel)
    {
        using var client = new HttpClient { BaseAddress = server };
        try
        {
            using var response = await client.PostAsJsonAsync(new Uri("/signup", UriKind.Relative), request, cancel);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
            return response.IsSuccessStatusCode
                ? JsonDocument.Parse(bytes).RootElement
                : throw new ClientException(ApiClient.Reason(bytes) ?? $"{(int)response.StatusCode} {response.ReasonPhrase}");
        }
        catch (HttpRequestException)
        {
            throw new ClientException($"No MedOrleans answers at {server}: name it by --server.");
        }
    }

    private static async Task SaveAsync(string file, JsonElement credentials, Uri server, CancellationToken cancel)
    {
        try
        {
            await using var stream = PrivateFile.Open(file, FileMode.CreateNew);
            await JsonSerializer.SerializeAsync(
                stream,
                new { clientId = credentials.GetProperty("clientId").GetString(), clientSecret = credentials.GetProperty("clientSecret").GetString(), server = server.ToString() },
                cancellationToken: cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClientException($"The credentials cannot be written to {file} ({e.Message}). Sign up again within a quarter of an hour, with another --save: that makes new ones.");
        }
    }
}
