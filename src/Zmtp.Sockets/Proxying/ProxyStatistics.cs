namespace Zmtp.Sockets;

/// <summary>What has gone through a proxy. Immutable.</summary>
/// <param name="Forward">From the front end to the back end.</param>
/// <param name="Backward">From the back end to the front end.</param>
/// <param name="CopiesDropped">Messages whose copy the capture socket could not take.</param>
public readonly record struct ProxyStatistics(ProxyCount Forward, ProxyCount Backward, long CopiesDropped);
