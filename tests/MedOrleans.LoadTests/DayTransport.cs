using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Gateway.Hl7.Mllp;
using MedOrleans.IntegrationTests;
using MedOrleans.Workload;

namespace MedOrleans.LoadTests;

/// <summary>One hospital's frontends and its messaging system: some connections that each carry one message after the other. It remembers what was acknowledged.</summary>
internal sealed class DayTransport(TenantAccess access, Uri server, int mllpPort, HttpClient client) : IDayTransport, IAsyncDisposable
{
    private const int Lines = 4;
    private const int Tries = 5;

    private readonly Line[] _lines = [.. Enumerable.Range(0, Lines).Select(_ => new Line())];
    private readonly ConcurrentDictionary<(string Type, string Id, string Version), string> _versions = new();
    private readonly ConcurrentDictionary<string, string> _messages = new();
    private int _resent;

    /// <summary>The hospital.</summary>
    public string Tenant => access.Tenant;

    /// <summary>What was stored, as it was answered, by type, id and version.</summary>
    public IReadOnlyDictionary<(string Type, string Id, string Version), string> Versions => _versions;

    /// <summary>The messages that were answered AA, by control id.</summary>
    public IReadOnlyDictionary<string, string> Messages => _messages;

    /// <summary>How many messages were sent again because their connection was lost.</summary>
    public int Resent => _resent;

    /// <inheritdoc/>
    public async Task<DayAnswer> SendAsync(FhirRequest request, CancellationToken cancel)
    {
        using var message = Message(request.Method, request.Path);
        if (request.Body is not null)
        {
            message.Content = new ByteArrayContent(request.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } };
        }

        try
        {
            using var response = await client.SendAsync(message, cancel);
            var body = await response.Content.ReadAsByteArrayAsync(cancel);
            if (response.IsSuccessStatusCode && request.Method != HttpMethod.Get)
            {
                Keep(body);
            }

            return new DayAnswer((int)response.StatusCode, body);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return new DayAnswer(0, default);
        }
    }

    /// <inheritdoc/>
    public async Task<DayAnswer> SendAsync(string message, DayPatient patient, CancellationToken cancel)
    {
        var line = _lines[patient.Number % Lines];
        await line.Turn.WaitAsync(cancel);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    line.Client ??= await MllpClient.ConnectAsync("127.0.0.1", mllpPort, null, cancel);
                    var answer = await line.Client.AskAsync(message, cancel);
                    var isTaken = Acknowledgement.Read(answer)!.Value.Code == "AA";
                    if (isTaken)
                    {
                        _messages[Hl7Message.Parse(message).ControlId] = message;
                    }

                    return new DayAnswer(isTaken ? 200 : 422, Encoding.UTF8.GetBytes(answer.ToString()));
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    // As every sender does whose connection is lost: the same message again.
                    await line.CloseAsync();
                    Interlocked.Increment(ref _resent);
                    if (attempt == Tries)
                    {
                        return new DayAnswer(0, default);
                    }
                }
            }
        }
        finally
        {
            line.Turn.Release();
        }
    }

    /// <summary>All entries of a search or history, page by page; the documents are the caller's.</summary>
    public async IAsyncEnumerable<JsonElement> EntriesAsync(string path)
    {
        for (var next = path; next is not null;)
        {
            using var message = Message(HttpMethod.Get, next);
            using var response = await client.SendAsync(message);
            response.EnsureSuccessStatusCode();
            using var bundle = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
            foreach (var entry in bundle.RootElement.TryGetProperty("entry", out var entries) ? entries.EnumerateArray() : default)
            {
                yield return entry.GetProperty("resource");
            }

            next = bundle.RootElement.TryGetProperty("link", out var links)
                ? links.EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next").Select(link => new Uri(link.GetProperty("url").GetString()!).PathAndQuery[$"/fhir/{Tenant}/".Length..]).FirstOrDefault()
                : null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var line in _lines)
        {
            await line.CloseAsync();
            line.Turn.Dispose();
        }

        access.Dispose();
    }

    /// <summary>The settings of a listener for such hospitals.</summary>
    /// <param name="port">The port.</param>
    /// <param name="tenants">The hospitals, each known by its slug in MSH-4.</param>
    public static Dictionary<string, string> Settings(int port, IEnumerable<string> tenants)
    {
        const string Listener = "MEDORLEANS__Hl7__Listeners__0";
        var settings = new Dictionary<string, string> { [$"{Listener}__Address"] = string.Create(CultureInfo.InvariantCulture, $"mllp://127.0.0.1:{port}") };
        foreach (var (i, tenant) in tenants.Index())
        {
            var sender = string.Create(CultureInfo.InvariantCulture, $"{Listener}__Senders__{i}__");
            settings[sender + "Name"] = "his";
            settings[sender + "Tenant"] = tenant;
            settings[sender + "Facility"] = new DayNames(tenant, "").Facility;
            settings[sender + "Networks__0"] = "127.0.0.0/8";
            settings[sender + $"Authorities__{Hl7Form.Authority}"] = DayNames.RecordNumbers;
        }

        return settings;
    }

    private HttpRequestMessage Message(HttpMethod method, string path)
    {
        var message = new HttpRequestMessage(method, new Uri(server, $"/fhir/{Tenant}/{path}".TrimEnd('/')));
        message.Headers.Authorization = access.Client.DefaultRequestHeaders.Authorization;
        return message;
    }

    private void Keep(byte[] body)
    {
        using var stored = JsonDocument.Parse(body);
        if (stored.RootElement.GetProperty("resourceType").GetString() is { } type and not "Bundle")
        {
            _versions[(type, stored.RootElement.GetProperty("id").GetString()!, stored.RootElement.GetProperty("meta").GetProperty("versionId").GetString()!)] = stored.RootElement.GetRawText();
        }
    }

    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public MllpClient? Client { get; set; }

        public async Task CloseAsync()
        {
            if (Client is { } client)
            {
                Client = null;
                await client.DisposeAsync();
            }
        }
    }
}
