namespace Zmtp.Sockets.Endpoints;

/// <summary>What there was not enough of, so that somebody had to make room.</summary>
internal enum Crowding
{
    /// <summary>Nobody had to.</summary>
    None,

    /// <summary>There were more handshakes under way than the socket's options let be.</summary>
    Handshakes,

    /// <summary>There was no descriptor for a peer.</summary>
    Descriptors,
}
