using System.CommandLine;
using System.Text.Json;
using MedOrleans.Host.Client;

namespace MedOrleans.Host.Commands;

/// <summary>The flags of the commands that speak to a running host.</summary>
internal sealed class ClientFlags
{
    private readonly Option<string?> _server = new("--server") { Description = "The host's public address; that of the data folder's host without it.", Recursive = true };
    private readonly Option<string> _data = new("--data") { Description = "The host's data folder, where the operator's credential is.", DefaultValueFactory = _ => "medorleans-data", Recursive = true };
    private readonly Option<string?> _credentials = new("--credentials")
    {
        Description = "A hospital's credentials, as `signup` writes them: speaks for that hospital instead of the operator (or MEDORLEANS_CREDENTIALS).",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("MEDORLEANS_CREDENTIALS"),
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Prints the server's JSON.", Recursive = true };

    public void AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_data);
        command.Options.Add(_credentials);
        command.Options.Add(_json);
    }

    /// <summary>Whether JSON is asked for.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Prints the server's answer as JSON: what <c>--json</c> asks for.</summary>
    /// <returns>The exit code of a command that worked.</returns>
    public static int Print<T>(T reply)
    {
        Console.WriteLine(JsonSerializer.Serialize(reply, ApiClient.Json));
        return 0;
    }

    /// <summary>The host's data folder.</summary>
    public string DataFolder(ParseResult parsed) => parsed.GetValue(_data)!;

    /// <summary>Runs a command as the operator, or as the hospital whose credentials are given; what goes wrong is one line on standard error and exit code 1.</summary>
    public async Task<int> RunAsync(ParseResult parsed, Func<ApiClient, Task<int>> work)
    {
        try
        {
            using var client = parsed.GetValue(_credentials) is { Length: > 0 } file
                ? ApiClient.Hospital(file, parsed.GetValue(_server))
                : ApiClient.Operator(DataFolder(parsed), parsed.GetValue(_server));
            return await work(client);
        }
        catch (ClientException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
