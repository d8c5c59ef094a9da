using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Zmtp.Security;

namespace Zmtp.Zap;

// RFC 27, section "The ZAP Request Message". The delimiter in front belongs to the socket type (REQ, REP) or to ZapEnvelope.
//
//   request     = version request-id domain address identity mechanism *credential
//   version     = "1.0"
//   request-id  = *OCTET                  ; opaque, comes back in the reply
//   domain      = 0*255VCHAR              ; RFC 27 says non-empty, libzmq sends it empty for PLAIN and CURVE
//   address     = 0*255VCHAR              ; empty for ipc and inproc
//   identity    = 0*255OCTET
//   mechanism   = 1*255VCHAR
//   credential  = *OCTET                  ; NULL: none; PLAIN: user name, password; CURVE: the client's key, 32 octets

/// <summary>A ZAP request (RFC 27) as frames after the delimiter. Immutable; safe on any thread.</summary>
public sealed class ZapRequest
{
    private const int FixedFrames = VersionFrames + RequestIdFrames + DomainFrames + AddressFrames + IdentityFrames + MechanismFrames;
    private const int VersionFrames = 1;
    private const int RequestIdFrames = 1;
    private const int DomainFrames = 1;
    private const int AddressFrames = 1;
    private const int IdentityFrames = 1;
    private const int MechanismFrames = 1;

    private ZapRequest(ReadOnlyMemory<byte> requestId, AuthenticationRequest facts)
    {
        RequestId = requestId;
        Facts = facts;
    }

    /// <summary>The opaque request id, which the reply must carry unchanged. May be empty.</summary>
    public ReadOnlyMemory<byte> RequestId { get; }

    /// <summary>What is asked.</summary>
    public AuthenticationRequest Facts { get; }

    /// <summary>Writes a request.</summary>
    /// <param name="requestId">Any octets; not copied.</param>
    /// <param name="request">The facts. Identity and credentials are copied, because their memory is only lent to us.</param>
    /// <returns>The frames after the delimiter.</returns>
    /// <exception cref="ArgumentException">A string is longer than 255 ASCII characters, or the identity than 255 octets.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Encode(ReadOnlyMemory<byte> requestId, AuthenticationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Identity.Length > ZapText.MaxStringLength)
        {
            throw new ArgumentException(
                $"The identity has {request.Identity.Length} octets; ZAP allows {ZapText.MaxStringLength}.", nameof(request));
        }

        var frames = new ReadOnlyMemory<byte>[FixedFrames + request.Credentials.Count];
        frames[0] = ZapText.Version;
        frames[1] = requestId;
        frames[2] = ZapText.EncodeString(request.Domain, "domain");
        frames[3] = ZapText.EncodeString(request.Address, "address");
        frames[4] = request.Identity.ToArray();
        frames[5] = ZapText.EncodeString(request.Mechanism, "mechanism");
        for (var i = 0; i < request.Credentials.Count; i++) frames[FixedFrames + i] = PinnedCopy(request.Credentials[i]);
        return frames;
    }

    /// <summary>Reads a request.</summary>
    /// <param name="frames">The frames after the delimiter; not copied.</param>
    /// <exception cref="FormatException">The request breaks a rule of RFC 27; the message says which.</exception>
    public static ZapRequest Decode(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count < FixedFrames)
        {
            throw new FormatException($"A ZAP request has at least {FixedFrames} frames after the delimiter; this one has {frames.Count}.");
        }

        if (!frames[0].Span.SequenceEqual(ZapText.Version.Span)) throw new FormatException("The ZAP request is not of version 1.0.");
        var domain = ReadString(frames[2], "domain");
        var address = ReadString(frames[3], "address");
        if (frames[4].Length > ZapText.MaxStringLength)
        {
            throw new FormatException("The identity of the ZAP request is longer than 255 octets.");
        }

        var mechanism = ReadString(frames[5], "mechanism");
        if (mechanism.Length == 0) throw new FormatException("The ZAP request names no mechanism.");

        var credentials = frames.Skip(FixedFrames).ToArray();
        ThrowIfNotTheCredentialsOf(mechanism, credentials);
        return new ZapRequest(frames[1], new AuthenticationRequest(domain, address, frames[4], mechanism, credentials));
    }

    /// <summary>The id in a request's frames; empty where there is none.</summary>
    internal static ReadOnlyMemory<byte> IdOf(IReadOnlyList<ReadOnlyMemory<byte>> frames) =>
        frames.Count > VersionFrames ? frames[VersionFrames] : default;

    /// <summary>Zeroes the credentials in the memory of a request's frames.</summary>
    internal static void EraseCredentials(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        for (var i = FixedFrames; i < frames.Count; i++) CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(frames[i]).Span);
    }

    // Passwords among them. What the collector moves it leaves behind, where EraseCredentials does not reach it.
    private static byte[] PinnedCopy(ReadOnlyMemory<byte> credential)
    {
        var copy = GC.AllocateUninitializedArray<byte>(credential.Length, pinned: true);
        credential.CopyTo(copy);
        return copy;
    }

    private static string ReadString(ReadOnlyMemory<byte> frame, string field)
    {
        if (frame.Length > ZapText.MaxStringLength)
        {
            throw new FormatException($"The {field} of the ZAP request is longer than 255 characters.");
        }

        if (!Ascii.IsValid(frame.Span)) throw new FormatException($"The {field} of the ZAP request is not ASCII.");
        return Encoding.ASCII.GetString(frame.Span);
    }

    private static void ThrowIfNotTheCredentialsOf(string mechanism, ReadOnlyMemory<byte>[] credentials)
    {
        var expected = mechanism switch
        {
            ZapText.Null => 0,
            ZapText.Plain => ZapText.PlainCredentials,
            ZapText.Curve => ZapText.CurveCredentials,
            _ => credentials.Length,
        };
        if (credentials.Length != expected)
        {
            throw new FormatException(
                $"A ZAP request for {mechanism} has {expected} credential frames; this one has {credentials.Length}.");
        }

        if (mechanism == ZapText.Plain && Array.Exists(credentials, credential => credential.Length > ZapText.MaxStringLength))
        {
            throw new FormatException("User name and password of a ZAP request have at most 255 octets each.");
        }

        if (mechanism == ZapText.Curve && credentials[0].Length != ZapText.CurveKeySize)
        {
            throw new FormatException(
                $"The client key of a ZAP request has {ZapText.CurveKeySize} octets; this one has {credentials[0].Length}.");
        }
    }
}
