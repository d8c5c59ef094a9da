using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>The fields of a READY command, each of which a test may spoil before it is boxed (RFC 26).</summary>
public sealed class CurveReady
{
    /// <summary>The command name with its length octet.</summary>
    public byte[] Name { get; set; } = Octets.CommandBody("READY");

    /// <summary>The short nonce.</summary>
    public required ulong Nonce { get; set; }

    /// <summary>What the short nonce is appended to.</summary>
    public string NoncePrefix { get; set; } = "CurveZMQREADY---";

    /// <summary>The metadata.</summary>
    public required byte[] Metadata { get; set; }

    /// <summary>C', which the box is made for.</summary>
    public required byte[] ClientTransientKey { get; set; }

    /// <summary>s', which the box is made with.</summary>
    public required byte[] ServerTransientSecret { get; set; }

    /// <summary>The body of the command.</summary>
    public byte[] Build() => Octets.Join(
        Name,
        Octets.BigEndian(Nonce),
        Sodium.Box(Metadata, CurveNonce.Of(NoncePrefix, Nonce), ClientTransientKey, ServerTransientSecret));
}
