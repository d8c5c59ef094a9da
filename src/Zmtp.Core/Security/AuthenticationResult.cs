namespace Zmtp.Security;

/// <summary>
/// The verdict on an <see cref="AuthenticationRequest"/> (RFC 27, section "Reply"). Immutable; safe on any thread.
/// </summary>
public sealed class AuthenticationResult
{
    private AuthenticationResult(
        AuthenticationStatus status, string text, string userId, ZmtpMetadata metadata, Admission? admission = null)
    {
        Status = status;
        Text = text;
        UserId = userId;
        Metadata = metadata;
        Admission = admission;
    }

    /// <summary>The status code.</summary>
    public AuthenticationStatus Status { get; }

    /// <summary>The status text. It stays on the server: the client is told the code only.</summary>
    public string Text { get; }

    /// <summary>The verified name of the peer; empty unless <see cref="Status"/> is 200.</summary>
    public string UserId { get; }

    /// <summary>Properties that every message of this peer will carry; empty unless <see cref="Status"/> is 200.</summary>
    public ZmtpMetadata Metadata { get; }

    /// <summary>
    /// The peer's stay, by which the authenticator can end it. Null when the authenticator keeps none, or <see cref="Status"/> is not
    /// 200. It belongs to whoever gets the result, who disposes of it when the peer is gone.
    /// </summary>
    public Admission? Admission { get; }

    /// <summary>200: let the peer in.</summary>
    /// <param name="userId">Its verified name, may be empty.</param>
    /// <param name="metadata">Properties to attach to its messages.</param>
    /// <param name="admission">Its stay, if the authenticator wants to be able to end it; a new one for each result.</param>
    public static AuthenticationResult Success(string userId = "", ZmtpMetadata? metadata = null, Admission? admission = null) =>
        new(AuthenticationStatus.Success, "OK", userId, metadata ?? ZmtpMetadata.Empty, admission);

    /// <summary>300: not now; the peer may try again.</summary>
    /// <param name="text">Why, for our own log.</param>
    public static AuthenticationResult TemporaryError(string text) =>
        new(AuthenticationStatus.TemporaryError, text, "", ZmtpMetadata.Empty);

    /// <summary>400: the peer is refused.</summary>
    /// <param name="text">Why, for our own log.</param>
    public static AuthenticationResult Denied(string text) =>
        new(AuthenticationStatus.Denied, text, "", ZmtpMetadata.Empty);

    /// <summary>500: the authenticator failed; the peer is refused.</summary>
    /// <param name="text">Why, for our own log.</param>
    public static AuthenticationResult InternalError(string text) =>
        new(AuthenticationStatus.InternalError, text, "", ZmtpMetadata.Empty);
}
