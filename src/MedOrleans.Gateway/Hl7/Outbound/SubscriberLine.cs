using MedOrleans.Connections;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Gateway.Hl7.Mllp;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Gateway.Hl7.Outbound;

/// <summary>What came of sending a message.</summary>
/// <param name="Code">The answer's code (table 0008); null where none came, and the message has to be sent again.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Reason">Why it was not taken, in the other end's words; null where it was.</param>
internal sealed record Delivery(string? Code, string Answer, string? Reason)
{
    /// <summary>Whether the other end has taken the message.</summary>
    public bool IsTaken => Code is "AA" or "CA";
}

/// <summary>The connection to a subscriber: one at a time, made when it is needed. Not to be used by two at once.</summary>
internal sealed class SubscriberLine(Hl7SubscriberOptions subscriber, TlsCertificates? certificates, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(10);

    private MllpClient? _client;

    /// <summary>Sends a message and waits for its own answer.</summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task<Delivery> SendAsync(string text, CancellationToken cancel)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            if (_client is null)
            {
                limit.CancelAfter(s_connectLimit);
                var to = subscriber.EndPoint!;
                _client = await MllpClient.ConnectAsync(to.IdnHost, to.Port, certificates?.Current(logger).Client(to.IdnHost), limit.Token);
            }

            limit.CancelAfter(subscriber.AnswerTimeout);
            var answer = await _client.AskAsync(text, limit.Token);
            var code = Acknowledgement.Read(answer)!.Value.Code;
            return new Delivery(code, answer.ToString(), code is "AA" or "CA" ? null : $"{code}: {ReasonOf(answer)}".TrimEnd(' ', ':'));
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException or Hl7Exception
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            await CloseAsync();
            return new Delivery(null, "", e is OperationCanceledException ? "no answer in time" : e.GetType().Name);
        }
        catch (OperationCanceledException)
        {
            // The answer that may still come must not be taken for another message's.
            await CloseAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task CloseAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            await client.DisposeAsync();
        }
    }

    private static string ReasonOf(Hl7Message answer) => answer.Find("ERR") is { } err && (err.Text(8) is { Length: > 0 } || err.Text(7) is { Length: > 0 })
        ? err.Text(8) is { Length: > 0 } said ? said : err.Text(7) : answer.Find("MSA")?.Text(3) ?? "";
}
