using System.Collections.Concurrent;
using Zmtp.Transports;

namespace Zmtp.Testing;

/// <summary>
/// The transport <c>mem://name</c>: connections over two pipes, without the operating system. <c>mem://*</c> makes up a name. Names are
/// shared by the whole process.
/// </summary>
public sealed class InMemoryTransport : ITransport
{
    /// <summary>The transport that delivers whatever is there.</summary>
    public static readonly InMemoryTransport Instance = new();

    private static readonly ConcurrentDictionary<string, InMemoryListener> Listeners = new(StringComparer.Ordinal);
    private static long _names;

    /// <summary>Makes a transport.</summary>
    /// <param name="maximumRead">
    /// Each read shows at most so many new octets, on the side that connects and on the side that accepts; 1 shows one octet at a time.
    /// </param>
    /// <param name="peerAddress">What both ends say is the peer's address.</param>
    public InMemoryTransport(int maximumRead = int.MaxValue, string peerAddress = "")
    {
        MaximumRead = maximumRead;
        PeerAddress = peerAddress;
    }

    public string Scheme => "mem";

    internal int MaximumRead { get; }

    internal string PeerAddress { get; }

    public ValueTask<TransportListener> ListenAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        var real = endpoint.Address == "*" ? ZmtpEndpoint.Parse($"mem://{Interlocked.Increment(ref _names)}") : endpoint;
        var listener = new InMemoryListener(real);
        if (Listeners.TryAdd(real.Address, listener)) return new ValueTask<TransportListener>(listener);
        throw new ZmtpEndpointException(
            endpoint.ToString(), $"Cannot bind {endpoint}: the address is in use.", FaultOrigin.Caller, mayRetry: true);
    }

    public ValueTask<TransportConnection> ConnectAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (client, server) = InMemoryConnection.CreatePair(endpoint.ToString(), MaximumRead, PeerAddress);
        if (Listeners.TryGetValue(endpoint.Address, out var listener) && listener.TryArrive(server))
        {
            return new ValueTask<TransportConnection>(client);
        }
        throw new ZmtpEndpointException(
            endpoint.ToString(), $"Cannot connect to {endpoint}: nobody listens there.", FaultOrigin.Network, mayRetry: true);
    }

    internal static void Remove(InMemoryListener listener) =>
        Listeners.TryRemove(new KeyValuePair<string, InMemoryListener>(listener.Endpoint.Address, listener));
}
