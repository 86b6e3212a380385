using System.CommandLine;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans token</c>: a bearer token for other tools.</summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        var flags = new ClientFlags();
        var command = new Command("token", "Prints a bearer token for the given credentials: curl -H \"Authorization: Bearer $(medorleans token --credentials north.json)\" …");
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            Console.WriteLine(await client.TokenAsync(cancel));
            return 0;
        }));
        return command;
    }
}
