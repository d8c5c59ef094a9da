using System.Text;
using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Zap;

// RFC 27, section "The ZAP Reply Message". Exactly six frames after the delimiter.
//
//   reply       = version request-id status-code status-text user-id metadata
//   version     = "1.0"
//   request-id  = *OCTET                  ; as in the request
//   status-code = "200" / "300" / "400" / "500"
//   status-text = 0*255VCHAR
//   user-id     = 0*255OCTET              ; empty unless 200
//   metadata    = *property               ; RFC 23 property list, may be empty

/// <summary>Reads and writes ZAP replies (RFC 27) as frames after the delimiter. Stateless; safe on any thread.</summary>
public static class ZapReply
{
    private const int Frames = VersionFrames + RequestIdFrames + StatusCodeFrames + StatusTextFrames + UserIdFrames + MetadataFrames;
    private const int VersionFrames = 1;
    private const int RequestIdFrames = 1;
    private const int StatusCodeFrames = 1;
    private const int StatusTextFrames = 1;
    private const int UserIdFrames = 1;
    private const int MetadataFrames = 1;

    /// <summary>Writes a reply.</summary>
    /// <param name="requestId">The id of the request, unchanged; not copied.</param>
    /// <param name="result">The verdict. Characters of the text that are not printable ASCII become "?", and it ends after 255.</param>
    /// <returns>The six frames after the delimiter.</returns>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Encode(ReadOnlyMemory<byte> requestId, AuthenticationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return
        [
            ZapText.Version,
            requestId,
            StatusCode(result.Status),
            Encoding.ASCII.GetBytes(ZapText.ToPrintable(result.Text)),
            Encoding.UTF8.GetBytes(result.UserId),
            MetadataCodec.Encode(result.Metadata),
        ];
    }

    /// <summary>
    /// Reads a reply. User id and metadata come out with status 200 only; metadata are checked with every status. Properties that
    /// would pass for the peer's own (see <see cref="ZapMetadata"/>) are left out.
    /// </summary>
    /// <param name="frames">The frames after the delimiter; copied.</param>
    /// <param name="expectedRequestId">The id of the request.</param>
    /// <exception cref="ZmtpProtocolException">
    /// The reply breaks a rule: <see cref="ProtocolError.ZapMalformedReply"/>, <see cref="ProtocolError.ZapBadVersion"/>,
    /// <see cref="ProtocolError.ZapBadRequestId"/>, <see cref="ProtocolError.ZapInvalidStatus"/>,
    /// <see cref="ProtocolError.ZapInvalidMetadata"/>. The peer that was asked about must be refused.
    /// </exception>
    public static AuthenticationResult Decode(IReadOnlyList<ReadOnlyMemory<byte>> frames, ReadOnlySpan<byte> expectedRequestId)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count != Frames)
        {
            throw Error(ProtocolError.ZapMalformedReply, $"has {frames.Count} frames after the delimiter instead of {Frames}");
        }

        if (!frames[0].Span.SequenceEqual(ZapText.Version.Span)) throw Error(ProtocolError.ZapBadVersion, "is not of version 1.0");
        if (!frames[1].Span.SequenceEqual(expectedRequestId)) throw Error(ProtocolError.ZapBadRequestId, "carries another request id");
        var status = ReadStatus(frames[2].Span);
        if (frames[3].Length > ZapText.MaxStringLength)
        {
            throw Error(ProtocolError.ZapMalformedReply, "has a status text of more than 255 octets");
        }

        var text = ZapText.ToPrintable(Encoding.Latin1.GetString(frames[3].Span));
        var metadata = ReadMetadata(frames[5].Span);

        return status switch
        {
            AuthenticationStatus.Success => AuthenticationResult.Success(ReadUserId(frames[4].Span), ZapMetadata.WithoutReserved(metadata)),
            AuthenticationStatus.TemporaryError => AuthenticationResult.TemporaryError(text),
            AuthenticationStatus.Denied => AuthenticationResult.Denied(text),
            _ => AuthenticationResult.InternalError(text),
        };
    }

    private static ReadOnlyMemory<byte> StatusCode(AuthenticationStatus status) => status switch
    {
        AuthenticationStatus.Success => "200"u8.ToArray(),
        AuthenticationStatus.TemporaryError => "300"u8.ToArray(),
        AuthenticationStatus.Denied => "400"u8.ToArray(),
        _ => "500"u8.ToArray(),
    };

    private static AuthenticationStatus ReadStatus(ReadOnlySpan<byte> code)
    {
        if (code.SequenceEqual("200"u8)) return AuthenticationStatus.Success;
        if (code.SequenceEqual("300"u8)) return AuthenticationStatus.TemporaryError;
        if (code.SequenceEqual("400"u8)) return AuthenticationStatus.Denied;
        if (code.SequenceEqual("500"u8)) return AuthenticationStatus.InternalError;
        throw Error(ProtocolError.ZapInvalidStatus, "has a status code other than 200, 300, 400 and 500");
    }

    private static string ReadUserId(ReadOnlySpan<byte> userId)
    {
        if (userId.Length > AuthenticationResult.MaxUserIdLength) throw Error(ProtocolError.ZapMalformedReply, "has a user id of more than 255 octets");
        try
        {
            return ZapText.StrictUtf8.GetString(userId);
        }
        catch (DecoderFallbackException cause)
        {
            throw Error(ProtocolError.ZapMalformedReply, "has a user id that is not text", cause);
        }
    }

    private static ZmtpMetadata ReadMetadata(ReadOnlySpan<byte> metadata)
    {
        try
        {
            return MetadataCodec.Read(metadata);
        }
        catch (ZmtpProtocolException cause)
        {
            throw Error(ProtocolError.ZapInvalidMetadata, $"has metadata that are malformed or more than {MetadataCodec.MaxProperties} properties", cause);
        }
    }

    private static ZmtpProtocolException Error(ProtocolError error, string what, Exception? cause = null) =>
        new(error, $"The reply of the ZAP handler {what}. Nobody is let in on it; check the handler.", innerException: cause);
}
