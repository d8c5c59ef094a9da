namespace Zmtp;

/// <summary>Where messages come from: one for each connection, shared by all of its messages. Immutable.</summary>
/// <param name="Peer">The peer that sent them.</param>
/// <param name="Origin">The queue they came in on.</param>
/// <param name="RoutingId">What ROUTER puts in front of them; null for other types.</param>
internal sealed record InboundSource(ZmtpPeer? Peer, object Origin, byte[]? RoutingId);
