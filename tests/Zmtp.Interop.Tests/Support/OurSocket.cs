using Zmtp.Sockets;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests.Support;

/// <summary>Sockets under test by their type, and bounded calls on them whatever their type.</summary>
internal static class OurSocket
{
    public static ZmtpSocket Create(ZmtpContext context, SocketType type, SocketOptions? options = null) => type switch
    {
        SocketType.Pair => new PairSocket(context, options),
        SocketType.Pub => new PubSocket(context, options),
        SocketType.Sub => new SubSocket(context, options),
        SocketType.XPub => new XPubSocket(context, options),
        SocketType.XSub => new XSubSocket(context, options),
        SocketType.Req => new ReqSocket(context, options),
        SocketType.Rep => new RepSocket(context, options),
        SocketType.Dealer => new DealerSocket(context, options),
        SocketType.Router => new RouterSocket(context, options),
        SocketType.Pull => new PullSocket(context, options),
        SocketType.Push => new PushSocket(context, options),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public static async Task SendFramesAsync(this ZmtpSocket socket, params byte[][] frames)
    {
        var message = Message.Create();
        foreach (byte[] frame in frames)
        {
            message.Append(frame);
        }

        await ((SendingSocket)socket).SendAsync(message, TestTimeout.Token);
    }

    public static async Task<byte[][]> ReceiveFramesAsync(this ZmtpSocket socket)
    {
        using var message = await socket.ReceiveMessageAsync();
        return [.. Enumerable.Range(0, message.FrameCount).Select(i => message[i].ToArray())];
    }

    public static async Task<Message> ReceiveMessageAsync(this ZmtpSocket socket) =>
        await ((IReceivingSocket)socket).ReceiveAsync(TestTimeout.Token);

    /// <summary>Waits until a peer has finished its handshake.</summary>
    public static Task<ZmtpPeer> PeerAsync(this ZmtpSocket socket) => socket.WaitForPeerAsync(TimeSpan.FromSeconds(10));
}
