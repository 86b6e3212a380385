using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mllp;

/// <summary>A sender's end of a connection: sends a message, and takes what answers it.</summary>
internal sealed class MllpClient : IAsyncDisposable
{
    private readonly TcpClient _connection;
    private readonly Stream _stream;
    private readonly PipeReader _input;

    private MllpClient(TcpClient connection, Stream stream) => (_connection, _stream, _input) = (connection, stream, PipeReader.Create(stream));

    /// <summary>Connects.</summary>
    /// <param name="host">The address.</param>
    /// <param name="port">The port.</param>
    /// <param name="tls">How both ends prove themselves; null for a connection in the clear.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<MllpClient> ConnectAsync(string host, int port, SslClientAuthenticationOptions? tls, CancellationToken cancel)
    {
        var connection = new TcpClient { NoDelay = true };
        try
        {
            await connection.ConnectAsync(host, port, cancel);
            if (tls is null)
            {
                return new MllpClient(connection, connection.GetStream());
            }

            var secure = new SslStream(connection.GetStream());
            await secure.AuthenticateAsClientAsync(tls, cancel);
            return new MllpClient(connection, secure);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a block and takes the next block that comes.</summary>
    /// <exception cref="EndOfStreamException">The connection was closed without an answer: the block has to be sent again.</exception>
    public async Task<byte[]> SendAsync(ReadOnlyMemory<byte> block, CancellationToken cancel)
    {
        var frame = new ArrayBufferWriter<byte>(block.Length + 3);
        MllpFraming.Write(frame, block.Span);
        await _stream.WriteAsync(frame.WrittenMemory, cancel);
        return await ReceiveAsync(cancel);
    }

    /// <summary>Sends a message and takes its own answer: one whose MSA-2 names another message is passed over, never taken for it.</summary>
    /// <exception cref="EndOfStreamException">The connection was closed without an answer: the message has to be sent again.</exception>
    public async Task<Hl7Message> AskAsync(string message, CancellationToken cancel)
    {
        var own = Hl7Message.Parse(message).ControlId;
        var answer = Hl7Message.Parse(System.Text.Encoding.UTF8.GetString(await SendAsync(System.Text.Encoding.UTF8.GetBytes(message), cancel)));
        while (Acknowledgement.Read(answer)?.ControlId != own)
        {
            answer = Hl7Message.Parse(System.Text.Encoding.UTF8.GetString(await ReceiveAsync(cancel)));
        }

        return answer;
    }

    /// <summary>Takes the next block that comes.</summary>
    public async Task<byte[]> ReceiveAsync(CancellationToken cancel)
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancel);
            var buffer = read.Buffer;
            if (MllpFraming.TryTake(ref buffer, out var content, out _))
            {
                var block = content.ToArray();
                _input.AdvanceTo(buffer.Start);
                return block;
            }

            _input.AdvanceTo(buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                throw new EndOfStreamException("The connection was closed without an answer.");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _stream.DisposeAsync();
        _connection.Dispose();
    }
}
