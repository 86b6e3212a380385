using System.Net;
using System.Net.Sockets;

namespace MedOrleans.Host.Hosting;

/// <summary>What can be told of a port from outside.</summary>
internal static class Ports
{
    /// <summary>Whether a connection is refused: the machine answers, and no process listens.</summary>
    public static async Task<bool> IsRefusedAsync(string address, int port, CancellationToken cancel)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address), port, cancel);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    /// <summary>Whether this process could listen there.</summary>
    public static bool IsFree(IPEndPoint address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
