using System.Net.Http.Json;
using System.Text.Json.Serialization;
using MedOrleans.Security;

namespace MedOrleans;

/// <summary>Fetches access tokens and keeps the last until shortly before it ends.</summary>
internal sealed class AccessTokenSource(MedOrleansClientOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_early = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new();
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private IssuedToken? _current;

    /// <summary>A token that is valid for a while yet.</summary>
    /// <exception cref="AccessDeniedException">The credentials are refused.</exception>
    /// <exception cref="HttpRequestException">The token endpoint cannot be reached.</exception>
    public ValueTask<string> GetAsync() =>
        _current is { } current && time.GetUtcNow() < current.Until ? ValueTask.FromResult(current.Token) : new ValueTask<string>(FetchAsync());

    public void Dispose()
    {
        _http.Dispose();
        _fetching.Dispose();
    }

    private async Task<string> FetchAsync()
    {
        await _fetching.WaitAsync();
        try
        {
            if (_current is { } current && time.GetUtcNow() < current.Until)
            {
                return current.Token;
            }

            using var content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = options.ClientId,
                ["client_secret"] = options.ClientSecret,
            });
            using var response = await _http.PostAsync(options.TokenEndpoint, content);
            if ((int)response.StatusCode is 400 or 401 or 403)
            {
                throw new AccessDeniedException();
            }

            response.EnsureSuccessStatusCode();
            var reply = await response.Content.ReadFromJsonAsync<TokenReply>() ?? throw new AccessDeniedException();
            _current = new IssuedToken(reply.AccessToken, time.GetUtcNow() + TimeSpan.FromSeconds(reply.ExpiresIn) - s_early);
            return reply.AccessToken;
        }
        finally
        {
            _fetching.Release();
        }
    }

    private sealed record IssuedToken(string Token, DateTimeOffset Until);

    private sealed record TokenReply(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("expires_in")] int ExpiresIn);
}

/// <summary>Sends the token along with every call to one of MedOrleans' grains.</summary>
internal sealed class AccessTokenFilter(AccessTokenSource tokens) : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod.DeclaringType?.Namespace?.StartsWith(nameof(MedOrleans), StringComparison.Ordinal) == true)
        {
            RequestContext.Set(CallCredentials.AccessToken, await tokens.GetAsync());
        }

        await context.Invoke();
    }
}
