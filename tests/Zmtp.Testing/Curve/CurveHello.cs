using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>The fields of a HELLO command, each of which a test may spoil before it is boxed (RFC 26).</summary>
public sealed class CurveHello
{
    /// <summary>The command name with its length octet.</summary>
    public byte[] Name { get; set; } = Octets.CommandBody("HELLO");

    /// <summary>The version, 1.0.</summary>
    public byte[] Version { get; set; } = [1, 0];

    /// <summary>The padding, 72 zero octets.</summary>
    public byte[] Padding { get; set; } = new byte[72];

    /// <summary>C', as it goes out.</summary>
    public required byte[] ClientTransientKey { get; set; }

    /// <summary>The short nonce.</summary>
    public required ulong Nonce { get; set; }

    /// <summary>What the short nonce is appended to.</summary>
    public string NoncePrefix { get; set; } = "CurveZMQHELLO---";

    /// <summary>The plaintext of the signature box, 64 zero octets.</summary>
    public byte[] Signature { get; set; } = new byte[64];

    /// <summary>S, which the box is made for.</summary>
    public required byte[] ServerKey { get; set; }

    /// <summary>c', which the box is made with.</summary>
    public required byte[] ClientTransientSecret { get; set; }

    /// <summary>The body of the command.</summary>
    public byte[] Build() => Octets.Join(
        Name,
        Version,
        Padding,
        ClientTransientKey,
        Octets.BigEndian(Nonce),
        Sodium.Box(Signature, CurveNonce.Of(NoncePrefix, Nonce), ServerKey, ClientTransientSecret));
}
