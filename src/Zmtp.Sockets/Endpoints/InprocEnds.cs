namespace Zmtp.Sockets.Endpoints;

/// <summary>What the two ends of an inproc connection are to each other.</summary>
internal static class InprocEnds
{
    /// <summary>The mark of what lies between a sender and a receiver: by libzmq's rule, since there is no other buffer, theirs add up.</summary>
    public static int Sum(SocketOptions sender, SocketOptions receiver) =>
        sender.SendHighWaterMark == 0 || receiver.ReceiveHighWaterMark == 0
            ? 0
            : (int)Math.Min(int.MaxValue, (long)sender.SendHighWaterMark + receiver.ReceiveHighWaterMark);

    /// <summary>What the other end is told of a socket.</summary>
    public static ZmtpPeer Describe(ZmtpSocket socket, string endpoint, bool isIncoming) => new()
    {
        SocketType = socket.Type,
        Identity = socket.Identity,
        Endpoint = endpoint,
        Metadata = socket.Options.Metadata,
        IsIncoming = isIncoming,
    };
}
