using System.Buffers;
using System.IO.Pipelines;

namespace MedOrleans.Connections;

/// <summary>A connection's two pipes as the stream that <see cref="System.Net.Security.SslStream"/> works on.</summary>
internal sealed class TransportStream(IDuplexPipe transport) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await transport.Input.ReadAsync(cancellationToken);
        if (read.IsCanceled)
        {
            throw new OperationCanceledException("The connection's read was cancelled.");
        }

        // Into an empty buffer, by which a reader waits for data without holding memory for it, nothing is copied and nothing is taken.
        var count = (int)Math.Min(read.Buffer.Length, buffer.Length);
        var data = read.Buffer.Slice(0, count);
        data.CopyTo(buffer.Span);
        transport.Input.AdvanceTo(data.End);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await transport.Output.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken) => await transport.Output.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
