using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Gateway.Hl7.Mllp;

namespace MedOrleans.IntegrationTests.Hl7v2;

/// <summary>Another system's listener: keeps what it is sent, and answers as it is told to.</summary>
internal sealed class Hl7Receiver : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Task _accepting;
    private readonly List<Hl7Message> _taken = [];

    /// <summary>Listens.</summary>
    /// <param name="port">The port.</param>
    /// <param name="answer">What is answered to a message, a code or a whole message; null closes the connection without an answer. AA where it isn't given.</param>
    public Hl7Receiver(int port, Func<Hl7Message, string?>? answer = null)
    {
        Answer = answer ?? (static _ => "AA");
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What is answered.</summary>
    public Func<Hl7Message, string?> Answer { get; set; }

    /// <summary>The messages that were answered AA, in the order in which they came.</summary>
    public IReadOnlyList<Hl7Message> Taken
    {
        get
        {
            lock (_taken)
            {
                return [.. _taken];
            }
        }
    }

    /// <summary>The events taken of a visit or a patient, by any of the numbers in PID-3 or PV1-19.</summary>
    public List<string> EventsOf(string number) => [.. Taken.Where(message => message.Require("PID").Text(3) == number || message.Find("PV1")?.Text(19) == number).Select(message => message.Event)];

    /// <summary>Settings of a gateway that tells it.</summary>
    public static Dictionary<string, string> Settings(int port, int at = 0, string name = "lab")
    {
        var subscriber = string.Create(CultureInfo.InvariantCulture, $"MEDORLEANS__Hl7__Subscribers__{at}");
        return new()
        {
            [$"{subscriber}__Name"] = name,
            [$"{subscriber}__Tenant"] = "north",
            [$"{subscriber}__Address"] = string.Create(CultureInfo.InvariantCulture, $"mllp://127.0.0.1:{port}"),
            [$"{subscriber}__Tries"] = "2",
            [$"{subscriber}__AnswerTimeout"] = "00:00:03",
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ReceiveAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ReceiveAsync(Socket socket)
    {
        using var connection = socket;
        var received = new ArrayBufferWriter<byte>();
        try
        {
            while (true)
            {
                var count = await socket.ReceiveAsync(received.GetMemory(65536), _stop.Token);
                if (count == 0)
                {
                    return;
                }

                received.Advance(count);
                var buffer = new ReadOnlySequence<byte>(received.WrittenMemory);
                while (MllpFraming.TryTake(ref buffer, out var content, out _))
                {
                    var message = Hl7Message.Parse(Encoding.UTF8.GetString(content));
                    if (Answer(message) is not { } answer)
                    {
                        return;
                    }

                    if (answer == "AA")
                    {
                        lock (_taken)
                        {
                            _taken.Add(message);
                        }
                    }

                    var output = new ArrayBufferWriter<byte>();
                    var text = answer.Length > 2 ? answer : Acknowledgement.Of(answer, message, answer == "AA" ? [] : [new Hl7Fault(Hl7Condition.UnknownKeyIdentifier, "Who is that?")], DateTimeOffset.UtcNow, "r1");
                    MllpFraming.Write(output, Encoding.UTF8.GetBytes(text));
                    await socket.SendAsync(output.WrittenMemory, _stop.Token);
                }

                var left = buffer.ToArray();
                received.Clear();
                received.Write(left);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
    }
}
