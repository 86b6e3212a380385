using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Hl7.Messages;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Gateway.Hl7.Mllp;

/// <summary>
/// One connection of a sender's: takes one block after the other and answers each before the next is looked at, so that what comes over one connection has its effect in order. Where the
/// record cannot be reached the connection is closed without an answer: the sender sends again.
/// </summary>
public sealed partial class MllpHandler
{
    // Between blocks there is a line break or two.
    private const int MaxStray = 4096;

    // How long the message in hand may take once its sender sends no more.
    private static readonly TimeSpan s_lastAnswer = TimeSpan.FromSeconds(30);

    private readonly Hl7Intake _intake;
    private readonly Hl7Options _options;
    private readonly Hl7Instruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger<MllpHandler> _logger;

    internal MllpHandler(Hl7Intake intake, Hl7Options options, Hl7Instruments instruments, TimeProvider time, ILogger<MllpHandler> logger) =>
        (_intake, _options, _instruments, _time, _logger) = (intake, options, instruments, time, logger);

    /// <summary>What takes the connections of a listener.</summary>
    public ConnectionDelegate Of(Hl7ListenerOptions listener)
    {
        Hl7Sender[] senders = [.. listener.Senders.Select(sender => new Hl7Sender(sender))];
        return connection => RunAsync(connection, senders);
    }

    private async Task RunAsync(ConnectionContext connection, Hl7Sender[] all)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        Hl7Sender[] senders = [.. all.Where(sender => sender.Fits(address, certificate))];
        if (senders.Length == 0)
        {
            _instruments.Refused();
            LogStranger(_logger, address);
            return;
        }

        // A host that stops lets the message in hand be answered, and takes no other.
        // A sender may close its own direction once it has sent, and still waits for the answer.
        using var stop = new CancellationTokenSource();
        await using var closed = connection.ConnectionClosed.Register(static stop => ((CancellationTokenSource)stop!).CancelAfter(s_lastAnswer), stop);
        var asked = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        await using var registration = asked.Register(static input => ((PipeReader)input!).CancelPendingRead(), connection.Transport.Input);
        _instruments.Connected(1);
        try
        {
            await ReadAsync(connection.Transport, senders, address?.ToString(), asked, stop.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or ConnectionResetException or ConnectionAbortedException or IOException)
        {
            // It has gone.
        }
#pragma warning disable CA1031 // Whatever fails ends this connection alone.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LogClosed(_logger, ClusterRetry.IsTransient(fault) ? null : fault, address, fault.GetType().Name);
        }
        finally
        {
            _instruments.Connected(-1);
        }
    }

    private async Task ReadAsync(IDuplexPipe transport, Hl7Sender[] senders, string? address, CancellationToken asked, CancellationToken cancel)
    {
        long strays = 0;
        while (!asked.IsCancellationRequested)
        {
            var read = await transport.Input.ReadAsync(cancel);
            var buffer = read.Buffer;
            var isWhole = MllpFraming.TryTake(ref buffer, out var content, out var stray);
            strays = isWhole ? 0 : strays + stray;
            if (strays > MaxStray || (!isWhole && buffer.Length > _options.MaxMessageBytes) || content.Length > _options.MaxMessageBytes)
            {
                var fault = new Hl7Fault(Hl7Condition.ApplicationInternalError, strays > MaxStray ? "This is not MLLP." : $"A message has {_options.MaxMessageBytes} bytes at the most.");
                Write(transport.Output, Acknowledgement.Of("AR", null, [fault], _time.GetUtcNow(), Guid.CreateVersion7().ToString("N")), Encoding.ASCII);
                await transport.Output.FlushAsync(cancel);
                return;
            }

            if (isWhole)
            {
                var block = content.ToArray();
                transport.Input.AdvanceTo(buffer.Start);
                await AnswerAsync(transport.Output, block, senders, address, cancel);
            }
            else
            {
                transport.Input.AdvanceTo(buffer.Start, read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    return;
                }
            }
        }
    }

    private async Task AnswerAsync(PipeWriter output, byte[] block, Hl7Sender[] senders, string? address, CancellationToken cancel)
    {
        Encoding charset = Encoding.UTF8;
        try
        {
            var batch = Hl7Batch.Split(Hl7Charset.Decode(block, senders[0].Charset, out charset));
            if (!batch.IsBatch)
            {
                foreach (var message in batch.Messages)
                {
                    foreach (var answer in await _intake.TakeAsync(message, senders, address, cancel))
                    {
                        Write(output, answer, charset);
                    }

                    await output.FlushAsync(cancel);
                }

                return;
            }

            // A batch is answered as one: its header turned round, an acknowledgement for each message, and their number.
            var answers = new List<string>();
            foreach (var message in batch.Messages)
            {
                answers.AddRange(await _intake.TakeAsync(message, senders, address, cancel));
            }

            Write(output, BatchAnswer.Of(batch, answers, _time.GetUtcNow()), charset);
        }
        catch (Hl7Exception unread)
        {
            foreach (var answer in await _intake.TakeUnreadAsync(Encoding.Latin1.GetString(block), senders, unread.Fault, address, cancel))
            {
                Write(output, answer, Encoding.UTF8);
            }
        }

        await output.FlushAsync(cancel);
    }

    private static void Write(PipeWriter output, string text, Encoding charset) => MllpFraming.Write(output, charset.GetBytes(text));

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection from {Address} fits no sender and is closed.")]
    private static partial void LogStranger(ILogger logger, IPAddress? address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection from {Address} is closed without an answer to its last message, which has to be sent again: {Reason}.")]
    private static partial void LogClosed(ILogger logger, Exception? exception, IPAddress? address, string reason);
}
