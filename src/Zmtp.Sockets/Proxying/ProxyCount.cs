namespace Zmtp.Sockets;

/// <summary>What has gone through a proxy in one direction. Immutable.</summary>
/// <param name="Messages">
/// Messages that the far side's socket has taken. A ROUTER without <see cref="SocketOptions.RouterMandatory"/> takes those for a peer that has left, too,
/// and drops them.
/// </param>
/// <param name="Octets">The octets of all their frames, a ROUTER's routing ids among them.</param>
/// <param name="Dropped">Messages that were under way when the proxy was stopped, or that named no receiver to a ROUTER.</param>
public readonly record struct ProxyCount(long Messages, long Octets, long Dropped);
