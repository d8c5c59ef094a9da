using Zmtp.Engine;
using Zmtp.Sockets.Metering;
using Zmtp.Sockets.Pipes;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The life of one connection, from the end of its handshake to its last octet.</summary>
internal static class Service
{
    /// <summary>A peer that we connected to and that hangs up this soon, without a word, may not have wanted us.</summary>
    private static readonly TimeSpan TurnedAwayWithin = TimeSpan.FromSeconds(1);

    /// <summary>Serves a connection until it ends. Throws only for a defect.</summary>
    /// <param name="socket">The owner of the connection.</param>
    /// <param name="pipe">The pipe that it serves.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="endpoint">The endpoint as it was bound or connected.</param>
    /// <param name="meter">That of the endpoint.</param>
    /// <param name="begun">When its handshake began, by the meter.</param>
    /// <returns>Why it ended; null when we closed it.</returns>
    public static async Task<ZmtpException?> RunAsync(
        ZmtpSocket socket, Pipe pipe, ZmtpConnection connection, string endpoint, EndpointMeter meter, long begun)
    {
        ZmtpException? cause;
        TimeSpan life;
        try
        {
            // Before it has a place that another peer may take, and in this order: a peer that is expelled does not wait for room.
            connection.Attach(pipe);
            pipe.Expel = isReplaced => connection.Abort(isReplaced ? Replaced.TryMake() : null);
            if (socket.Admit(pipe, connection.Peer) is { } refusal)
            {
                pipe.Expel = null;
                pipe.EndHandshake(hasSucceeded: false);
                await Disposal.OfAsync(connection, socket, endpoint).ConfigureAwait(false);
                socket.Refuse(endpoint, connection.Peer.Endpoint, refusal, meter, begun);
                return refusal;
            }

            (cause, life) = await ServeAsync(socket, pipe, connection, endpoint, meter, begun).ConfigureAwait(false);
        }
        catch
        {
            // A defect, which the caller reports. The authenticator and the pattern that let the peer in must still learn that it is gone.
            connection.Abort();
            await PartAsync(socket, pipe, connection, endpoint).ConfigureAwait(false);
            socket.TurnedAway.RetryElsewhere();
            throw;
        }

        await PartAsync(socket, pipe, connection, endpoint).ConfigureAwait(false);
        meter.EndConnection(life, cause);
        socket.Raise(SocketEventKind.Disconnected, endpoint, connection.Peer.Endpoint, cause, connection.Peer);
        socket.TurnedAway.RetryElsewhere();
        return cause;
    }

    /// <summary>Whether a connection that we made has shown that the peer, and our own pattern, wanted it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cause">Why it ended; null when we closed it.</param>
    /// <param name="life">How long it lasted.</param>
    public static bool WasOfUse(ZmtpConnection connection, ZmtpException? cause, TimeSpan life) =>
        cause is null || life >= TurnedAwayWithin || (connection.HasReceived && IsHangUp(cause));

    /// <summary>
    /// Says goodbye and ends the connection. When the socket itself closes nobody waits for the peer's answer: the context does that.
    /// An endpoint that is given up by a socket that goes on waits a little and still receives what was on its way; then it, too, leaves its peer to the
    /// context.
    /// </summary>
    /// <param name="socket">The owner of the connection.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="service">What <see cref="RunAsync"/> returned for it.</param>
    /// <param name="linger">What is left of it the peer has to read what was sent.</param>
    public static async Task EndAsync(ZmtpSocket socket, ZmtpConnection connection, Task service, Linger linger)
    {
        try
        {
            await SayGoodbyeAsync(socket, connection, service, linger).ConfigureAwait(false);
        }
        catch
        {
            // Thrown by a clock of the application's, for example. Nobody else ends the connection.
            connection.Abort();
            throw;
        }
    }

    /// <summary>The life of a connection that was let in.</summary>
    private static async Task<(ZmtpException? Cause, TimeSpan Life)> ServeAsync(
        ZmtpSocket socket, Pipe pipe, ZmtpConnection connection, string endpoint, EndpointMeter meter, long begun)
    {
        var peer = connection.Peer;
        pipe.Attach(connection);
        socket.OnAttached(pipe);
        socket.Lobby.Enter(peer, meter.Transport);
        meter.EndHandshake(begun);
        socket.Raise(SocketEventKind.HandshakeSucceeded, endpoint, peer.Endpoint, peer: peer);
        var time = socket.Context.Time;
        var start = time.GetTimestamp();
        if (!pipe.OutlivesConnection) socket.Leftovers.OnBegin(pipe, connection);
        var cause = await connection.RunAsync(pipe).ConfigureAwait(false);
        var life = time.GetElapsedTime(start);

        // First: its end is told next, and is no repetition of what was told before it.
        // Two that replace each other at two endpoints would else be news for ever.
        if (!peer.IsIncoming && WasOfUse(connection, cause, life) && !Replaced.Is(cause)) socket.ForgetFailures(endpoint);
        var isSudden = !peer.IsIncoming && !connection.HasReceived && life < TurnedAwayWithin;
        if (isSudden && cause is not null && IsHangUp(cause)) cause = HungUpAtOnce(cause);

        return (cause, life);
    }

    private static async Task SayGoodbyeAsync(ZmtpSocket socket, ZmtpConnection connection, Task service, Linger linger)
    {
        if (service.IsCompleted)
        {
            // Nothing is left of it: the pattern has refused the peer, for example.
            await service.ConfigureAwait(false);
            return;
        }

        if (socket.IsClosing)
        {
            await LeaveAsync(socket, connection, service, linger).ConfigureAwait(false);
            return;
        }

        connection.Close();
        try
        {
            await service.WaitAsync(ZmtpConnection.Goodbye, socket.Context.Time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (linger.Left > TimeSpan.Zero)
        {
            // What it still sends is for nobody here, but it may not have read yet what it was sent.
            await LeaveAsync(socket, connection, service, linger).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            connection.Abort();
            await service.ConfigureAwait(false);
        }
    }

    private static async Task LeaveAsync(ZmtpSocket socket, ZmtpConnection connection, Task service, Linger linger)
    {
        connection.Leave(linger.Left);
        await service.ConfigureAwait(false);
        socket.Context.Farewells.Add(connection, SocketTypes.ToToken(socket.Type), linger.Hurry);
    }

    /// <summary>Takes the connection from its pipe and socket: the next one of the pipe begins as the first did.</summary>
    private static async Task PartAsync(ZmtpSocket socket, Pipe pipe, ZmtpConnection connection, string endpoint)
    {
        pipe.Detach();
        if (!pipe.OutlivesConnection) socket.Leftovers.OnEnd(pipe);
        try
        {
            await Disposal.OfAsync(connection, socket, endpoint).ConfigureAwait(false);
        }
        finally
        {
            socket.OnDetached(pipe);
            socket.OnRoom();
            socket.Lobby.Leave(connection.Peer);
        }
    }

    /// <summary>Whether the connection just ended. A peer that fell silent is the network's fault, too, but has not hung up.</summary>
    private static bool IsHangUp(ZmtpException cause) => cause is { Origin: FaultOrigin.Network } and not ZmtpProtocolException;

    /// <summary>ZMTP has no word for a refusal after the handshake, so a peer that has to refuse then can only hang up.</summary>
    private static ZmtpException HungUpAtOnce(ZmtpException cause) => new(
        "The peer hung up right after the handshake, before it sent anything. Unless it was just closing, it has refused us: check that no " +
        "other peer has our Identity (RoutingId), that a PAIR socket has no other peer, that no message is longer than it takes (its MaxMessageSize " +
        "or MAXMSGSIZE), and the peer's log.",
        FaultOrigin.Peer,
        mayRetry: true,
        cause)
    {
        ErrorType = "turned_away",
    };
}
