using System.Net.Http.Headers;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Wards;

/// <summary>A client of server-sent events.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventReader(HttpResponseMessage response, StreamReader lines) => (_response, _lines) = (response, lines);

    /// <summary>Comments that came: heartbeats.</summary>
    public int Heartbeats { get; private set; }

    /// <summary>Asks for a feed; the answer, and what reads it where it is one.</summary>
    public static async Task<(int Status, EventReader? Reader)> OpenAsync(HttpClient client, string path, string? last = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
        {
            response.Dispose();
            return ((int)response.StatusCode, null);
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return ((int)response.StatusCode, new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync())));
    }

    /// <summary>The next event; null where the stream has ended.</summary>
    public async Task<(string Id, string Name, JsonElement Data)?> NextAsync(TimeSpan? limit = null)
    {
        using var timer = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(30));
        var (id, name, data) = ("", "", "");
        while (await _lines.ReadLineAsync(timer.Token) is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["id", var value]:
                    id = value;
                    break;
                case ["event", var value]:
                    name = value;
                    break;
                case ["data", var value]:
                    data = value;
                    break;
                case [":"]:
                    Heartbeats++;
                    break;
                case [""] when data.Length > 0:
                    using (var document = JsonDocument.Parse(data))
                    {
                        return (id, name, document.RootElement.Clone());
                    }
            }
        }

        return null;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
