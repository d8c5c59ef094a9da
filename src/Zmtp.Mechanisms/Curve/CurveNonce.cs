using System.Buffers.Binary;
using Zmtp.Mechanisms.Interop;

namespace Zmtp.Mechanisms;

// RFC 26, section "Nonces": a nonce has 24 octets. Short nonces travel as 8 octets behind a prefix of 16, and count up in each
// direction; long nonces travel as 16 random octets behind a prefix of 8.
//
// The grammar of MESSAGE shows "CurveZMQMESSAGE-"; its prose has C and S for the direction. The prose is right: the letter is what
// keeps a MESSAGE from being reflected.

/// <summary>The nonce prefixes of CurveZMQ, and how a nonce is put together.</summary>
internal static class CurveNonce
{
    public const int ShortSize = sizeof(ulong);

    public const int LongSize = 16;

    public static ReadOnlySpan<byte> Hello => "CurveZMQHELLO---"u8;

    public static ReadOnlySpan<byte> Welcome => "WELCOME-"u8;

    public static ReadOnlySpan<byte> Cookie => "COOKIE--"u8;

    public static ReadOnlySpan<byte> Initiate => "CurveZMQINITIATE"u8;

    public static ReadOnlySpan<byte> Vouch => "VOUCH---"u8;

    public static ReadOnlySpan<byte> Ready => "CurveZMQREADY---"u8;

    public static ReadOnlySpan<byte> ClientMessage => "CurveZMQMESSAGEC"u8;

    public static ReadOnlySpan<byte> ServerMessage => "CurveZMQMESSAGES"u8;

    /// <summary>Writes a full nonce from a prefix of 16 octets and a short nonce.</summary>
    public static void Write(ReadOnlySpan<byte> prefix, ulong shortNonce, Span<byte> nonce)
    {
        prefix.CopyTo(nonce);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[(NaCl.NonceSize - ShortSize)..], shortNonce);
    }

    /// <summary>Writes a full nonce from a prefix of 8 octets and a long nonce.</summary>
    public static void Write(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> longNonce, Span<byte> nonce)
    {
        prefix.CopyTo(nonce);
        longNonce.CopyTo(nonce[(NaCl.NonceSize - LongSize)..]);
    }
}
