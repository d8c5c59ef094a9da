using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>The 24 octets of a nonce: a prefix in clear text, then a short nonce (8) or a long nonce (16).</summary>
internal static class CurveNonce
{
    public static byte[] Of(string prefix, ulong shortNonce) => Octets.Join(Octets.Text(prefix), Octets.BigEndian(shortNonce));

    public static byte[] Of(string prefix, byte[] longNonce) => Octets.Join(Octets.Text(prefix), longNonce);
}
