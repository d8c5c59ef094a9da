namespace Zmtp.Sockets;

/// <summary>
/// Passes messages on between two sockets, whole and in order, in each direction that the two sockets allow: ROUTER and DEALER, XSUB and
/// XPUB, SUB and PUB, PULL and PUSH, DEALER and DEALER. It runs once at a time; <see cref="Statistics"/> from any thread.
/// </summary>
/// <remarks>
/// <para>
/// A message is taken from one side only when the last one has been taken by the other, so back-pressure goes through the proxy, as far as the other
/// side's pattern waits: a ROUTER drops what is for a peer that is full or not there (<see cref="ProxyCount.Dropped"/>), unless it is one with
/// <see cref="SocketOptions.RouterMandatory"/>, where one full peer then holds up all others; a PUB drops for each subscriber. What
/// happens where the other side has no peer is the rule of its pattern, too. Between XSUB and XPUB subscriptions are passed on as well, so that
/// only what somebody wants comes to the proxy; a SUB front end passes on what it has subscribed to itself.
/// </para>
/// <para>The sockets stay the caller's. Nobody else may receive from them meanwhile.</para>
/// </remarks>
public sealed class ZmtpProxy
{
    private readonly ZmtpSocket[] _sockets;
    private readonly ProxyDirection? _forward;
    private readonly ProxyDirection? _backward;
    private int _isRunning;

    /// <summary>Creates a proxy.</summary>
    /// <param name="frontend">The one socket, bound or connected by the caller.</param>
    /// <param name="backend">The other socket.</param>
    /// <param name="capture">
    /// Gets a copy of every message, whichever way it goes, or null. It never slows the proxy down: a copy that it cannot take at once
    /// is dropped and counted. PUB, PUSH, DEALER or PAIR.
    /// </param>
    /// <exception cref="ArgumentException">Between such sockets nothing can be passed on.</exception>
    public ZmtpProxy(ZmtpSocket frontend, ZmtpSocket backend, SendingSocket? capture = null)
    {
        ArgumentNullException.ThrowIfNull(frontend);
        ArgumentNullException.ThrowIfNull(backend);
        ThrowIfStrict(frontend, nameof(frontend));
        ThrowIfStrict(backend, nameof(backend));
        if (capture is ReqSocket or RepSocket or RouterSocket or XPubSocket or XSubSocket)
        {
            throw new ArgumentException(
                $"{SocketTypes.WithArticle(capture.Type)} socket cannot take copies. Use PUB, PUSH, DEALER or PAIR.", nameof(capture));
        }

        ThrowIfUnheard(frontend, backend, nameof(frontend));
        ThrowIfUnheard(backend, frontend, nameof(backend));
        _sockets = capture is null ? [frontend, backend] : [frontend, backend, capture];
        _forward = ProxyDirection.TryCreate(frontend, backend, capture);
        _backward = ReferenceEquals(frontend, backend) ? null : ProxyDirection.TryCreate(backend, frontend, capture);
        if (_forward is null && _backward is null)
        {
            throw new ArgumentException(
                $"Nothing can be passed on between {SocketTypes.ToToken(frontend.Type)} and {SocketTypes.ToToken(backend.Type)}: one of the " +
                "two must receive and the other send. Use ROUTER and DEALER, XSUB and XPUB, SUB and PUB, or PULL and PUSH.");
        }
    }

    /// <summary>What has gone through so far. A snapshot; its counters are each exact, and a moment apart.</summary>
    public ProxyStatistics Statistics => new(
        _forward?.Passed ?? default,
        _backward?.Passed ?? default,
        (_forward?.CopiesDropped ?? 0) + (_backward?.CopiesDropped ?? 0));

    /// <summary>Passes messages on until it is told to stop or one of the sockets is disposed.</summary>
    /// <param name="frontend">The one socket; see the constructor.</param>
    /// <param name="backend">The other socket.</param>
    /// <param name="capture">Gets copies, or null.</param>
    /// <param name="cancellationToken">Ends the proxy.</param>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    /// <exception cref="ObjectDisposedException">A socket was disposed.</exception>
    public static Task RunAsync(
        ZmtpSocket frontend, ZmtpSocket backend, SendingSocket? capture = null, CancellationToken cancellationToken = default) =>
        new ZmtpProxy(frontend, backend, capture).RunAsync(cancellationToken);

    /// <summary>Passes messages on until it is told to stop or one of the sockets is disposed. May be called again afterwards.</summary>
    /// <param name="cancellationToken">
    /// Ends the proxy. A message that has been taken from one side then and not by the other is lost, one in each direction at most, and
    /// counted as dropped.
    /// </param>
    /// <exception cref="InvalidOperationException">It is running already.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    /// <exception cref="ObjectDisposedException">A socket was disposed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) != 0) throw new InvalidOperationException("This proxy is running already.");
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var directions = new[] { _forward, _backward }.OfType<ProxyDirection>().Select(direction => direction.RunAsync(stop.Token)).ToList();

            // The first to end is the reason; the other one is told to stop, and has nothing to add. Of a socket that is closed the directions hear
            // only where they wait for it, which may be never.
            var first = await Task.WhenAny([.. directions, .. _sockets.Select(static socket => socket.Closed)]).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(directions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // With the token that the caller knows, not with the one of both directions.
            if (first.IsCanceled) cancellationToken.ThrowIfCancellationRequested();
            await first.ConfigureAwait(false);
            foreach (var socket in _sockets) socket.ThrowIfClosed();
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }

    private static void ThrowIfUnheard(ZmtpSocket socket, ZmtpSocket other, string parameter)
    {
        if (socket is not XPubSocket || other is SendingSocket) return;
        throw new ArgumentException(
            $"An XPUB socket has to be received from, and a {SocketTypes.ToToken(other.Type)} socket takes nothing on. Use XSUB with it, which passes " +
            "subscriptions on, or PUB in its place.",
            parameter);
    }

    private static void ThrowIfStrict(ZmtpSocket socket, string parameter)
    {
        var instead = socket switch { ReqSocket => "DEALER", RepSocket => "ROUTER", _ => null };
        if (instead is null) return;
        throw new ArgumentException(
            $"{SocketTypes.WithArticle(socket.Type)} socket handles one request at a time and cannot be a proxy's. Use {instead}.", parameter);
    }
}
