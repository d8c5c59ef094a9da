using Zmtp.Security;
using Zmtp.Wire;

namespace Zmtp.Testing;

/// <summary>Contexts as the engine would make them.</summary>
public static class HandshakeContexts
{
    /// <summary>A context whose metadata are Socket-Type and an Identity, in libzmq's order.</summary>
    public static HandshakeContext Create(
        SocketType type,
        bool isConnecting,
        int peerMinorVersion = 1,
        string domain = "",
        string peerAddress = "127.0.0.1",
        string identity = "",
        TimeProvider? time = null,
        bool worksAhead = false) =>
        new()
        {
            SocketType = type,
            IsConnecting = isConnecting,
            PeerMinorVersion = peerMinorVersion,
            LocalMetadata = Metadata(type, identity),
            Domain = domain,
            PeerAddress = peerAddress,
            Time = time ?? TimeProvider.System,
            WorksAhead = worksAhead,
        };

    /// <summary>The encoded properties of such a context.</summary>
    public static byte[] Metadata(SocketType type, string identity = "") =>
        MetadataCodec.Encode(new ZmtpMetadata(
        [
            new(ZmtpMetadata.SocketType, System.Text.Encoding.ASCII.GetBytes(SocketTypes.ToToken(type))),
            new(ZmtpMetadata.Identity, System.Text.Encoding.ASCII.GetBytes(identity)),
        ]));
}
