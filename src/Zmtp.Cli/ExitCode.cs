namespace Zmtp.Cli;

/// <summary>What the process says at its end: one number for each cause. The numbers are part of the command's contract and never change.</summary>
internal enum ExitCode
{
    /// <summary>Everything that was asked for was done; a command that runs until it is interrupted was interrupted.</summary>
    Success = 0,

    /// <summary>Something failed that has no number of its own.</summary>
    Failed = 1,

    /// <summary>The command line makes no sense.</summary>
    Usage = 2,

    /// <summary>A file is missing, cannot be read or written, or does not hold what it should.</summary>
    File = 3,

    /// <summary>The file, or the user in it, is there already.</summary>
    Exists = 4,

    /// <summary>Verified, and wrong: the keys do not belong together, the password is not the user's.</summary>
    NotVerified = 5,

    /// <summary>No message, or no peer, in time; or messages that were sent and did not leave.</summary>
    Timeout = 6,

    /// <summary>There is no such user in the file.</summary>
    NoSuchUser = 7,

    /// <summary>Nobody reads the output any more: a pipe to a program that has ended.</summary>
    OutputClosed = 8,

    /// <summary>The text is not an endpoint, or cannot be used as it was.</summary>
    BadEndpoint = 10,

    /// <summary>The name service does not know the host.</summary>
    NameNotFound = 11,

    /// <summary>Nobody listens there.</summary>
    Refused = 12,

    /// <summary>No answer in time, or no network leads there.</summary>
    Unreachable = 13,

    /// <summary>The endpoint cannot be bound.</summary>
    CannotBind = 14,

    /// <summary>Something else than ZMTP speaks there.</summary>
    NotZmtp = 20,

    /// <summary>The peer speaks ZMTP 1.0 or 2.0.</summary>
    LegacyVersion = 21,

    /// <summary>The two ends are configured for different mechanisms.</summary>
    MechanismMismatch = 22,

    /// <summary>Both ends claim to be the mechanism's server.</summary>
    RoleConflict = 23,

    /// <summary>CURVE: no answer to HELLO; most likely the server key is not the server's.</summary>
    ServerKeySuspected = 24,

    /// <summary>The peer hung up during the handshake without a reason.</summary>
    ClosedDuringHandshake = 25,

    /// <summary>The peer did not finish the handshake in time.</summary>
    HandshakeTimeout = 26,

    /// <summary>The two socket types do not talk to each other.</summary>
    SocketTypeMismatch = 27,

    /// <summary>The peer broke a rule of the protocol.</summary>
    ProtocolError = 28,

    /// <summary>The peer's authenticator refused us (400).</summary>
    Denied = 30,

    /// <summary>The peer's authenticator could not decide now (300).</summary>
    TemporaryError = 31,

    /// <summary>The peer's authenticator failed (500).</summary>
    AuthenticatorFailed = 32,

    /// <summary>Interrupted (Ctrl-C, SIGTERM) before what was asked for was done.</summary>
    Interrupted = 130,
}
