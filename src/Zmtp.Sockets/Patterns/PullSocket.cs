namespace Zmtp.Sockets;

/// <summary>PULL: receives from all PUSH peers, one message from each in turn (RFC 30).</summary>
public sealed class PullSocket : ReceivingSocket
{
    /// <summary>Creates a PULL socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    public PullSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Pull, options)
    {
    }
}
