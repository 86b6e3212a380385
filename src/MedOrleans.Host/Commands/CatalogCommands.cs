using System.CommandLine;
using System.Net.Http.Headers;

namespace MedOrleans.Host.Commands;

/// <summary><c>show</c> and <c>put</c> of what the operator keeps as JSON with an id: plans, rate cards.</summary>
internal static class CatalogCommands
{
    /// <summary>Prints one as JSON.</summary>
    /// <param name="flags">The flags.</param>
    /// <param name="what">What it is, in words: rate card.</param>
    /// <param name="noun">The command and the address below <c>/admin</c> without its s: rate-card.</param>
    /// <param name="example">An id.</param>
    public static Command Show(ClientFlags flags, string what, string noun, string example)
    {
        var id = new Argument<string>(noun) { Description = $"The {what}'s id, {example}." };
        var command = new Command("show", $"Prints a {what} as JSON: what `{noun} put` takes.") { id };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
            ClientFlags.Print(await client.GetAsync($"/admin/{noun}s/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancel))));
        return command;
    }

    /// <summary>Puts one from a file.</summary>
    /// <param name="flags">The flags.</param>
    /// <param name="what">What it is, in words.</param>
    /// <param name="noun">The command and the address below <c>/admin</c> without its s.</param>
    /// <param name="description">What putting does.</param>
    public static Command Put(ClientFlags flags, string what, string noun, string description)
    {
        var file = new Argument<FileInfo>("file") { Description = $"A {what} as JSON, as `{noun} show` prints it." };
        var command = new Command("put", description) { file };
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var (id, json) = await JsonFile.ReadAsync(parsed.GetValue(file)!, what, cancel);
            using var content = new ByteArrayContent(json);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var reply = await client.SendAsync(HttpMethod.Put, $"/admin/{noun}s/{Uri.EscapeDataString(id)}", content, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(reply);
            }

            Console.WriteLine($"The {what} {id} is put.");
            return 0;
        }));
        return command;
    }
}
