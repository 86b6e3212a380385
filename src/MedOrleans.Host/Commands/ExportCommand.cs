using System.CommandLine;
using System.Text.Json;
using MedOrleans.Host.Client;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans export</c>: a hospital's record into a folder of NDJSON, by FHIR Bulk Data.</summary>
internal static class ExportCommand
{
    private const int Patience = 60;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    public static Command Create()
    {
        var flags = new ClientFlags();
        var tenant = new Option<string>("--tenant") { Description = "The hospital.", Required = true };
        var folder = new Option<DirectoryInfo>("--out") { Description = "An empty folder, or one to be made.", Required = true };
        var types = new Option<string?>("--type") { Description = "Resource types, Patient,Encounter; all without it." };
        var since = new Option<string?>("--since") { Description = "Only what has changed since, 2026-11-26T08:00:00Z; what was deleted goes to deleted.*.ndjson in deletions/." };
        var patients = new Option<bool>("--patients") { Description = "Only patients and what refers to one." };
        var command = new Command("export", "Writes one consistent moment of a hospital's record to a folder; `import` reads it back. Needs the hospital's credentials.") { tenant, folder, types, since, patients };
        flags.AddTo(command);
        command.SetAction((parsed, cancel) => flags.RunAsync(parsed, async client =>
        {
            if (!TenantId.TryParse(parsed.GetValue(tenant), out var id))
            {
                throw new ClientException("--tenant: a slug has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
            }

            var query = string.Join('&', new[]
            {
                parsed.GetValue(types) is { } type ? $"_type={Uri.EscapeDataString(type)}" : "",
                parsed.GetValue(since) is { } time ? $"_since={Uri.EscapeDataString(time)}" : "",
            }.Where(part => part.Length > 0));
            return await RunAsync(client, $"/fhir/{id}{(parsed.GetValue(patients) ? "/Patient" : "")}/$export?{query}", parsed.GetValue(folder)!, TimeProvider.System, cancel);
        }));
        return command;
    }

    private static async Task<int> RunAsync(ApiClient client, string path, DirectoryInfo folder, TimeProvider time, CancellationToken cancel)
    {
        if (folder.Exists && folder.EnumerateFileSystemInfos().Any())
        {
            throw new ClientException($"{folder.FullName} is not empty.");
        }

        var status = await StartAsync(client, path, cancel);
        var manifest = await WaitAsync(client, status, time, cancel);
        folder.Create();
        long rows = 0;
        foreach (var file in manifest.GetProperty("output").EnumerateArray())
        {
            rows += await FetchAsync(client, file, folder, time, cancel);
        }

        foreach (var file in manifest.GetProperty("deleted").EnumerateArray())
        {
            await FetchAsync(client, file, folder.CreateSubdirectory("deletions"), time, cancel);
        }

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "manifest.json"), manifest.GetRawText(), cancel);
        (await client.SendRawAsync(HttpMethod.Delete, status, null, cancel)).Dispose();
        Console.WriteLine($"{rows:N0} resources are in {folder.FullName}; what changes from now on: --since {manifest.GetProperty("transactionTime").GetString()}");
        return 0;
    }

    private static async Task<string> StartAsync(ApiClient client, string path, CancellationToken cancel)
    {
        using var response = await client.SendRawAsync(HttpMethod.Get, path, null, [new("Prefer", "respond-async")], HttpCompletionOption.ResponseContentRead, cancel);
        if (!response.IsSuccessStatusCode)
        {
            throw await RefusedAsync(response, cancel);
        }

        // What the server calls itself may not be how it is reached from here.
        return new Uri(client.Server, response.Content.Headers.ContentLocation ?? throw new ClientException("The server does not say where the export is.")).PathAndQuery;
    }

    private static async Task<JsonElement> WaitAsync(ApiClient client, string status, TimeProvider time, CancellationToken cancel)
    {
        while (true)
        {
            using var response = await client.SendRawAsync(HttpMethod.Get, status, null, cancel);
            if ((int)response.StatusCode == 200)
            {
                return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancel)).RootElement;
            }

            if ((int)response.StatusCode is not (202 or 429 or 503))
            {
                throw await RefusedAsync(response, cancel);
            }

            await Task.Delay(response.Headers.RetryAfter?.Delta ?? s_pause, time, cancel);
        }
    }

    private static async Task<long> FetchAsync(ApiClient client, JsonElement file, DirectoryInfo folder, TimeProvider time, CancellationToken cancel)
    {
        var path = new Uri(client.Server, file.GetProperty("url").GetString()!).PathAndQuery;
        var target = Path.Combine(folder.FullName, Path.GetFileName(path));
        for (var attempt = 1; ; attempt++)
        {
            using var response = await client.SendRawAsync(HttpMethod.Get, path, null, [new("Accept", "application/fhir+ndjson")], HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.IsSuccessStatusCode)
            {
                try
                {
                    await using (var part = new FileStream(target + ".part", FileMode.Create, FileAccess.Write))
                    {
                        await response.Content.CopyToAsync(part, cancel);
                    }

                    File.Move(target + ".part", target, overwrite: true);
                    return file.GetProperty("count").GetInt64();
                }
                catch (Exception e) when (e is HttpRequestException or HttpIOException && attempt < Patience)
                {
                    // Cut off: the same file comes again, from its beginning.
                }
            }
            else if ((int)response.StatusCode is not (429 or 503) || attempt == Patience)
            {
                throw await RefusedAsync(response, cancel);
            }

            await Task.Delay(response.Headers.RetryAfter?.Delta ?? s_pause, time, cancel);
        }
    }

    private static async Task<ClientException> RefusedAsync(HttpResponseMessage response, CancellationToken cancel) =>
        new(ApiClient.Reason(await response.Content.ReadAsByteArrayAsync(cancel)) ?? $"{(int)response.StatusCode} {response.ReasonPhrase}");
}
