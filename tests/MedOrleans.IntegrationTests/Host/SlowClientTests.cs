using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>A client that sends slowly, or goes, costs nothing that lasts.</summary>
public sealed class SlowClientTests : IAsyncLifetime
{
    private HostProcess _host = null!;
    private TenantAccess _north = null!;

    public async Task InitializeAsync()
    {
        // Two requests at a time and none that waits: whoever holds a place is noticed.
        _host = await HostProcess.StartAsync(settings: new Dictionary<string, string>
        {
            ["MEDORLEANS__Fhir__MaxConcurrentRequests"] = "2",
            ["MEDORLEANS__Fhir__MaxQueuedRequests"] = "0",
        });
        _north = await _host.CreateTenantAsync("north");
    }

    public async Task DisposeAsync()
    {
        _north.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Body_ThatTrickles_IsEndedAndItsPlaceIsFree()
    {
        using var slow = await BeginAsync();
        using var slower = await BeginAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadAsync());

        // The first byte came at once, the rest never does: the server ends it.
        Assert.StartsWith("HTTP/1.1 408", await AnswerAsync(slow), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 408", await AnswerAsync(slower), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => await ReadAsync() == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Client_ThatGoesInTheMiddle_LeavesItsPlaceFree()
    {
        for (var i = 0; i < 8; i += 2)
        {
            using var one = await BeginAsync();
            using var other = await BeginAsync();
            await Eventually.TrueAsync(async () => await ReadAsync() == HttpStatusCode.ServiceUnavailable);
            one.Close();
            other.Close();
            await Eventually.TrueAsync(async () => await ReadAsync() == HttpStatusCode.NotFound);
        }
    }

    /// <summary>A request whose body is announced and not sent, once the server has taken it on.</summary>
    private async Task<TcpClient> BeginAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(_host.Http);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /fhir/north/Patient HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {_north.Token}\r\nContent-Type: application/fhir+json\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n"));

        // The server asks for the body as soon as someone reads it, which has its place by then.
        var buffer = new byte[25];
        await client.GetStream().ReadExactlyAsync(buffer);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(buffer));
        await client.GetStream().WriteAsync("{"u8.ToArray());
        return client;
    }

    private static async Task<string> AnswerAsync(TcpClient client)
    {
        using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
        return await reader.ReadLineAsync() ?? "";
    }

    private async Task<HttpStatusCode> ReadAsync()
    {
        using var response = await _north.Client.GetAsync(new Uri("/fhir/north/Patient/nobody", UriKind.Relative));
        return response.StatusCode;
    }
}
