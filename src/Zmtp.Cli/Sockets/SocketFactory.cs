using Zmtp.Sockets;

namespace Zmtp.Cli.Sockets;

/// <summary>From socket types to sockets.</summary>
internal static class SocketFactory
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Makes a socket of a type.</summary>
    public static ZmtpSocket Create(SocketType type, ZmtpContext context, SocketOptions options) => type switch
    {
        SocketType.Pair => new PairSocket(context, options),
        SocketType.Pub => new PubSocket(context, options),
        SocketType.Sub => SubscribeToAll(new SubSocket(context, WithHeartbeats(options))),
        SocketType.Req => new ReqSocket(context, options),
        SocketType.Rep => new RepSocket(context, options),
        SocketType.Dealer => new DealerSocket(context, options),
        SocketType.Router => new RouterSocket(context, options),
        SocketType.Pull => new PullSocket(context, WithHeartbeats(options)),
        SocketType.Push => new PushSocket(context, options),
        SocketType.XPub => new XPubSocket(context, options),
        SocketType.XSub => new XSubSocket(context, options),
        _ => throw CliException.Usage($"There is no {SocketTypes.ToToken(type)} socket here."),
    };

    /// <summary>Receives from a socket that can.</summary>
    public static ValueTask<Message> ReceiveAsync(ZmtpSocket socket, CancellationToken stop) => socket is IReceivingSocket receiving
        ? receiving.ReceiveAsync(stop)
        : throw CliException.Usage($"{SocketTypes.WithArticle(socket.Type)} socket does not receive.");

    /// <summary>
    /// For those that only receive. A peer that receives, as the XPUB of an XSUB does, and for the time being takes no more, does not read our PING either,
    /// and is not dead.
    /// </summary>
    private static SocketOptions WithHeartbeats(SocketOptions options) =>
        options with { HeartbeatInterval = HeartbeatInterval, HeartbeatTimeout = HeartbeatTimeout };

    private static SubSocket SubscribeToAll(SubSocket socket)
    {
        socket.Subscribe("");
        return socket;
    }
}
