namespace Zmtp.Sockets;

/// <summary>
/// A ROUTER in mandatory mode was told to send to a routing id that no connected peer has. The message was not sent and is
/// still the caller's.
/// </summary>
/// <remarks>
/// Not thrown for a peer that was connected at an endpoint that the ROUTER itself connects to, unless <see cref="SocketOptions.Immediate"/> is set:
/// while the peer is away its routing id and its queue stay, and the message waits there for it to come back.
/// </remarks>
public sealed class HostUnreachableException : ZmtpException
{
    internal HostUnreachableException(string message)
        : base(message, FaultOrigin.Caller, mayRetry: true)
    {
    }

    /// <inheritdoc/>
    public override bool IsFatal => false;
}
