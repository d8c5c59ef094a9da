using System.Net.Sockets;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Sockets.Probing;

/// <summary>From an error, and what the peer had sent by then, to an outcome and what to tell a person.</summary>
internal static class ProbeJudge
{
    private const string TemporaryReason = "300";

    /// <summary>The outcome that an error stands for, as far as the error alone tells.</summary>
    public static ProbeOutcome Classify(ZmtpException error) => error switch
    {
        ZmtpEndpointException endpoint => Classify(endpoint),
        ZmtpAuthenticationException { IsOwnVerdict: true } => ProbeOutcome.Failed,
        ZmtpAuthenticationException { Status: AuthenticationStatus.InternalError } => ProbeOutcome.AuthenticatorFailed,
        ZmtpAuthenticationException { Status: AuthenticationStatus.TemporaryError } => ProbeOutcome.TemporaryError,
        ZmtpAuthenticationException { Reason: TemporaryReason } => ProbeOutcome.TemporaryError,
        ZmtpAuthenticationException => ProbeOutcome.Denied,
        ZmtpProtocolException protocol => Classify(protocol.Error),
        { Origin: FaultOrigin.Network } => ProbeOutcome.ClosedDuringHandshake,
        _ => ProbeOutcome.Failed,
    };

    /// <summary>The outcome of a handshake that failed, with what the peer had sent by then.</summary>
    public static ProbeOutcome Classify(ZmtpException error, ZmtpSecurity security, Recording connection)
    {
        var outcome = Classify(error);

        // The identity frame of an anonymous ZMTP 1.0 peer (RFC 13): a length of 1, and its flags octet.
        if (outcome == ProbeOutcome.NotZmtp && connection.First is [1, 0, ..]) return ProbeOutcome.LegacyVersion;
        var isSilentAfterHello = security is { MechanismName: "CURVE", IsServer: false } && connection.Received == Greeting.Length &&
            outcome is ProbeOutcome.ClosedDuringHandshake or ProbeOutcome.HandshakeTimeout;
        return isSilentAfterHello ? ProbeOutcome.ServerKeySuspected : outcome;
    }

    /// <summary>What happened and what to check.</summary>
    public static string Explain(ProbeOutcome outcome, ZmtpException error, ZmtpSecurity security, Recording connection) => outcome switch
    {
        ProbeOutcome.NotZmtp => ForeignProtocol.Explain(connection.First),
        ProbeOutcome.ServerKeySuspected =>
            "The peer speaks CURVE, but has no answer to our HELLO: most likely it does not own the server key that we were given. Check " +
            "the server's public key; and that the peer is configured as CURVE server, not as client.",
        ProbeOutcome.ClosedDuringHandshake when connection.Received == 0 =>
            "The peer took the connection and closed it without a word. Check that a ZeroMQ socket of version 4 or later is at the other " +
            "end: servers of other protocols that do not understand a greeting do this, and proxies with nothing behind them.",
        ProbeOutcome.ClosedDuringHandshake when connection.Received < Greeting.SignatureLength =>
            "The peer closed the connection in the middle of its greeting. Check the peer's version (libzmq 4.0 or later) and its log.",
        ProbeOutcome.ClosedDuringHandshake when connection.Received < Greeting.Length => error.Message,
        ProbeOutcome.ClosedDuringHandshake => ClosedInHandshake(security, connection.Received > Greeting.Length),
        ProbeOutcome.HandshakeTimeout when connection.Received == 0 =>
            "The peer took the connection and said nothing. Check that a ZeroMQ socket is at the other end: many servers of other " +
            "protocols wait for the client to speak first.",
        ProbeOutcome.HandshakeTimeout when connection.Received >= Greeting.Length && !security.IsServer =>
            "The peer sent its greeting and did not finish the handshake in time. " +
            "Check whether its authenticator answers, and the socket types at both ends.",
        ProbeOutcome.TemporaryError =>
            "The peer's authenticator could not decide now (300). Try again, and check the log of the server.",
        _ => error.Message,
    };

    private static string ClosedInHandshake(ZmtpSecurity security, bool hasAnswered) => (security.MechanismName, hasAnswered) switch
    {
        ("CURVE", _) =>
            "The peer opened our HELLO, so the server key is right, and then hung up without a reason. Check that it lets this client's " +
            "key in (an authenticator that answers 300, or none at all, looks like this), and the socket types at both ends.",
        ("PLAIN", false) =>
            "The peer hung up after our user name and password without a reason. Check that it has an authenticator that is running " +
            "(one that answers 300, or none at all, looks like this) and knows this user.",
        ("PLAIN", true) =>
            "The peer took our user name and password, and hung up after our metadata. Check the socket types at both ends.",
        _ =>
            "The peer sent its greeting and hung up without a reason. Check the socket types at both ends, and whether the peer's " +
            "authenticator lets this address in (one that answers 300 looks like this).",
    };

    private static ProbeOutcome Classify(ProtocolError error) => error switch
    {
        ProtocolError.NotZmtp => ProbeOutcome.NotZmtp,
        ProtocolError.UnsupportedVersion => ProbeOutcome.LegacyVersion,
        ProtocolError.MechanismMismatch => ProbeOutcome.MechanismMismatch,
        ProtocolError.RoleConflict => ProbeOutcome.RoleConflict,
        ProtocolError.IncompatibleSocketType => ProbeOutcome.SocketTypeMismatch,
        ProtocolError.ClosedDuringHandshake => ProbeOutcome.ClosedDuringHandshake,
        ProtocolError.HandshakeTimeout => ProbeOutcome.HandshakeTimeout,
        _ => ProbeOutcome.ProtocolError,
    };

    private static ProbeOutcome Classify(ZmtpEndpointException error)
    {
        if (error.Origin == FaultOrigin.Caller) return ProbeOutcome.BadEndpoint;
        var isPath = error.Endpoint.StartsWith("ipc:", StringComparison.Ordinal);
        return (error.InnerException as SocketException)?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused or SocketError.ConnectionReset => ProbeOutcome.Refused,

            // Of tcp it is this machine that has no such address, no such zone, or no port left.
            SocketError.AddressNotAvailable => isPath ? ProbeOutcome.Refused : ProbeOutcome.Failed,
            SocketError.AccessDenied => isPath ? ProbeOutcome.Failed : ProbeOutcome.Unreachable,
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => ProbeOutcome.NameNotFound,
            SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown
                or SocketError.NetworkDown or SocketError.WouldBlock => ProbeOutcome.Unreachable,
            _ => ProbeOutcome.Failed,
        };
    }
}
