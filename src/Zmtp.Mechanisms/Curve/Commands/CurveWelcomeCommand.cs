using System.Buffers;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;
using Zmtp.Wire;

namespace Zmtp.Mechanisms;

// RFC 26, section "The WELCOME Command": S' is the server's transient key.
//
//   +---------------+------------+-------------------------+
//   | %d7 "WELCOME" | long nonce | Box [S' + cookie](S->C') |
//   +---------------+------------+-------------------------+
//          8              16          16 + 32 + 96           = 168

/// <summary>WELCOME of CURVE, from the server.</summary>
internal static class CurveWelcomeCommand
{
    private const int NameSize = 1 + 7;
    private const int NonceOffset = NameSize;
    private const int BoxOffset = NonceOffset + CurveNonce.LongSize;

    public const int PayloadSize = CurvePublicKey.Size + CurveCookie.Size;

    public const int Size = BoxOffset + NaCl.MacSize + PayloadSize;

    /// <summary>Writes the body.</summary>
    /// <param name="transientKey">S'.</param>
    /// <param name="cookie">The cookie.</param>
    /// <param name="random">Where the nonce comes from.</param>
    /// <param name="sharedKey">The key of S and C'.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(
        ReadOnlySpan<byte> transientKey,
        ReadOnlySpan<byte> cookie,
        IRandomSource random,
        ReadOnlySpan<byte> sharedKey,
        IBufferWriter<byte> output)
    {
        var body = output.GetSpan(Size)[..Size];
        CurveCommandName.Write(CommandNames.Welcome, body);
        var longNonce = body.Slice(NonceOffset, CurveNonce.LongSize);
        random.Fill(longNonce);
        var box = body[BoxOffset..];
        var payload = box[NaCl.MacSize..];
        transientKey.CopyTo(payload);
        cookie.CopyTo(payload[CurvePublicKey.Size..]);
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Welcome, longNonce, nonce);
        NaCl.Seal(payload, nonce, sharedKey, box);
        output.Advance(Size);
    }

    /// <summary>Opens the body.</summary>
    /// <param name="body">The body, its name already known.</param>
    /// <param name="sharedKey">The key of S and C'.</param>
    /// <param name="payload">Receives <see cref="PayloadSize"/> octets: S' and the cookie.</param>
    /// <exception cref="ZmtpProtocolException">The length is wrong, or the box does not open.</exception>
    public static void Open(ReadOnlySpan<byte> body, ReadOnlySpan<byte> sharedKey, Span<byte> payload)
    {
        if (body.Length != Size) throw Malformed($"it has {body.Length} octets instead of {Size}");
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Welcome, body.Slice(NonceOffset, CurveNonce.LongSize), nonce);
        if (!NaCl.TryOpen(body[BoxOffset..], nonce, sharedKey, payload))
        {
            throw new ZmtpProtocolException(
                ProtocolError.Cryptographic,
                "The box of the server's WELCOME does not open: it is not from the server whose public key this client was given.");
        }
    }

    public static ReadOnlySpan<byte> TransientKey(ReadOnlySpan<byte> payload) => payload[..CurvePublicKey.Size];

    public static ReadOnlySpan<byte> Cookie(ReadOnlySpan<byte> payload) => payload.Slice(CurvePublicKey.Size, CurveCookie.Size);

    public static ZmtpProtocolException Malformed(string what) =>
        new(ProtocolError.MalformedWelcome, $"The server's WELCOME is malformed: {what}.");
}
