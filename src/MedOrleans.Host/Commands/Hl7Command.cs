using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Gateway.Hl7.Mllp;
using MedOrleans.Gateway.Hl7.Outbound;
using MedOrleans.Host.Client;
using MedOrleans.Record;
using MedOrleans.Record.Fhir;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans hl7</c>: HL7 v2 messages: what would become of them, sending them, and those that could not be taken.</summary>
internal static class Hl7Command
{
    public static Command Create()
    {
        var command = new Command("hl7", "Checks and sends HL7 v2 messages; lists those that a hospital was sent, and takes failed ones again.");
        command.Subcommands.Add(Check());
        command.Subcommands.Add(Send());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Show());
        command.Subcommands.Add(Replay());
        return command;
    }

    private static Command Check()
    {
        var path = Path("Messages: a file, or a folder of .hl7 files.");
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("check", "Says of each message whether it would be mapped, and to what, or why not. Needs no host: what a message is about is taken to be there.") { path, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var services = new ServiceCollection().AddRecordEngine().AddSingleton(TimeProvider.System).BuildServiceProvider();
            var check = new Hl7Check(services.GetRequiredService<ResourceReader>(), TimeProvider.System);
            var rows = new List<(string File, Hl7CheckRow Row)>();
            foreach (var file in Files(parsed.GetValue(path)!))
            {
                rows.AddRange((await check.RunAsync(await File.ReadAllBytesAsync(file, cancel), cancel)).Select(row => (System.IO.Path.GetFileName(file), row)));
            }

            if (parsed.GetValue(json))
            {
                return ClientFlags.Print(rows.Select(row => new { row.File, row.Row.Message, Mapped = row.Row.IsMapped, row.Row.Outcome }));
            }

            Print(rows.Select(row => (row.File, row.Row.Message, row.Row.IsMapped ? "mapped" : "refused", row.Row.Outcome)));
            Console.WriteLine($"{rows.Count(row => row.Row.IsMapped)} mapped, {rows.Count(row => !row.Row.IsMapped)} refused");
            return 0;
        });
        return command;
    }

    private static Command Send()
    {
        var path = Path("Messages: a file, or a folder of .hl7 files.");
        var to = new Option<string>("--to") { Description = "The listener, mllp://{address}:{port}.", DefaultValueFactory = _ => "mllp://127.0.0.1:2575" };
        var renumber = new Option<bool>("--renumber") { Description = "Gives each message a control id (MSH-10) of its own, for samples that share one." };
        var timeout = new Option<int>("--timeout") { Description = "How many seconds an answer is waited for.", DefaultValueFactory = _ => 30 };
        var command = new Command("send", "Sends messages one after the other and says what each was answered; exit code 1 where one was not taken.") { path, to, renumber, timeout };
        command.SetAction((parsed, cancel) => SendAsync(Files(parsed.GetValue(path)!), parsed.GetValue(to)!, parsed.GetValue(renumber), TimeSpan.FromSeconds(parsed.GetValue(timeout)), cancel));
        return command;
    }

    private static async Task<int> SendAsync(IReadOnlyList<string> files, string listener, bool renumber, TimeSpan timeout, CancellationToken cancel)
    {
        if (!Uri.TryCreate(listener, UriKind.Absolute, out var to) || to.Scheme != "mllp")
        {
            await Console.Error.WriteLineAsync("--to: must be mllp://{address}:{port}; this command sends in the clear only.");
            return 1;
        }

        var rows = new List<(string, string, string, string)>();
        MllpClient? client = null;
        try
        {
            foreach (var file in files)
            {
                foreach (var text in Hl7Batch.Split(Hl7Charset.Decode(await File.ReadAllBytesAsync(file, cancel), Encoding.Latin1, out _)).Messages)
                {
                    var message = Hl7Message.Parse(text);
                    var sent = renumber ? Renumbered(message) : text;
                    client ??= await MllpClient.ConnectAsync(to.Host, to.Port < 0 ? 2575 : to.Port, null, cancel);
                    var (code, why) = ("none", "no answer was asked for");
                    if (message.Header.Text(15) != "NE" || message.Header.Text(16) is not ("NE" or ""))
                    {
                        try
                        {
                            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                            limit.CancelAfter(timeout);
                            var answer = await client.AskAsync(sent, limit.Token);
                            (code, why) = (Acknowledgement.Read(answer)!.Value.Code, Reason(answer));
                        }
                        catch (Exception e) when (e is EndOfStreamException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
                        {
                            why = e is OperationCanceledException ? "no answer in time" : "the connection was closed without an answer: send it again";
                            await client.DisposeAsync();
                            client = null;
                        }
                    }
                    else
                    {
                        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                        limit.CancelAfter(TimeSpan.FromMilliseconds(200));
                        try
                        {
                            await client.SendAsync(Encoding.UTF8.GetBytes(sent), limit.Token);
                        }
                        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                        {
                            await client.DisposeAsync();
                            client = null;
                        }
                    }

                    rows.Add((System.IO.Path.GetFileName(file), $"{message.Type}^{message.Event} {message.Version}", code, why));
                }
            }
        }
        catch (Exception e) when (e is Hl7Exception or SocketException or IOException)
        {
            await Console.Error.WriteLineAsync(e is SocketException ? $"There is no listener at {to}: {e.Message}" : e.Message);
            return 1;
        }
        finally
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }
        }

        Print(rows);
        Console.WriteLine(string.Join(", ", rows.GroupBy(row => row.Item3).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Count()} {group.Key}")));
        return rows.All(row => row.Item3 is "AA" or "CA" or "none") ? 0 : 1;
    }

    private static Command List()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true };
        var failed = new Option<bool>("--failed") { Description = "Those alone that could not be taken." };
        var undelivered = new Option<bool>("--undelivered") { Description = "Those instead that a subscriber would not take." };
        var count = new Option<int>("--count") { Description = "How many, the newest first; 1 to 1000.", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "Lists the messages that a hospital was sent, or that its subscribers would not take. Needs the hospital's own credentials.") { tenant, failed, undelivered, count };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var (system, isFailed) = parsed.GetValue(undelivered) ? (UndeliveredTask.System, true) : (MessageTask.System, parsed.GetValue(failed));
            var status = isFailed ? "&status=failed" : "";
            var found = await client.GetAsync(string.Create(CultureInfo.InvariantCulture,
                $"/fhir/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/Task?identifier={Uri.EscapeDataString(system + "|")}{status}&_sort=-_lastUpdated&_count={Math.Clamp(parsed.GetValue(count), 1, 1000)}"), cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(found);
            }

            var table = new Table().AddColumns("task", "message", "received", "status", "reason");
            foreach (var task in found.TryGetProperty("entry", out var entries) ? entries.EnumerateArray().Select(entry => entry.GetProperty("resource")) : [])
            {
                table.AddRow(Markup.Escape(task.GetProperty("id").GetString()!), Markup.Escape(Text(task, "code")), task.GetProperty("meta").GetProperty("lastUpdated").GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture),
                    task.GetProperty("status").GetString()!, Markup.Escape(Text(task, "statusReason")));
            }

            AnsiConsole.Write(table);
            return 0;
        }));
        return command;
    }

    private static Command Show()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true };
        var id = new Argument<string>("task") { Description = "The message's Task, as `hl7 list` shows it." };
        var command = new Command("show", "Prints a message as it came, a segment a line: to be corrected and given to `hl7 replay`. Needs the hospital's own credentials.") { id, tenant };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            var task = await client.GetAsync($"/fhir/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/Task/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(task);
            }

            var input = task.TryGetProperty("input", out var parts) ? parts.EnumerateArray().FirstOrDefault(part => Text(part, "type") == "message") : default;
            if (input.ValueKind != JsonValueKind.Object)
            {
                throw new ClientException("This Task is no message.");
            }

            Console.Write(Encoding.UTF8.GetString(input.GetProperty("valueBase64Binary").GetBytesFromBase64()).Replace('\r', '\n'));
            return 0;
        }));
        return command;
    }

    private static Command Replay()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true };
        var id = new Argument<string>("task") { Description = "The message's Task, as `hl7 list` shows it." };
        var file = new Option<FileInfo?>("--file") { Description = "The corrected message; the one that is kept without it." };
        var command = new Command("replay", "Takes a message again that could not be taken; exit code 1 where it still cannot. Needs the hospital's own credentials.") { id, tenant, file };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            object[] parameters = parsed.GetValue(file) is { } corrected ? [new { name = "message", valueString = await ReadAsync(corrected, cancel) }] : [];
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new { resourceType = "Parameters", parameter = parameters }));
            content.Headers.ContentType = new("application/fhir+json");
            var task = await client.SendAsync(HttpMethod.Post, $"/fhir/{Uri.EscapeDataString(parsed.GetValue(tenant)!)}/Task/{Uri.EscapeDataString(parsed.GetValue(id)!)}/$replay", content, cancel);
            if (flags.IsJson(parsed))
            {
                return ClientFlags.Print(task);
            }

            var status = task.GetProperty("status").GetString()!;
            Console.WriteLine(status == "completed" ? "The message is taken." : $"The message is not taken: {Text(task, "statusReason")}");
            return status == "completed" ? 0 : 1;
        }));
        return command;
    }

    private static Argument<FileSystemInfo> Path(string description)
    {
        var path = new Argument<FileSystemInfo>("path") { Description = description };
        path.AcceptExistingOnly();
        return path;
    }

    private static string[] Files(FileSystemInfo path) => path is DirectoryInfo folder
        ? [.. folder.EnumerateFiles("*.hl7").Select(file => file.FullName).Order(StringComparer.Ordinal)]
        : [path.FullName];

    private static async Task<string> ReadAsync(FileInfo file, CancellationToken cancel)
    {
        try
        {
            return Hl7Charset.Decode(await File.ReadAllBytesAsync(file.FullName, cancel), Encoding.Latin1, out _);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Hl7Exception)
        {
            throw new ClientException($"The message cannot be read from {file.FullName}: {e.Message}");
        }
    }

    private static string Renumbered(Hl7Message message)
    {
        var d = message.Delimiters;
        var fields = message.Header.ToString().Split(d.Field);
        fields[9] = Guid.NewGuid().ToString("N")[..20];
        return string.Join(d.Field, fields) + Hl7Message.Terminator + string.Concat(message.Segments.Skip(1).Select(segment => segment.ToString() + Hl7Message.Terminator));
    }

    private static string Reason(Hl7Message answer) => answer.Find("ERR") is not { } err ? ""
        : err.Text(8) is { Length: > 0 } text ? $"{err.Field(2).Raw} {text}".Trim() : answer.Require("MSA").Text(3);

    private static string Text(JsonElement owner, string member) => owner.TryGetProperty(member, out var value) && value.TryGetProperty("text", out var text) ? text.GetString() ?? "" : "";

    private static void Print(IEnumerable<(string File, string Message, string Result, string Outcome)> rows)
    {
        var table = new Table().AddColumns("file", "message", "result", "what it became, or why not");
        foreach (var (file, message, result, outcome) in rows)
        {
            table.AddRow(Markup.Escape(file), Markup.Escape(message), result, Markup.Escape(outcome));
        }

        AnsiConsole.Write(table);
    }
}
