namespace Zmtp.Sockets;

/// <summary>
/// A ROUTER in mandatory mode was told to send to a routing id that no connected peer has. The message was not sent and is
/// still the caller's.
/// </summary>
public sealed class HostUnreachableException : ZmtpException
{
    internal HostUnreachableException(string message)
        : base(message, FaultOrigin.Caller, mayRetry: true)
    {
    }

    /// <inheritdoc/>
    public override bool IsFatal => false;
}
