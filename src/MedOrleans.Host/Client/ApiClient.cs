using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MedOrleans.Host.Client;

/// <summary>Speaks to a running MedOrleans over its public API, as the operator or as a hospital's client.</summary>
internal sealed class ApiClient : IDisposable
{
    private const int Patience = 60;

    /// <summary>The JSON of the API.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    private readonly HttpClient _http;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private readonly string _clientId;
    private readonly string _secret;
    private readonly TimeProvider _time;
    private (string Value, DateTimeOffset Until) _token;

    public ApiClient(Uri server, string clientId, string secret, TimeProvider time)
    {
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) };
        _clientId = clientId;
        _secret = secret;
        _time = time;
    }

    /// <summary>The server's address.</summary>
    public Uri Server => _http.BaseAddress!;

    /// <summary>Whether it speaks for the operator.</summary>
    public bool IsOperator => _clientId == Gateway.Security.OperatorCredential.ClientId;

    /// <summary>A client with the operator's credential from a data folder.</summary>
    /// <exception cref="ClientException">There is no readable credential.</exception>
    public static ApiClient Operator(string dataFolder, string? server)
    {
        var file = Path.Combine(dataFolder, Gateway.Security.OperatorCredential.FileName);
        return FromFile(file, server) ?? throw new ClientException(
            $"The operator's credential cannot be read from {Path.GetFullPath(file)}: give the data folder of the host by --data, or a hospital's credentials by --credentials.");
    }

    /// <summary>A client with the credentials of a file that `medorleans signup` has written.</summary>
    /// <exception cref="ClientException">There are no readable credentials.</exception>
    public static ApiClient Hospital(string file, string? server) =>
        FromFile(file, server) ?? throw new ClientException($"No credentials can be read from {Path.GetFullPath(file)}: it holds clientId, clientSecret and server as JSON.");

    private static ApiClient? FromFile(string file, string? server)
    {
        try
        {
            using var credential = JsonDocument.Parse(File.ReadAllBytes(file));
            var root = credential.RootElement;
            return new ApiClient(
                new Uri(server ?? root.GetProperty("server").GetString()!),
                root.GetProperty("clientId").GetString()!, root.GetProperty("clientSecret").GetString()!, TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or UriFormatException)
        {
            return null;
        }
    }

    /// <summary>Sends a request; an answer that is not a success becomes an exception that says why in one line.</summary>
    /// <exception cref="ClientException">The server refused, or there is none.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancel)
    {
        using var response = await SendRawAsync(method, path, content, cancel);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
        if (!response.IsSuccessStatusCode)
        {
            throw new ClientException(Reason(bytes) ?? $"{(int)response.StatusCode} {response.ReasonPhrase}");
        }

        return bytes.Length == 0 ? default : JsonDocument.Parse(bytes).RootElement;
    }

    /// <summary>As <see cref="SendAsync"/>; where the server is busy it waits as long as it is told, a few minutes at the most. The content is of bytes, so that it can be sent again.</summary>
    /// <exception cref="ClientException">The server refused, or there is none.</exception>
    public async Task<JsonElement> SendPatientlyAsync(HttpMethod method, string path, ByteArrayContent content, CancellationToken cancel)
    {
        var bytes = await content.ReadAsByteArrayAsync(cancel);
        for (var attempt = 1; ; attempt++)
        {
            using var copy = new ByteArrayContent(bytes);
            copy.Headers.ContentType = content.Headers.ContentType;
            using var response = await SendRawAsync(method, path, copy, cancel);
            if ((int)response.StatusCode is not (429 or 503) || attempt == Patience)
            {
                var answer = await response.Content.ReadAsByteArrayAsync(cancel);
                return response.IsSuccessStatusCode
                    ? JsonDocument.Parse(answer).RootElement
                    : throw new ClientException(Reason(answer) ?? $"{(int)response.StatusCode} {response.ReasonPhrase}");
            }

            await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(2), _time, cancel);
        }
    }

    /// <summary>Sends a request and hands out the answer, whatever its status.</summary>
    /// <exception cref="ClientException">There is no server, or it refused the credential.</exception>
    public Task<HttpResponseMessage> SendRawAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancel) =>
        SendRawAsync(method, path, content, [], HttpCompletionOption.ResponseContentRead, cancel);

    /// <summary>As above, with further headers; the answer may be handed out before its body has come.</summary>
    /// <exception cref="ClientException">There is no server, or it refused the credential.</exception>
    public async Task<HttpResponseMessage> SendRawAsync(
        HttpMethod method, string path, HttpContent? content, IEnumerable<KeyValuePair<string, string>> headers, HttpCompletionOption completion, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(cancel));
        try
        {
            return await _http.SendAsync(request, completion, cancel);
        }
        catch (HttpRequestException)
        {
            throw Absent();
        }
    }

    /// <summary>Sends a JSON body.</summary>
    public Task<JsonElement> PostAsync(string path, object? body, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body, options: Json), cancel);

    /// <summary>Reads JSON.</summary>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, null, cancel);

    public void Dispose()
    {
        _http.Dispose();
        _renewing.Dispose();
    }

    /// <summary>A token that is good for a while yet.</summary>
    /// <exception cref="ClientException">There is no server, or it refused the credential.</exception>
    public async Task<string> TokenAsync(CancellationToken cancel)
    {
        if (_time.GetUtcNow() < _token.Until)
        {
            return _token.Value;
        }

        await _renewing.WaitAsync(cancel);
        try
        {
            if (_time.GetUtcNow() < _token.Until)
            {
                return _token.Value;
            }

            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = _clientId,
                ["client_secret"] = _secret,
            });
            using var response = await _http.PostAsync(new Uri("/oauth2/token", UriKind.Relative), form, cancel);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
            if (!response.IsSuccessStatusCode)
            {
                throw new ClientException($"The credential of {_clientId} is refused: {Reason(bytes) ?? response.ReasonPhrase}");
            }

            using var reply = JsonDocument.Parse(bytes);
            _token = (reply.RootElement.GetProperty("access_token").GetString()!,
                _time.GetUtcNow() + (TimeSpan.FromSeconds(reply.RootElement.GetProperty("expires_in").GetInt32()) / 2));
            return _token.Value;
        }
        catch (HttpRequestException)
        {
            throw Absent();
        }
        finally
        {
            _renewing.Release();
        }
    }

    private ClientException Absent() => new($"No MedOrleans answers at {Server}: start one with `medorleans serve`, or name it by --server.");

    /// <summary>What a problem, an OperationOutcome or an OAuth error says.</summary>
    internal static string? Reason(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement switch
            {
                var root when root.TryGetProperty("issue", out var issues) => string.Join("; ", issues.EnumerateArray().Select(issue => issue.GetProperty("diagnostics").GetString())),
                var root when root.TryGetProperty("detail", out var detail) => detail.GetString(),
                var root when root.TryGetProperty("error_description", out var description) => description.GetString(),
                var root when root.TryGetProperty("title", out var title) => title.GetString(),
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
