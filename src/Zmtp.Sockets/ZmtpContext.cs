using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Zmtp.Security;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Metering;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Transports.Polling;
using Zmtp.Zap;

namespace Zmtp.Sockets;

/// <summary>
/// What a set of sockets shares: the authenticator, the inproc names, the clock and the log. Safe on any thread. Disposing it
/// disposes its sockets.
/// </summary>
public sealed class ZmtpContext : IAsyncDisposable, IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<ZmtpSocket> _sockets = [];
    private readonly SocketTally _closed = new();
    private readonly Dictionary<string, ITransport> _transports = [];
    private IAuthenticator? _authenticator;
    private bool _isDisposed;

    /// <summary>Creates a context.</summary>
    /// <param name="options">Its settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is null that may not be, or two transports have the same scheme; the message names it.</exception>
    public ZmtpContext(ZmtpContextOptions? options = null)
    {
        Options = options ?? new ZmtpContextOptions();
        ArgumentNullException.ThrowIfNull(Options.Time, "ZmtpContextOptions.Time");
        ArgumentNullException.ThrowIfNull(Options.Transports, "ZmtpContextOptions.Transports");
        foreach (var transport in Options.Transports)
        {
            if (transport is null) throw new ArgumentException("ZmtpContextOptions.Transports has a null in it. Leave it out.");
            if (_transports.TryAdd(transport.Scheme, transport)) continue;
            throw new ArgumentException(
                $"ZmtpContextOptions.Transports has two transports of the scheme \"{transport.Scheme}\". Give each scheme one.");
        }

        Log = GuardedLogger.Of(Options.LoggerFactory.CreateLogger("Zmtp.Sockets"));
        Time = new UninterruptedTime(Options.Time);
        Farewells = new Farewells(Log);
        ZapClient = new ZapClient(new InprocZapChannel(this), time: Time);
        Metrics = SocketMetrics.Of(Options.MeterFactory);
        Metrics.Add(this);
    }

    /// <summary>The settings.</summary>
    public ZmtpContextOptions Options { get; }

    /// <summary>Whether it has been disposed, or is being: all sockets are closed, also those of its own.</summary>
    internal bool IsClosing => Volatile.Read(ref _isDisposed);

    /// <summary>The clock of the settings, for all that sockets do.</summary>
    internal TimeProvider Time { get; }

    internal InprocRegistry Inproc { get; } = new();

    internal Farewells Farewells { get; }

    internal ILogger Log { get; }

    internal SocketMetrics Metrics { get; }

    /// <summary>The sockets that are not closed yet. A copy.</summary>
    internal ZmtpSocket[] Sockets
    {
        get
        {
            using (_gate.Hold()) return [.. _sockets];
        }
    }

    /// <summary>Asks the handler bound to the context's ZAP endpoint.</summary>
    internal ZapClient ZapClient { get; }

    /// <summary>
    /// Whom handshakes ask: the authenticator given to <see cref="Use"/>, else the ZAP handler bound to
    /// <c>inproc://zeromq.zap.01</c>, else nobody, and then every peer that has to be asked about is refused.
    /// </summary>
    internal IAuthenticator? Authenticator
    {
        get
        {
            if (Volatile.Read(ref _authenticator) is { } direct) return direct;
            return Inproc.IsBound(InprocZapChannel.Name) ? ZapClient : null;
        }
    }

    /// <summary>
    /// Names the authenticator for all sockets of this context, in place of an earlier one. Handshakes call it directly.
    /// Connections that were let in before stay. An <see cref="Zap.Authenticator"/> that was made without a logger writes to this context's log.
    /// </summary>
    /// <param name="authenticator">The authenticator; stays the caller's to dispose.</param>
    /// <exception cref="ArgumentNullException">The authenticator is null.</exception>
    /// <exception cref="ObjectDisposedException">It is an <see cref="Zap.Authenticator"/> that was disposed of.</exception>
    public void Use(IAuthenticator authenticator)
    {
        ArgumentNullException.ThrowIfNull(authenticator);
        TakeUp(authenticator);
        Volatile.Write(ref _authenticator, new GuardedAuthenticator(authenticator, Log));
    }

    /// <summary>
    /// Serves an authenticator as an RFC 27 handler bound to <c>inproc://zeromq.zap.01</c>, until the result is disposed. A handler
    /// of the application's own on a REP or ROUTER socket at that endpoint works the same, except that it learns nothing of a peer
    /// after its reply: what it let in, it cannot send away.
    /// </summary>
    /// <remarks>
    /// Connections of this context are counted and can be ended by the authenticator as with <see cref="Use"/>. Those of other
    /// contexts, whose requests come through a proxy, are not.
    /// </remarks>
    /// <param name="authenticator">The authenticator; stays the caller's to dispose.</param>
    /// <param name="cancellationToken">Gives up; where it is cancelled already, before anything was done. Afterwards it has no effect.</param>
    /// <returns>The handler. Disposing it ends it, and what is being asked then; more than once does no harm.</returns>
    /// <exception cref="ArgumentNullException">The authenticator is null.</exception>
    /// <exception cref="ZmtpEndpointException">A handler is bound already: there is one per context.</exception>
    /// <exception cref="OperationCanceledException">Given up; the authenticator is not served.</exception>
    /// <exception cref="ObjectDisposedException">
    /// The context is closed, or it is an <see cref="Zap.Authenticator"/> that was disposed of.
    /// </exception>
    public async ValueTask<IAsyncDisposable> ServeZapAsync(IAuthenticator authenticator, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authenticator);
        cancellationToken.ThrowIfCancellationRequested();
        TakeUp(authenticator);
        return await ZapServer.StartAsync(this, authenticator, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Disposes all sockets, each with its linger, side by side. Then waits until the peers of all that were disposed, also before, and of endpoints that
    /// were given up, have hung up: for what is left of the linger where the socket sends, but a quarter of a second at least and 30 s at most.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        ZmtpSocket[] sockets;
        using (_gate.Hold())
        {
            _isDisposed = true;
            sockets = [.. _sockets];
        }

        try
        {
            await Task.WhenAll(sockets.Select(static socket => socket.DisposeAsync().AsTask())).ConfigureAwait(false);
        }
        finally
        {
            // Whatever was thrown. A socket that could not be closed is there, and goes on counting.
            if (Sockets.Length == 0) Metrics.Remove(this);
        }

        await Farewells.WaitAsync().ConfigureAwait(false);
        await PollerThread.LeaveAsync();
    }

    /// <summary>As <see cref="DisposeAsync"/>, blocking.</summary>
    public void Dispose()
    {
        using (BlockedPoolThread.Enter()) DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    internal void Add(ZmtpSocket socket)
    {
        using (_gate.Hold())
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _sockets.Add(socket);
        }
    }

    internal void Remove(ZmtpSocket socket)
    {
        using (_gate.Hold())
        {
            if (_sockets.Remove(socket)) _closed.Add(socket, isOpen: false);
        }
    }

    /// <summary>Adds what its sockets count, those that were closed as well.</summary>
    internal void AddTo(SocketTally tally)
    {
        ZmtpSocket[] sockets;
        using (_gate.Hold())
        {
            tally.Add(_closed);
            sockets = [.. _sockets];
        }

        foreach (var socket in sockets) tally.Add(socket, isOpen: true);
    }

    internal ITransport GetTransport(ZmtpEndpoint endpoint)
    {
        if (_transports.TryGetValue(endpoint.Scheme, out var transport)) return transport;
        throw new ZmtpEndpointException(
            endpoint.ToString(),
            $"There is no transport \"{endpoint.Scheme}\". Use one of: inproc, {string.Join(", ", _transports.Keys)}.",
            FaultOrigin.Caller,
            mayRetry: false);
    }

    // A context without a log lends none: another may have one.
    private void TakeUp(IAuthenticator authenticator)
    {
        if (authenticator is not Authenticator ours) return;
        ours.ThrowIfDisposed();
        var log = GuardedLogger.Of(Options.LoggerFactory.CreateLogger("Zmtp.Zap"));
        if (log is not NullLogger) ours.BorrowLogger(log);
    }
}
