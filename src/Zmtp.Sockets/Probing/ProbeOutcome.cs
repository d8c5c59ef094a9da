namespace Zmtp.Sockets;

/// <summary>How an attempt to connect ended.</summary>
public enum ProbeOutcome
{
    /// <summary>The handshake succeeded: messages could flow.</summary>
    Success,

    /// <summary>The text is not an endpoint, or not one that can be connected to.</summary>
    BadEndpoint,

    /// <summary>The name service does not know the host.</summary>
    NameNotFound,

    /// <summary>The host answered that nobody listens at that port, or there is no such path (ipc).</summary>
    Refused,

    /// <summary>No answer in time, be it the host's or the name service's, or no network leads there.</summary>
    Unreachable,

    /// <summary>Something else than ZMTP speaks there.</summary>
    NotZmtp,

    /// <summary>The peer speaks ZMTP 1.0 or 2.0.</summary>
    LegacyVersion,

    /// <summary>The two ends are configured for different mechanisms.</summary>
    MechanismMismatch,

    /// <summary>Both ends claim to be the mechanism's server.</summary>
    RoleConflict,

    /// <summary>CURVE: the peer hung up, or fell silent, after HELLO: most likely it does not own the server key that we were given.</summary>
    ServerKeySuspected,

    /// <summary>The peer hung up before the handshake was complete and did not say why.</summary>
    ClosedDuringHandshake,

    /// <summary>The peer did not finish the greeting or the handshake in time.</summary>
    HandshakeTimeout,

    /// <summary>The two socket types do not talk to each other.</summary>
    SocketTypeMismatch,

    /// <summary>The peer's authenticator refused us (400), or the peer sent another ERROR.</summary>
    Denied,

    /// <summary>The peer's authenticator could not decide now (300).</summary>
    TemporaryError,

    /// <summary>The peer's authenticator failed (500).</summary>
    AuthenticatorFailed,

    /// <summary>The peer broke a rule of the protocol.</summary>
    ProtocolError,

    /// <summary>Something else failed, on this side; or this side's own authenticator did not let the peer in.</summary>
    Failed,
}
