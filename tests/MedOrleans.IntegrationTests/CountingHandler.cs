namespace MedOrleans.IntegrationTests;

/// <summary>Keeps the answers that are none a client can want, and the requests that had no answer.</summary>
internal sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly List<string> _failures = [];

    public List<string> Failures => _failures;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                Keep($"{request.Method} {request.RequestUri}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
            }

            return response;
        }
        catch (HttpRequestException e)
        {
            Keep($"{request.Method} {request.RequestUri}: {e.Message}");
            throw;
        }
    }

    private void Keep(string failure)
    {
        lock (_failures)
        {
            _failures.Add(failure);
        }
    }
}
