using Zmtp.Sockets;

namespace Zmtp.Cli;

/// <summary>The exit codes as users read them.</summary>
internal static class ExitCodes
{
    /// <summary>Each code with its meaning, in order: for --help.</summary>
    public static readonly IReadOnlyList<(ExitCode Code, string Meaning)> All =
    [
        (ExitCode.Success, "done; or a command that runs until it is interrupted was interrupted"),
        (ExitCode.Failed, "something failed that has no code of its own"),
        (ExitCode.Usage, "the command line makes no sense"),
        (ExitCode.File, "a file is missing, cannot be read or written, or does not hold what it should"),
        (ExitCode.Exists, "the file, or the user in it, is there already"),
        (ExitCode.NotVerified, "verified, and wrong"),
        (ExitCode.Timeout, "no message, or no peer, in time; or messages did not leave"),
        (ExitCode.NoSuchUser, "there is no such user in the file"),
        (ExitCode.OutputClosed, "nobody reads the output any more"),
        (ExitCode.BadEndpoint, "the text is not an endpoint, or not one for this use"),
        (ExitCode.NameNotFound, "the name service does not know the host"),
        (ExitCode.Refused, "nobody listens there"),
        (ExitCode.Unreachable, "no answer in time, or no network leads there"),
        (ExitCode.CannotBind, "the endpoint cannot be bound"),
        (ExitCode.NotZmtp, "something else than ZMTP speaks there"),
        (ExitCode.LegacyVersion, "the peer speaks ZMTP 1.0 or 2.0"),
        (ExitCode.MechanismMismatch, "the two ends are configured for different mechanisms"),
        (ExitCode.RoleConflict, "both ends claim to be the mechanism's server"),
        (ExitCode.ServerKeySuspected, "CURVE: no answer to HELLO; most likely a wrong server key"),
        (ExitCode.ClosedDuringHandshake, "the peer hung up during the handshake without a reason"),
        (ExitCode.HandshakeTimeout, "the peer did not finish the handshake in time"),
        (ExitCode.SocketTypeMismatch, "the two socket types do not talk to each other"),
        (ExitCode.ProtocolError, "the peer broke a rule of the protocol"),
        (ExitCode.Denied, "the peer's authenticator refused us (400)"),
        (ExitCode.TemporaryError, "the peer's authenticator could not decide now (300)"),
        (ExitCode.AuthenticatorFailed, "the peer's authenticator failed (500)"),
        (ExitCode.Interrupted, "interrupted before it was done"),
    ];

    /// <summary>The code for the outcome of an attempt to connect.</summary>
    public static ExitCode Of(ProbeOutcome outcome) => outcome switch
    {
        ProbeOutcome.Success => ExitCode.Success,
        ProbeOutcome.BadEndpoint => ExitCode.BadEndpoint,
        ProbeOutcome.NameNotFound => ExitCode.NameNotFound,
        ProbeOutcome.Refused => ExitCode.Refused,
        ProbeOutcome.Unreachable => ExitCode.Unreachable,
        ProbeOutcome.NotZmtp => ExitCode.NotZmtp,
        ProbeOutcome.LegacyVersion => ExitCode.LegacyVersion,
        ProbeOutcome.MechanismMismatch => ExitCode.MechanismMismatch,
        ProbeOutcome.RoleConflict => ExitCode.RoleConflict,
        ProbeOutcome.ServerKeySuspected => ExitCode.ServerKeySuspected,
        ProbeOutcome.ClosedDuringHandshake => ExitCode.ClosedDuringHandshake,
        ProbeOutcome.HandshakeTimeout => ExitCode.HandshakeTimeout,
        ProbeOutcome.SocketTypeMismatch => ExitCode.SocketTypeMismatch,
        ProbeOutcome.ProtocolError => ExitCode.ProtocolError,
        ProbeOutcome.Denied => ExitCode.Denied,
        ProbeOutcome.TemporaryError => ExitCode.TemporaryError,
        ProbeOutcome.AuthenticatorFailed => ExitCode.AuthenticatorFailed,
        _ => ExitCode.Failed,
    };
}
