using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms;

// RFC 26, section "The WELCOME Command": s' is the server's transient secret key, K a key that the server keeps to itself.
//
//   +------------+------------------------+
//   | long nonce | SecretBox [C' + s'](K) |
//   +------------+------------------------+
//        16           16 + 32 + 32          = 96

/// <summary>The cookie: the server's memory of the handshake, which the client carries for it.</summary>
internal static class CurveCookie
{
    private const int BoxOffset = CurveNonce.LongSize;
    private const int PayloadSize = CurvePublicKey.Size + CurveSecretKey.Size;

    public const int Size = BoxOffset + NaCl.MacSize + PayloadSize;

    /// <summary>Writes a cookie.</summary>
    /// <param name="clientTransientKey">C'.</param>
    /// <param name="serverTransientSecret">s'.</param>
    /// <param name="cookieKey">K.</param>
    /// <param name="random">Where the nonce comes from.</param>
    /// <param name="cookie">Receives <see cref="Size"/> octets.</param>
    public static void Write(
        ReadOnlySpan<byte> clientTransientKey,
        ReadOnlySpan<byte> serverTransientSecret,
        ReadOnlySpan<byte> cookieKey,
        IRandomSource random,
        Span<byte> cookie)
    {
        var longNonce = cookie[..CurveNonce.LongSize];
        random.Fill(longNonce);
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Cookie, longNonce, nonce);
        Span<byte> payload = stackalloc byte[PayloadSize];
        clientTransientKey.CopyTo(payload);
        serverTransientSecret.CopyTo(payload[CurvePublicKey.Size..]);
        NaCl.SealSecret(payload, nonce, cookieKey, cookie[BoxOffset..]);
        CryptographicOperations.ZeroMemory(payload);
    }

    /// <summary>Opens a cookie.</summary>
    /// <param name="cookie">As it came back.</param>
    /// <param name="cookieKey">K.</param>
    /// <param name="clientTransientKey">Receives C'.</param>
    /// <param name="serverTransientSecret">Receives s'.</param>
    /// <returns>Whether it was sealed with this key and is unchanged.</returns>
    public static bool TryOpen(
        ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> cookieKey, Span<byte> clientTransientKey, Span<byte> serverTransientSecret)
    {
        Span<byte> nonce = stackalloc byte[NaCl.NonceSize];
        CurveNonce.Write(CurveNonce.Cookie, cookie[..CurveNonce.LongSize], nonce);
        Span<byte> payload = stackalloc byte[PayloadSize];
        var opened = NaCl.TryOpenSecret(cookie[BoxOffset..], nonce, cookieKey, payload);
        payload[..CurvePublicKey.Size].CopyTo(clientTransientKey);
        payload[CurvePublicKey.Size..].CopyTo(serverTransientSecret);
        CryptographicOperations.ZeroMemory(payload);
        return opened;
    }
}
