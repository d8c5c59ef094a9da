using System.Net;
using System.Net.Sockets;
using Zmtp.Transports.Polling;

namespace Zmtp.Transports;

/// <summary>TCP over IPv4 and IPv6, <c>tcp://host:port</c>. Safe on any thread.</summary>
/// <remarks>
/// <para><c>tcp://*:port</c> listens on all addresses, IPv6 and IPv4 with one socket where the machine has IPv6; <c>tcp://[::]:port</c> does
/// the same, <c>tcp://0.0.0.0:port</c> only IPv4. The endpoint that comes back is one that can be connected to on this
/// machine: <c>tcp://127.0.0.1:port</c>, for <c>[::]</c> <c>tcp://[::1]:port</c>. (libzmq gives back 0.0.0.0 or [::], to which not every system
/// connects.) Peers elsewhere use the machine's name or address with that port.</para>
/// <para>A port on which a listener was closed can be bound again at once; one that is in use cannot be taken over.</para>
/// <para>Each connection has the system's congestion control, but for one thing: where that is BBR (Linux), those over loopback, and from an address of this machine
/// to the same one, have Reno. BBR takes its rate from the times of acknowledgements, and comes to the wrong one there.</para>
/// </remarks>
public sealed class TcpTransport : ITransport
{
    /// <summary>The transport. It has no state.</summary>
    public static readonly TcpTransport Instance = new(NameLookup.Shared);

    private readonly NameLookup _names;

    /// <param name="names">The name service; tests bring their own.</param>
    internal TcpTransport(NameLookup names) => _names = names;

    /// <inheritdoc/>
    public string Scheme => "tcp";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The endpoint is not for binding.</exception>
    public async ValueTask<TransportListener> ListenAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(options);
        endpoint.ThrowIfCannotBind();
        var socket = default(Socket);
        try
        {
            socket = endpoint.IsWildcardHost
                ? ListenOnAll(endpoint.Port!.Value, options)
                : Listen(await LocalAddressAsync(endpoint.Host, cancellationToken).ConfigureAwait(false), endpoint.Port!.Value, options);
            var bound = (IPEndPoint)socket.LocalEndPoint!;
            var shown = endpoint.IsWildcardHost || bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
                : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
                : bound.Address;
            return new TcpTransportListener(socket, ZmtpEndpoint.Parse(TcpAddresses.ToText(shown, bound.Port)), options);
        }
        catch (Exception exception)
        {
            socket?.Dispose();
            if (exception is SocketException) throw SocketFaults.CannotBind(endpoint, exception);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The endpoint is not for connecting.</exception>
    public async ValueTask<TransportConnection> ConnectAsync(
        ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(options);
        endpoint.ThrowIfCannotConnect();
        using var limit = new ConnectTimeLimit(options.ConnectTimeout, cancellationToken);
        SocketException cause;
        try
        {
            return await ConnectAsync(endpoint, options, limit).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            cause = exception;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            cause = new SocketException((int)SocketError.TimedOut);
        }

        throw SocketFaults.CannotConnect(endpoint, cause);
    }

    private static Socket ListenOnAll(int port, TransportOptions options)
    {
        if (!Socket.OSSupportsIPv6) return Listen(IPAddress.Any, port, options);
        try
        {
            return Listen(IPAddress.IPv6Any, port, options);
        }
        catch (SocketException exception) when (exception.SocketErrorCode
            is SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported or SocketError.AddressNotAvailable)
        {
            // IPv6 is compiled in but switched off: containers.
            return Listen(IPAddress.Any, port, options);
        }
    }

    private static Socket Listen(IPAddress address, int port, TransportOptions options)
    {
        var socket = SocketSettings.NewTcp(address.AddressFamily);
        try
        {
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            TcpAddresses.AllowRebind(socket);
            // Accepted sockets inherit sizes that must be known before the connection is made (window scaling).
            SocketSettings.ApplyBufferSizes(socket, options);
            if (LoopbackPacing.Concerns(address)) LoopbackPacing.TurnOff(socket, options);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(options.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<IPAddress> LocalAddressAsync(string host, CancellationToken cancellationToken)
    {
        var addresses = await TcpAddresses.LocalAsync(_names, host, cancellationToken).ConfigureAwait(false);
        return addresses.Length > 0 ? addresses[0] : throw new SocketException((int)SocketError.AddressNotAvailable);
    }

    private async ValueTask<TransportConnection> ConnectAsync(ZmtpEndpoint endpoint, TransportOptions options, ConnectTimeLimit limit)
    {
        // Once for all addresses: whatever it takes is none of the time of the first.
        var sources = endpoint.Source is null || endpoint.SourceHost == "*" ? null
            : await AnsweredAsync(endpoint, endpoint.SourceHost, TcpAddresses.LocalAsync, limit).ConfigureAwait(false);
        IPAddress[] addresses = TcpAddresses.RemoteLiteral(endpoint.Host) is { } literal ? [literal]
            : await AnsweredAsync(endpoint, endpoint.Host, TcpAddresses.OfNameAsync, limit).ConfigureAwait(false);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.NoData);
        if (addresses.Length == 1) return await ConnectAsync(endpoint, sources, addresses[0], options, limit.Token).ConfigureAwait(false);

        // A source port is for one socket at a time, on most systems.
        var maxAtOnce = endpoint.SourcePort != 0 ? 1 : AddressRace.MaxAtOnce;
        var share = limit.Share(addresses.Length);
        var turn = AddressRace.TurnOf(share, addresses.Length, maxAtOnce);
        var headStart = AddressRace.HeadStartOf(share);
        return await AddressRace.ConnectAsync(addresses, BeginAsync, maxAtOnce, headStart, options.Time, limit).ConfigureAwait(false);

        async Task<TransportConnection> BeginAsync(IPAddress address, CancellationToken stop)
        {
            using var own = new ConnectTimeLimit(turn, stop);
            return await ConnectAsync(endpoint, sources, address, options, own.Token).ConfigureAwait(false);
        }
    }

    private async ValueTask<IPAddress[]> AnsweredAsync(
        ZmtpEndpoint endpoint, string name, Func<NameLookup, string, CancellationToken, ValueTask<IPAddress[]>> ask, ConnectTimeLimit limit)
    {
        try
        {
            return await ask(_names, name, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!limit.Caller.IsCancellationRequested)
        {
            throw SocketFaults.NameNotAnswered(endpoint, name);
        }
    }

    private static async ValueTask<TransportConnection> ConnectAsync(
        ZmtpEndpoint endpoint, IPAddress[]? sources, IPAddress address, TransportOptions options, CancellationToken cancellationToken)
    {
        var socket = SocketSettings.NewTcp(address.AddressFamily);
        SocketWaits? waits = null;
        try
        {
            DescriptorReserve.ThrowIfKeptFromConnecting(socket);
            waits = SocketWaits.Of(socket, options);
            SocketSettings.ApplyBufferSizes(socket, options);
            var isLoopback = LoopbackPacing.Concerns(address);
            if (isLoopback) LoopbackPacing.TurnOff(socket, options);
            if (endpoint.Source is not null) BindSource(socket, endpoint, sources);
            var remote = new IPEndPoint(address, endpoint.Port!.Value);
            var local = await waits.ConnectAsync(remote, cancellationToken).ConfigureAwait(false);
            SocketSettings.ApplyTcp(socket, options);
            if (remote.Equals(local))
            {
                // TCP's simultaneous open: the system chose the very port as source on which nobody listens.
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            if (!isLoopback && LoopbackPacing.Concerns(local!.Address, address)) LoopbackPacing.TurnOff(socket, options);
            return TcpAddresses.ToConnection(socket, waits, local!, remote);
        }
        catch
        {
            socket.Dispose();
            waits?.End();
            throw;
        }
    }

    private static void BindSource(Socket socket, ZmtpEndpoint endpoint, IPAddress[]? sources)
    {
        sources ??= [IPAddress.Any, IPAddress.IPv6Any];
        var source = Array.Find(sources, address => address.AddressFamily == socket.AddressFamily)
            ?? throw new SocketException((int)SocketError.AddressNotAvailable);
        if (endpoint.SourcePort != 0) TcpAddresses.AllowRebind(socket);
        socket.Bind(new IPEndPoint(source, endpoint.SourcePort));
    }
}
