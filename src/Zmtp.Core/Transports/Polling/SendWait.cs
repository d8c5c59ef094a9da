using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Zmtp.Transports.Polling;

/// <summary>
/// A wait for room in a socket's send buffer. When there is room, the octets of the wait are sent before the writer goes on.
/// </summary>
internal sealed class SendWait(Socket socket) : SocketWait, IValueTaskSource<int>
{
    private ReadOnlyMemory<byte> _octets;

    /// <summary>As <see cref="SocketWait.Begin"/>; the result is how many octets were sent, 0 if there was no room after all.</summary>
    public ValueTask<int> Begin(ReadOnlyMemory<byte> octets)
    {
        _octets = octets;
        Start();
        return new ValueTask<int>(this, Version);
    }

    /// <summary>Sends what goes at once.</summary>
    /// <exception cref="SocketException">The connection is lost.</exception>
    public static int Send(Socket socket, ReadOnlySpan<byte> octets) =>
        Sent(socket.Send(octets, SocketFlags.None, out var error), error);

    /// <summary>What a send has sent, which may be nothing for want of room.</summary>
    /// <exception cref="SocketException">The connection is lost.</exception>
    public static int Sent(int count, SocketError error) =>
        error is SocketError.Success or SocketError.WouldBlock ? count : throw new SocketException((int)error);

    int IValueTaskSource<int>.GetResult(short token)
    {
        GetResult(token);
        var octets = _octets;
        _octets = default;
        return Send(socket, octets.Span);
    }
}
