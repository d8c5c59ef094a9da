using System.Diagnostics.CodeAnalysis;
using Zmtp.Engine;
using Zmtp.Sockets.Metering;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// Connects, shakes hands, serves, and starts over, until it is told to stop or a failure says that trying again cannot help.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "CloseAsync ends its life and disposes what it owns.")]
internal sealed class Connecting : IConnector
{
    private readonly ZmtpSocket _socket;
    private readonly ZmtpEndpoint _endpoint;
    private readonly ITransport _transport;
    private readonly ConnectionOptions _connectionOptions;
    private readonly EndpointMeter _meter;
    private readonly Backoff _backoff;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new();
    private readonly ConnectorPipe _pipe;
    private readonly HandshakeAttempts _handshakes = new();

    // When the last attempt's handshake began, by the meter.
    private long _handshakeBegun;

    // Under the gate.
    private (ZmtpConnection Connection, Task Service)? _served;
    private bool _isClosing;
    private Linger? _linger;

    public Connecting(ZmtpSocket socket, ZmtpEndpoint endpoint, ITransport transport)
    {
        _socket = socket;
        _endpoint = endpoint;
        Endpoint = endpoint.ToString();
        _pipe = new ConnectorPipe(socket, Endpoint, isParked: false);
        _transport = transport;
        _connectionOptions = socket.ConnectionOptions with { OnDefect = TellOfDefect };
        _meter = new EndpointMeter(socket, endpoint.Scheme, isIncoming: false);
        _backoff = new Backoff(socket.Options.ReconnectInterval, socket.Options.ReconnectIntervalMax);
    }

    public string Endpoint { get; }

    public bool HasEnded { get; private set; }

    /// <summary>What it may mean that the peer, which has sent its greeting, does not finish its handshake; empty where there is no such one.</summary>
    public string WhyUnfinished => _handshakes.WhyUnfinished;

    public IReadOnlyCollection<Pipe> Pipes() => _pipe.All;

    public void Start()
    {
        try
        {
            if (!_socket.Options.Immediate) _pipe.Open();
        }
        catch
        {
            // An interrupt at a pattern's gate: closing waits for an end, and nothing else will bring one.
            End();
            throw;
        }

        // Ours never block: begun on the caller's thread the attempt is a hop to the pool shorter. Of others nobody knows.
        if (_transport.IsOurs()) Background.Begin(RunAsync);
        else _ = Background.RunAsync(RunAsync);
    }

    public void Retire() => _pipe.Retire();

    public async Task CloseAsync(Linger linger)
    {
        (ZmtpConnection Connection, Task Service)? served;
        using (_gate.Hold())
        {
            _isClosing = true;
            _linger = linger;
            served = _served;
        }

        // Once a connection is served nobody of ours listens to the token, so there is nothing to send to the pool: half the time of a close.
        if (served is null) await GivingUp.TellAsync(_stop, _socket, Endpoint).ConfigureAwait(false);
        else GivingUp.TellHere(_stop, _socket, Endpoint);
        if (served is (var connection, var service)) await Service.EndAsync(_socket, connection, service, linger).ConfigureAwait(false);
        await _ended.Task.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                ZmtpException? error;
                try
                {
                    // This may be the caller's thread, which must be freed even if the attempt is over by now; so in the methods that this
                    // calls.
                    error = await LiveAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }
                catch (OutOfMemoryException e)
                {
                    // Where it would have said why the last attempt failed.
                    error = TellOfScarcity(e);
                }

                if (_stop.IsCancellationRequested) break;
                if (MayNotRetry(error))
                {
                    // A handler of the event may connect again at once, and send.
                    HasEnded = true;
                    RemovePipe();
                    _socket.Endpoints.OnGivenUp(Endpoint, error);
                    _socket.Raise(SocketEventKind.ConnectStopped, Endpoint, error: error);
                    break;
                }

                if (error is not null) _socket.Lobby.Note(error);
                await Pausing.WaitAsync(_backoff.Next(), _socket, Endpoint, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            TellOfDefect(e);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Whatever the end was: another connect must make a new connector, and a thread that closes waits for this.</summary>
    private void End()
    {
        try
        {
            RemovePipe();
        }
        finally
        {
            HasEnded = true;
            try
            {
                _socket.Endpoints.Forget(this);
            }
            finally
            {
                _ended.SetResult();
            }
        }
    }

    /// <summary>One attempt, and the life of the connection that it makes.</summary>
    /// <returns>Why it ended, or why there was none.</returns>
    private async Task<ZmtpException?> LiveAsync()
    {
        try
        {
            var (connection, error) = await AttemptAsync().GoOnElsewhere();
            return connection is null ? error : await ServeAsync(connection).ConfigureAwait(false);
        }
        catch (ThreadInterruptedException e)
        {
            // A thread that waits for a message did this in the poller's place, and was interrupted at a gate. Its next wait hears of it,
            // unless this has gone on elsewhere meanwhile: the pool's threads are not for us to interrupt.
            if (PollerThread.IsCurrent || !Thread.CurrentThread.IsThreadPoolThread) Thread.CurrentThread.Interrupt();
            return new ZmtpException(
                "A thread was interrupted while it worked for this connection, which begins anew.", FaultOrigin.Caller, mayRetry: true, e);
        }
        catch (OutOfMemoryException e)
        {
            return TellOfScarcity(e);
        }
        catch (Exception e)
        {
            // A transport of the application's that throws what it should not: the next attempt may succeed all the same.
            TellOfDefect(e);
            return new ZmtpException(
                $"The connection to {Endpoint} failed for a reason that its transport should not give: {e.Message}",
                FaultOrigin.Local,
                mayRetry: true,
                e);
        }
    }

    private ZmtpException? TellOfScarcity(OutOfMemoryException cause)
    {
        ZmtpException? error = null;
        try
        {
            error = Scarcity.OfConnection(Endpoint, cause);
            TellOfFailedAttempt(error);
        }
        catch (OutOfMemoryException)
        {
            // There is none to tell of it either. The next attempt that fails tells as much.
        }

        return error;
    }

    private void TellOfFailedAttempt(ZmtpException error)
    {
        _meter.CountFailure(error);
        _socket.Raise(SocketEventKind.ConnectRetried, Endpoint, error: error);
    }

    private void Refuse(string remoteEndpoint, ZmtpException error) => _socket.Refuse(Endpoint, remoteEndpoint, error, _meter, _handshakeBegun);

    private void TellOfDefect(Exception e) => _socket.TellOfDefect(Endpoint, e);

    private bool MayNotRetry(ZmtpException? error) =>
        _socket.Options.ReconnectInterval == Timeout.InfiniteTimeSpan || (error is { MayRetry: false } && !IsOurOwnVerdict(error));

    /// <summary>
    /// Whether our own authenticator sent the peer away. What that goes by may change, and then it is for this end to come back: a client that
    /// is bound cannot.
    /// </summary>
    private static bool IsOurOwnVerdict(ZmtpException error) =>
        error is ZmtpRevokedException or ZmtpAuthenticationException { IsOwnVerdict: true };

    /// <summary>One attempt.</summary>
    /// <returns>The connection, or why there is none; neither when the socket closes.</returns>
    private async Task<(ZmtpConnection? Connection, ZmtpException? Error)> AttemptAsync()
    {
        TransportConnection? transport = null;
        ZmtpConnection? connection = null;

        // Asked once: a transport of the application's may not know it any more when its connection has ended. From then on it is a handshake.
        string? remoteEndpoint = null;
        try
        {
            transport = await _transport.ConnectAsync(_endpoint, _socket.OptionsFor(_transport), _stop.Token).ConfigureAwait(false);
            remoteEndpoint = transport.RemoteEndpoint;
            _handshakeBegun = _meter.BeginHandshake();
            _socket.Raise(SocketEventKind.Connected, Endpoint, remoteEndpoint);
            _pipe.Current?.BeginHandshake(transport);
            connection = await HandshakeDriver.RunAsync(
                transport, _connectionOptions, isConnecting: true, _socket.Context.Authenticator, _stop.Token, attempts: _handshakes)
                .GoOnElsewhere();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return default;
        }
        catch (ZmtpException e)
        {
            if (remoteEndpoint is null) TellOfFailedAttempt(e);
            else Refuse(remoteEndpoint, e);
            return (null, e);
        }
        catch (OutOfMemoryException e) when (remoteEndpoint is not null)
        {
            var error = Scarcity.OfConnection(Endpoint, e);
            Refuse(remoteEndpoint, error);
            return (null, error);
        }
        catch (Exception e) when (remoteEndpoint is not null && e is not (OutOfMemoryException or ThreadInterruptedException))
        {
            // Thrown by a transport or a mechanism of the application's; a cancellation that nobody asked for is one of them.
            TellOfDefect(e);
            var error = HandshakeDefect.Of(e);
            Refuse(remoteEndpoint, error);
            return (null, error);
        }
        finally
        {
            _pipe.Current?.EndHandshake(hasSucceeded: connection is not null);
            if (connection is null && transport is not null) await Disposal.OfAsync(transport, _socket, Endpoint).ConfigureAwait(false);
        }

        return (connection, null);
    }

    /// <summary>The whole life of a connection.</summary>
    /// <returns>Why it ended.</returns>
    private async Task<ZmtpException?> ServeAsync(ZmtpConnection connection)
    {
        var time = _socket.Context.Time;
        var start = time.GetTimestamp();
        var pipe = await OpenAsync(connection).ConfigureAwait(false);
        var service = Service.RunAsync(_socket, pipe, connection, Endpoint, _meter, _handshakeBegun);
        bool isClosing;

        // An interrupt here would leave a connection that is served and that nobody knows of.
        using (_gate.Hold())
        {
            _served = (connection, service);
            isClosing = _isClosing;
        }

        try
        {
            // The closing thread has looked before this connection was there. It may have messages by now, with the system or on their way
            // to it.
            if (isClosing) await Service.EndAsync(_socket, connection, service, _linger!).ConfigureAwait(false);
            var error = await service.ConfigureAwait(false);
            if (Service.WasOfUse(connection, error, time.GetElapsedTime(start))) _backoff.Reset();
            return error;
        }
        finally
        {
            using (_gate.Hold()) _served = null;
            if (_socket.Options.Immediate) RemovePipe();
        }
    }

    /// <summary>The pipe for a connection, which is disposed of where this throws: nobody else knows of it yet.</summary>
    private async ValueTask<Pipe> OpenAsync(ZmtpConnection connection)
    {
        try
        {
            return _pipe.Current ?? _pipe.Open();
        }
        catch
        {
            RemovePipe();
            await Disposal.OfAsync(connection, _socket, Endpoint).ConfigureAwait(false);
            throw;
        }
    }

    private void RemovePipe()
    {
        if (_pipe.Remove()) _socket.TurnedAway.RetryElsewhere();
    }
}
