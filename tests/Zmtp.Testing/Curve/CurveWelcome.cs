using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>The fields of a WELCOME command, each of which a test may spoil before it is boxed (RFC 26).</summary>
public sealed class CurveWelcome
{
    /// <summary>The command name with its length octet.</summary>
    public byte[] Name { get; set; } = Octets.CommandBody("WELCOME");

    /// <summary>The long nonce.</summary>
    public byte[] Nonce { get; set; } = Sodium.Random(16);

    /// <summary>What the long nonce is appended to.</summary>
    public string NoncePrefix { get; set; } = "WELCOME-";

    /// <summary>S', inside the box.</summary>
    public required byte[] ServerTransientKey { get; set; }

    /// <summary>The cookie, 96 octets.</summary>
    public required byte[] Cookie { get; set; }

    /// <summary>C', which the box is made for.</summary>
    public required byte[] ClientTransientKey { get; set; }

    /// <summary>s, which the box is made with.</summary>
    public required byte[] ServerSecret { get; set; }

    /// <summary>The body of the command.</summary>
    public byte[] Build() => Octets.Join(
        Name,
        Nonce,
        Sodium.Box(
            Octets.Join(ServerTransientKey, Cookie), CurveNonce.Of(NoncePrefix, Nonce), ClientTransientKey, ServerSecret));
}
