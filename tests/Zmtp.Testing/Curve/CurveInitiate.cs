using Zmtp.Testing.Peers;

namespace Zmtp.Testing.Curve;

/// <summary>The fields of an INITIATE command and its vouch, each of which a test may spoil before it is boxed (RFC 26).</summary>
public sealed class CurveInitiate
{
    /// <summary>The command name with its length octet.</summary>
    public byte[] Name { get; set; } = Octets.CommandBody("INITIATE");

    /// <summary>The cookie of the WELCOME, 96 octets.</summary>
    public required byte[] Cookie { get; set; }

    /// <summary>The short nonce.</summary>
    public required ulong Nonce { get; set; }

    /// <summary>What the short nonce is appended to.</summary>
    public string NoncePrefix { get; set; } = "CurveZMQINITIATE";

    /// <summary>C, inside the box.</summary>
    public required byte[] ClientKey { get; set; }

    /// <summary>The long nonce of the vouch.</summary>
    public byte[] VouchNonce { get; set; } = Sodium.Random(16);

    /// <summary>What the long nonce of the vouch is appended to.</summary>
    public string VouchNoncePrefix { get; set; } = "VOUCH---";

    /// <summary>C', inside the vouch.</summary>
    public required byte[] VouchedTransientKey { get; set; }

    /// <summary>S, inside the vouch.</summary>
    public required byte[] VouchedServerKey { get; set; }

    /// <summary>c, which the vouch is made with.</summary>
    public required byte[] ClientSecret { get; set; }

    /// <summary>The metadata.</summary>
    public required byte[] Metadata { get; set; }

    /// <summary>S', which both boxes are made for.</summary>
    public required byte[] ServerTransientKey { get; set; }

    /// <summary>c', which the outer box is made with.</summary>
    public required byte[] ClientTransientSecret { get; set; }

    /// <summary>The body of the command.</summary>
    public byte[] Build()
    {
        byte[] vouch = Octets.Join(
            VouchNonce,
            Sodium.Box(
                Octets.Join(VouchedTransientKey, VouchedServerKey),
                CurveNonce.Of(VouchNoncePrefix, VouchNonce),
                ServerTransientKey,
                ClientSecret));
        return Octets.Join(
            Name,
            Cookie,
            Octets.BigEndian(Nonce),
            Sodium.Box(
                Octets.Join(ClientKey, vouch, Metadata),
                CurveNonce.Of(NoncePrefix, Nonce),
                ServerTransientKey,
                ClientTransientSecret));
    }
}
