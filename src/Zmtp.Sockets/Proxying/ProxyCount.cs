namespace Zmtp.Sockets;

/// <summary>What has gone through a proxy in one direction. Immutable.</summary>
/// <param name="Messages">Messages that the far side's socket has taken. What a PUB drops for a subscriber is among them.</param>
/// <param name="Octets">The octets of all their frames, a ROUTER's routing ids among them.</param>
/// <param name="Dropped">
/// Messages that were under way when the proxy was stopped, that named no receiver to a ROUTER, or whose receiver was not there, or was full and the
/// ROUTER one without <see cref="SocketOptions.RouterMandatory"/>; and those that the connections of the peers whose turn it was could not encode.
/// </param>
public readonly record struct ProxyCount(long Messages, long Octets, long Dropped);
