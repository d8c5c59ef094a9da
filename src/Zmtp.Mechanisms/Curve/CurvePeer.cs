using Zmtp.Security;

namespace Zmtp.Mechanisms;

/// <summary>What is known about the peer so far.</summary>
internal sealed record CurvePeer(ReadOnlyMemory<byte> PublicKey, ZmtpMetadata Metadata, AuthenticationResult? Verdict)
{
    /// <summary>Nothing.</summary>
    public static readonly CurvePeer Unknown = new(default, ZmtpMetadata.Empty, null);

    public static CurvePeer WithKey(ReadOnlyMemory<byte> publicKey) => Unknown with { PublicKey = publicKey };
}
