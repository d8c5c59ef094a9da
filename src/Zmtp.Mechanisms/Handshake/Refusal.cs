using System.Buffers;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 23, section "Error Handling"; RFC 27, section "Status codes". An ERROR that an authenticator caused carries the three digits
// of its status as the reason, as libzmq does; the status text stays on the server. A Socket-Type that does not fit has a
// reason of our own (libzmq closes without one).

/// <summary>A refusal in good order: the ERROR that the refused peer is sent, and the error that either end reports.</summary>
internal sealed class Refusal
{
    private const string IncompatibleSocketType = "Incompatible-Socket-Type";

    private readonly string _reason;

    private Refusal(string reason, ZmtpException failure)
    {
        _reason = reason;
        Failure = failure;
    }

    /// <summary>What this end reports.</summary>
    public ZmtpException Failure { get; }

    /// <summary>Whether the peer is told: only 400, 500 and a bad socket type; 300 and whatever else is not 200 stay silent.</summary>
    public bool IsTold => _reason.Length > 0;

    /// <summary>Writes the ERROR for the peer.</summary>
    public void Write(IBufferWriter<byte> output) => ErrorCommand.Write(_reason, output);

    /// <summary>Translates a verdict; null when it is 200.</summary>
    public static Refusal? FromVerdict(AuthenticationResult verdict, AuthenticationRequest request)
    {
        if (verdict.Status == AuthenticationStatus.Success) return null;
        var failure = new ZmtpAuthenticationException(verdict.Status, verdict.Text, Explain(verdict, request)) { IsOwnVerdict = true };
        var isTold = verdict.Status is AuthenticationStatus.Denied or AuthenticationStatus.InternalError;
        return new(isTold ? Code(verdict.Status) : "", failure);
    }

    /// <summary>Judges the peer's Socket-Type before our last command has been sent; null when it fits.</summary>
    public static Refusal? FromSocketType(HandshakeContext context, ZmtpMetadata peerMetadata) =>
        context.CheckSocketType(peerMetadata) is { } failure ? new(IncompatibleSocketType, failure) : null;

    /// <summary>
    /// Reads the ERROR that the peer has sent us. It is fatal whatever its reason (RFC 23): 300 too, which no server sends, because
    /// what is temporary is told by closing.
    /// </summary>
    /// <param name="body">The command.</param>
    /// <param name="own">The type of this end's socket, which the peer may not talk to.</param>
    /// <exception cref="ZmtpProtocolException">The ERROR is malformed.</exception>
    public static ZmtpException Read(ReadOnlySpan<byte> body, SocketType own)
    {
        var reason = ErrorCommand.Read(body);
        foreach (var status in (ReadOnlySpan<AuthenticationStatus>)[AuthenticationStatus.Denied, AuthenticationStatus.InternalError])
        {
            if (reason == Code(status)) return new ZmtpAuthenticationException(status, reason, Explain(status));
        }

        if (reason == IncompatibleSocketType)
        {
            return new ZmtpProtocolException(
                ProtocolError.IncompatibleSocketType,
                $"The peer's socket does not talk to a socket of our type, {SocketTypes.ToToken(own)}. " +
                "Check the endpoint and the socket types at both ends.",
                mayRetry: false);
        }

        return new ZmtpAuthenticationException(
            AuthenticationStatus.Denied,
            reason,
            (reason.Length == 0
                ? "The peer refused this connection and gave no reason. "
                : $"The peer refused this connection: \"{reason}\". ") +
            "Check the socket types and the credentials at both ends, and the peer's log.");
    }

    private static string Explain(AuthenticationStatus status) => status switch
    {
        AuthenticationStatus.Denied =>
            "The server's authenticator refused this connection (400). " +
            "Check the user name and password, or that the server knows this client's key.",
        _ =>
            "The server's authenticator failed (500) and refused this connection. Check the log of the server.",
    };

    private static string Explain(AuthenticationResult verdict, AuthenticationRequest request)
    {
        var what = verdict.Status switch
        {
            AuthenticationStatus.TemporaryError => "could not be decided now",
            AuthenticationStatus.Denied => "was refused by the authenticator",
            AuthenticationStatus.InternalError => "was refused because the authenticator failed",
            _ => "was refused because the authenticator gave a status that RFC 27 does not know",
        };
        var end = verdict.Text.EndsWith('.') ? "" : ".";
        return $"The {request} {what} ({Code(verdict.Status)}): {verdict.Text}{end}{WhatToCheck(verdict.Status, request)}";
    }

    // The authenticator's text says what it did not like, if it is ours; this, where both ends may look.
    private static string WhatToCheck(AuthenticationStatus status, AuthenticationRequest request) => (status, request.Mechanism) switch
    {
        (AuthenticationStatus.Denied, "NULL") => " Check the address lists, and whether peers without credentials may come into this domain.",
        (AuthenticationStatus.Denied, "PLAIN") =>
            " Check the address lists, and that the client has the name and the password that the server's store has for this domain.",
        (AuthenticationStatus.Denied, "CURVE") =>
            " Check the address lists, and that the client's public certificate is in the server's store for this domain.",
        (AuthenticationStatus.Denied, _) => " Check which credentials the two ends are given.",
        (AuthenticationStatus.InternalError, _) => " Check that the authenticator still runs, and what it asks.",
        _ => "",
    };

    private static string Code(AuthenticationStatus status) => ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
