using System.Text;
using Zmtp.Wire;

namespace Zmtp.Security;

/// <summary>
/// The verdict on an <see cref="AuthenticationRequest"/> (RFC 27, section "Reply"). Immutable; safe on any thread.
/// </summary>
public sealed class AuthenticationResult
{
    /// <summary>The longest user id, in octets of UTF-8: what a ZAP reply has room for (RFC 27).</summary>
    public const int MaxUserIdLength = byte.MaxValue;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

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
    /// 200. It belongs to the caller that gets the result, which disposes of it when the peer is gone.
    /// </summary>
    public Admission? Admission { get; }

    /// <summary>200: let the peer in.</summary>
    /// <param name="userId">Its verified name, at most <see cref="MaxUserIdLength"/> octets of UTF-8; may be empty.</param>
    /// <param name="metadata">Properties to attach to its messages, at most <see cref="MetadataCodec.MaxProperties"/>: more are not read of a ZAP reply.</param>
    /// <param name="admission">
    /// Its stay, if the authenticator wants to be able to end it; a new one for each result. It stays the caller's when this throws.
    /// </param>
    /// <exception cref="ArgumentException">The user id is longer, or has no UTF-8 form; or there are more properties.</exception>
    public static AuthenticationResult Success(string userId = "", ZmtpMetadata? metadata = null, Admission? admission = null)
    {
        ThrowIfNotAUserId(userId);
        metadata ??= ZmtpMetadata.Empty;
        ThrowIfTooMany(metadata);
        return new(AuthenticationStatus.Success, "OK", userId, metadata, admission);
    }

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

    // Here, and not where a reply is written: what Use lets in must not fail behind ServeZapAsync.
    private static void ThrowIfNotAUserId(string userId)
    {
        ArgumentNullException.ThrowIfNull(userId);
        int length;
        try
        {
            length = StrictUtf8.GetByteCount(userId);
        }
        catch (EncoderFallbackException cause)
        {
            throw new ArgumentException("The user id has no UTF-8 form: it holds half of a surrogate pair.", nameof(userId), cause);
        }

        if (length <= MaxUserIdLength) return;
        throw new ArgumentException(
            $"The user id has {length} octets of UTF-8; ZAP allows at most {MaxUserIdLength}. Give a shorter name, or a property of the metadata.",
            nameof(userId));
    }

    // For the same reason.
    private static void ThrowIfTooMany(ZmtpMetadata metadata)
    {
        if (metadata.Count <= MetadataCodec.MaxProperties) return;
        throw new ArgumentException(
            $"The metadata have {metadata.Count} properties; at most {MetadataCodec.MaxProperties} can be attached to a peer. Leave some out.", nameof(metadata));
    }
}
