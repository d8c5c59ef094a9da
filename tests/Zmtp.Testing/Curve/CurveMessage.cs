using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>The fields of a MESSAGE command, each of which a test may spoil before it is boxed (RFC 26).</summary>
public sealed class CurveMessage
{
    /// <summary>The nonce prefix of the client's messages.</summary>
    public const string ClientPrefix = "CurveZMQMESSAGEC";

    /// <summary>The nonce prefix of the server's messages.</summary>
    public const string ServerPrefix = "CurveZMQMESSAGES";

    /// <summary>The command name with its length octet.</summary>
    public byte[] Name { get; set; } = Octets.CommandBody("MESSAGE");

    /// <summary>The short nonce.</summary>
    public required ulong Nonce { get; set; }

    /// <summary>What the short nonce is appended to.</summary>
    public required string NoncePrefix { get; set; }

    /// <summary>The flags octet inside the box: bit 0 MORE, bit 1 COMMAND.</summary>
    public byte Flags { get; set; }

    /// <summary>The payload.</summary>
    public required byte[] Payload { get; set; }

    /// <summary>The receiver's transient public key.</summary>
    public required byte[] ToTransientKey { get; set; }

    /// <summary>The sender's transient secret key.</summary>
    public required byte[] FromTransientSecret { get; set; }

    /// <summary>The body of the command.</summary>
    public byte[] Build() => Octets.Join(
        Name,
        Octets.BigEndian(Nonce),
        Sodium.Box(
            Octets.Join([Flags], Payload), CurveNonce.Of(NoncePrefix, Nonce), ToTransientKey, FromTransientSecret));
}
