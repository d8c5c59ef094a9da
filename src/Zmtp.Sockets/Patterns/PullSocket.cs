namespace Zmtp.Sockets;

/// <summary>PULL: receives from all PUSH peers, one message from each in turn (RFC 30).</summary>
public sealed class PullSocket : ReceivingSocket
{
    /// <summary>Creates a PULL socket.</summary>
    /// <param name="context">The context it belongs to.</param>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names it and says what it may be.</exception>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public PullSocket(ZmtpContext context, SocketOptions? options = null)
        : base(context, SocketType.Pull, options)
    {
    }
}
