namespace Zmtp.Engine;

/// <summary>Where a connection stands before messages may flow.</summary>
internal enum HandshakeState
{
    /// <summary>The peer's 64 octets are not all here.</summary>
    Greeting,

    /// <summary>The mechanism needs the peer's next command.</summary>
    Handshaking,

    /// <summary>The mechanism waits for a verdict; what the peer sends meanwhile stays unread.</summary>
    Authenticating,

    /// <summary>Messages may flow; what is unread is traffic.</summary>
    Ready,

    /// <summary>Refused in good order: send what was written, then close.</summary>
    Failed,
}
