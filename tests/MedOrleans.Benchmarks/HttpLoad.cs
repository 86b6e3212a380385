using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HdrHistogram;

namespace MedOrleans.Benchmarks;

/// <summary>What a run of load measured.</summary>
/// <param name="PerSecond">Answered requests a second.</param>
/// <param name="Failed">Answers that were not of the expected status.</param>
/// <param name="P50">Median latency, milliseconds.</param>
/// <param name="P99">99th percentile, milliseconds.</param>
internal sealed record LoadResult(double PerSecond, long Failed, double P50, double P99)
{
    /// <summary>Answered requests.</summary>
    public required long Answered { get; init; }

    /// <summary>Processor microseconds of the host for each; null where it was not measured.</summary>
    public double? HostMicroseconds { get; init; }

    /// <summary>Processor microseconds of PostgreSQL for each; null where it was not measured.</summary>
    public double? StoreMicroseconds { get; init; }
}

/// <summary>
/// Closed-loop HTTP/1.1 load over raw sockets. It shares the cores with what it measures, so it does as little as it can:
/// requests are bytes made before the run, and of an answer it reads the status line and the length.
/// </summary>
internal static class HttpLoad
{
    /// <summary>Runs <paramref name="connections"/> loops for <paramref name="seconds"/>.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="connections">How many connections, one request in flight on each.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="expected">The status that counts as success.</param>
    /// <param name="request">The bytes of the next request, by connection and its count.</param>
    public static Task<LoadResult> RunAsync(IPEndPoint server, int connections, double seconds, int expected, Func<int, int, ReadOnlyMemory<byte>> request) =>
        RunAsync(server, connections, seconds, async (socket, buffer) => await ReceiveAsync(socket, buffer) == expected, request);

    /// <summary>The same over MLLP: a block is answered by a block, and AA counts as success.</summary>
    public static Task<LoadResult> RunMllpAsync(IPEndPoint server, int connections, double seconds, Func<int, int, ReadOnlyMemory<byte>> block) =>
        RunAsync(server, connections, seconds, ReceiveBlockAsync, block);

    private static async Task<LoadResult> RunAsync(
        IPEndPoint server, int connections, double seconds, Func<Socket, byte[], ValueTask<bool>> receive, Func<int, int, ReadOnlyMemory<byte>> request)
    {
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var watch = Stopwatch.StartNew();
        var loops = await Task.WhenAll(Enumerable.Range(0, connections)
            .Select(connection => Task.Run(() => LoopAsync(server, connection, end, receive, request))));
        var elapsed = watch.Elapsed.TotalSeconds;

        var all = new LongHistogram(TimeSpan.TicksPerMinute, 3);
        foreach (var loop in loops)
        {
            all.Add(loop.Latency);
        }

        return new LoadResult(
            loops.Sum(loop => loop.Answered) / elapsed,
            loops.Sum(loop => loop.Failed),
            all.GetValueAtPercentile(50) / (double)TimeSpan.TicksPerMillisecond,
            all.GetValueAtPercentile(99) / (double)TimeSpan.TicksPerMillisecond)
        {
            Answered = loops.Sum(loop => loop.Answered),
        };
    }

    private static async Task<(long Answered, long Failed, LongHistogram Latency)> LoopAsync(
        IPEndPoint server, int connection, long end, Func<Socket, byte[], ValueTask<bool>> receive, Func<int, int, ReadOnlyMemory<byte>> request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var latency = new LongHistogram(TimeSpan.TicksPerMinute, 3);
        var buffer = new byte[1 << 20];
        long answered = 0, failed = 0;
        for (var i = 0; ; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (start >= end)
            {
                return (answered, failed, latency);
            }

            await socket.SendAsync(request(connection, i));
            var isGood = await receive(socket, buffer);
            latency.RecordValue(Math.Max(1, Stopwatch.GetElapsedTime(start).Ticks));
            answered++;
            if (!isGood)
            {
                failed++;
            }
        }
    }

    private static async ValueTask<bool> ReceiveBlockAsync(Socket socket, byte[] buffer)
    {
        var have = 0;
        do
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(have));
            if (read == 0)
            {
                throw new IOException("The server closed the connection in the middle of an answer.");
            }

            have += read;
        }
        while (!buffer.AsSpan(0, have).EndsWith("\x1c\r"u8));
        return buffer.AsSpan(0, have).IndexOf("MSA|AA|"u8) >= 0;
    }

    private static async ValueTask<int> ReceiveAsync(Socket socket, byte[] buffer)
    {
        var have = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(have));
            if (read == 0)
            {
                throw new IOException("The server closed the connection in the middle of an answer.");
            }

            have += read;
            var head = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8);
            if (head < 0)
            {
                continue;
            }

            var whole = WholeLength(buffer.AsSpan(0, have), head);
            if (whole >= 0 && have >= whole)
            {
                return Utf8Parser.TryParse(buffer.AsSpan(9, 3), out int status, out _) ? status : 0;
            }
        }
    }

    /// <summary>The length of the whole answer where it can be told yet; -1 otherwise.</summary>
    private static int WholeLength(ReadOnlySpan<byte> answer, int head)
    {
        var headers = answer[..head];
        var at = headers.IndexOf("Content-Length: "u8);
        if (at >= 0 && Utf8Parser.TryParse(headers[(at + 16)..], out int length, out _))
        {
            return head + 4 + length;
        }

        if (headers.IndexOf("Transfer-Encoding: chunked"u8) >= 0)
        {
            return answer.EndsWith("\r\n0\r\n\r\n"u8) ? answer.Length : -1;
        }

        return head + 4;
    }
}
