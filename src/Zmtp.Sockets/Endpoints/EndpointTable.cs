using System.Diagnostics.CodeAnalysis;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The endpoints of one socket and the pipes behind them.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has neither a timer nor a wait handle, so it holds nothing.")]
internal sealed class EndpointTable(ZmtpSocket socket)
{
    /// <summary>How many endpoints that were given up are remembered: a socket may go on to ever new ones.</summary>
    public const int MaximumGivenUp = 1000;

    private readonly bool _connectsOnce = socket.Type is SocketType.Dealer or SocketType.Sub or SocketType.Pub or SocketType.Req;
    private readonly Lock _gate = new();
    private readonly List<IBinding> _bindings = [];
    private readonly List<IConnector> _connectors = [];

    /// <summary>The last endpoints whose connectors gave up: they can be disconnected still, until they are connected again.</summary>
    private readonly List<string> _givenUp = [];
    private readonly HashSet<Pipe> _pipes = [];
    private readonly List<Task> _leaving = [];
    private readonly Drains _drains = new(socket);

    /// <summary>Fires when the socket closes: for binds that are under way.</summary>
    private readonly CancellationTokenSource _closing = new();
    private bool _isClosed;

    public IReadOnlyList<string> Bound
    {
        get
        {
            using (_gate.Hold()) return [.. _bindings.Select(static binding => binding.Endpoint)];
        }
    }

    public IReadOnlyList<string> Connected
    {
        get
        {
            using (_gate.Hold()) return [.. _connectors.Where(static connector => !connector.HasEnded).Select(static connector => connector.Endpoint)];
        }
    }

    /// <summary>What it may mean, where a peer has sent its greeting, that it has not finished its handshake; else empty.</summary>
    public IReadOnlyList<(string Endpoint, string Why)> Unfinished()
    {
        using (_gate.Hold()) return [.. _connectors.OfType<Connecting>().Select(static one => (one.Endpoint, one.WhyUnfinished))];
    }

    public async ValueTask<string> BindAsync(string text, CancellationToken cancellationToken)
    {
        var endpoint = ZmtpEndpoint.Parse(text);
        endpoint.ThrowIfCannotBind();

        // Not every transport waits for something, and looks at the token then; inproc has none.
        cancellationToken.ThrowIfCancellationRequested();
        IBinding binding;
        if (endpoint.Scheme == InprocRegistry.Scheme)
        {
            binding = new InprocBinding(socket, endpoint);
        }
        else
        {
            var transport = socket.Context.GetTransport(endpoint);
            socket.Options.Security.ThrowIfDisposed();

            binding = new Listening(socket, endpoint, await ListenAsync(transport, endpoint, cancellationToken).ConfigureAwait(false));
        }

        bool isClosed;
        using (_gate.Hold())
        {
            isClosed = _isClosed;
            if (!isClosed)
            {
                socket.Lobby.Expect(isOnly: !MayBringAPeer());
                _bindings.Add(binding);
            }
        }

        if (isClosed)
        {
            // The socket was disposed meanwhile and knows nothing of this one.
            await EndAsync(binding).ConfigureAwait(false);
            socket.ThrowIfClosed();
        }

        try
        {
            socket.RaiseListening(binding);
            binding.Start();
        }
        catch
        {
            // For want of memory, say. The caller gets the error and must find the endpoint free; unless the closing thread has it by now.
            bool isOurs;
            using (_gate.Hold()) isOurs = _bindings.Remove(binding);
            if (isOurs) await EndAsync(binding).ConfigureAwait(false);
            throw;
        }

        return binding.Endpoint;
    }

    public void Connect(string text)
    {
        var endpoint = ZmtpEndpoint.Parse(text);
        endpoint.ThrowIfCannotConnect();
        IConnector connector = endpoint.Scheme == InprocRegistry.Scheme
            ? new InprocConnector(socket, endpoint)
            : new Connecting(socket, endpoint, socket.Context.GetTransport(endpoint));
        if (connector is Connecting) socket.Options.Security.ThrowIfDisposed();
        using (_gate.Hold())
        {
            if (_isClosed) socket.ThrowIfClosed();

            // A second way to the same peer would bring each message twice, or take half of those that are sent. libzmq's rule, but for inproc.
            if (connector is Connecting && _connectsOnce && _connectors.Exists(IsThere)) return;
            _connectors.RemoveAll(other => other.HasEnded && other.Endpoint == connector.Endpoint);
            _givenUp.RemoveAll(other => other == connector.Endpoint);
            socket.Lobby.Expect(isOnly: !MayBringAPeer());
            _connectors.Add(connector);
        }

        connector.Start();

        bool IsThere(IConnector other) => !other.HasEnded && other.Endpoint == connector.Endpoint;
    }

    public async ValueTask UnbindAsync(string endpoint, CancellationToken hurry)
    {
        var meant = Normalise(endpoint);
        var (binding, end) = Leave(
            _bindings, bindings => bindings.Find(binding => binding.Endpoint == meant) ?? bindings.Find(binding => binding.Given == meant));
        if (binding is null) throw new ArgumentException($"The socket does not listen at {endpoint}; see BoundEndpoints.", nameof(endpoint));
        var linger = _drains.ForPeers(socket.Options.Linger, hurry);
        try
        {
            try
            {
                await binding.StopListeningAsync().ConfigureAwait(false);
                foreach (var pipe in binding.Pipes()) Retire(pipe);
                await _drains.WaitAsync(binding.Pipes, socket.Options.Linger, hurry).ConfigureAwait(false);
            }
            finally
            {
                // Whatever was thrown: nobody else knows of it any more.
                await binding.CloseAsync(linger).ConfigureAwait(false);
            }

            await PollerThread.LeaveAsync();
            socket.Raise(SocketEventKind.Closed, binding.Endpoint);
        }
        finally
        {
            end.SetResult();
        }
    }

    public async ValueTask DisconnectAsync(string endpoint, CancellationToken hurry)
    {
        var meant = Normalise(endpoint);
        var (connector, end) = Leave(_connectors, connectors => connectors.Find(connector => connector.Endpoint == meant));
        if (connector is null)
        {
            if (RemoveGivenUp(meant)) return;
            throw new ArgumentException($"The socket is not connected to {endpoint}.", nameof(endpoint));
        }

        var linger = _drains.ForPeers(socket.Options.Linger, hurry);
        try
        {
            try
            {
                connector.Retire();
                await _drains.WaitAsync(connector.Pipes, socket.Options.Linger, hurry).ConfigureAwait(false);
            }
            finally
            {
                // As above.
                await connector.CloseAsync(linger).ConfigureAwait(false);
            }

            await PollerThread.LeaveAsync();
        }
        finally
        {
            end.SetResult();
        }
    }

    /// <summary>A connector has given up. Calls that wait for a peer are not kept waiting, unless one may come another way.</summary>
    /// <param name="endpoint">Its endpoint.</param>
    /// <param name="error">Why; null: its connection was ended at this end.</param>
    public void OnGivenUp(string endpoint, ZmtpException? error)
    {
        error ??= new ZmtpException(
            $"The connection to {endpoint} was ended at this end and no other will follow, because ReconnectInterval is infinite. Call Connect again.",
            FaultOrigin.Local,
            mayRetry: true);

        // The lobby is told under the gate: an endpoint that is added next is new hope.
        using (_gate.Hold())
        {
            if (MayBringAPeer()) socket.Lobby.Note(error);
            else socket.Lobby.GiveUp(error);
        }
    }

    /// <summary>A connector that gave up has nothing more to do: no more than its endpoint is remembered.</summary>
    public void Forget(IConnector connector)
    {
        using (_gate.Hold())
        {
            if (!_connectors.Remove(connector)) return;
            if (_givenUp.Count == MaximumGivenUp) _givenUp.RemoveAt(0);
            _givenUp.Add(connector.Endpoint);
        }
    }

    public void Add(Pipe pipe)
    {
        using (_gate.Hold()) _pipes.Add(pipe);
    }

    /// <summary>
    /// A pipe's endpoint is given up: messages go to others from now on, or wait for one. What is queued still leaves, and what the peer sends still
    /// arrives.
    /// </summary>
    public void Retire(Pipe pipe)
    {
        pipe.Retire();
        socket.OnPipeRemoved(pipe);
        socket.OnRoom();

        // Its place is free now, and the linger may be infinite.
        socket.TurnedAway.RetryElsewhere();
    }

    /// <summary>A pipe is gone for good: nothing more can be sent on it.</summary>
    public void Remove(Pipe pipe)
    {
        using (_gate.Hold()) _pipes.Remove(pipe);

        // First: closing wakes the senders that wait for room in it, and they look where else they may send.
        socket.OnPipeRemoved(pipe);
        socket.OnPipeEnded(pipe);
        pipe.Close();
        socket.Gathering?.Remove(pipe);
    }

    /// <summary>Some queue has become shorter.</summary>
    public void OnRoom() => _drains.OnRoom();

    /// <summary>The socket closes: ends what can only be read.</summary>
    public void EndHalfOpen()
    {
        foreach (var pipe in Snapshot()) pipe.EndIfOutputLost();
    }

    /// <summary>Ends all endpoints, after what is queued has left.</summary>
    /// <param name="linger">How long that may take.</param>
    /// <param name="hurry">Ends the linger.</param>
    /// <returns>How many messages had not left by then.</returns>
    public async Task<long> CloseAsync(TimeSpan linger, CancellationToken hurry)
    {
        IBinding[] bindings;
        IConnector[] connectors;
        Task[] leaving;
        var forPeers = _drains.ForAllPeers(linger, hurry);
        using (_gate.Hold())
        {
            _isClosed = true;
            bindings = [.. _bindings];
            connectors = [.. _connectors];
            leaving = [.. _leaving];
            _bindings.Clear();
            _connectors.Clear();
        }

        try
        {
            _closing.Cancel();
            await Task.WhenAll(bindings.Select(static binding => StopAsync(binding))).ConfigureAwait(false);
            await _drains.WaitAsync(Snapshot, linger, hurry).ConfigureAwait(false);

            // What others have not sent are subscriptions, which are not the application's messages.
            return socket is not SendingSocket ? 0 : Snapshot().Sum(static pipe => (long)Math.Max(0, pipe.Pending));
        }
        finally
        {
            // Whatever was thrown: nobody else knows of them any more.
            _drains.End();
            await CloseAllAsync(bindings, connectors, leaving, forPeers).ConfigureAwait(false);
        }
    }

    private async Task CloseAllAsync(IBinding[] bindings, IConnector[] connectors, Task[] leaving, Linger linger)
    {
        try
        {
            var ends = bindings.Select(binding => CloseAsync(binding.CloseAsync, linger))
                .Concat(connectors.Select(connector => CloseAsync(connector.CloseAsync, linger)));
            await Task.WhenAll(ends.Concat(leaving)).ConfigureAwait(false);
            foreach (var binding in bindings) socket.Raise(SocketEventKind.Closed, binding.Endpoint);
        }
        finally
        {
            try
            {
                foreach (var pipe in Snapshot()) Remove(pipe);
            }
            finally
            {
                // Secrets are zeroed there.
                socket.OnEnded();
            }
        }
    }

    /// <summary>What is thrown at once is kept too, until those that follow are closed.</summary>
    private static async Task CloseAsync(Func<Linger, Task> close, Linger linger) => await close(linger).ConfigureAwait(false);

    /// <summary>As <see cref="CloseAsync(Func{Linger, Task}, Linger)"/>.</summary>
    private static async Task StopAsync(IBinding binding) => await binding.StopListeningAsync().ConfigureAwait(false);

    private async Task EndAsync(IBinding binding)
    {
        try
        {
            await binding.StopListeningAsync().ConfigureAwait(false);
        }
        finally
        {
            await binding.CloseAsync(_drains.ForPeers(TimeSpan.Zero, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    /// <summary>Begins to listen, which may take long where a name is to be looked up: no longer than the socket is there.</summary>
    private async Task<TransportListener> ListenAsync(ITransport transport, ZmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        // A transport of the application's may want to go on where it began. That must not be the caller's thread, which may block until
        // this is over.
        if (!transport.IsOurs()) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var closing = _closing.Token.UnsafeRegister(_ => GivingUp.Tell(stop, socket, endpoint.ToString()), null);
        try
        {
            return await transport.ListenAsync(endpoint, socket.OptionsFor(transport), stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            socket.ThrowIfClosed();
            throw;
        }
    }

    /// <summary>The form in which endpoints are kept. A text that is none is kept by nobody.</summary>
    private static string Normalise(string endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return ZmtpEndpoint.TryParse(endpoint, out var parsed) ? parsed.ToString() : endpoint;
    }

    /// <summary>Takes out an endpoint that is given up, so that nobody else ends it too.</summary>
    /// <returns>The endpoint, and what to complete once it is gone: a socket that closes meanwhile waits for it. Null: there is none.</returns>
    private (T? Endpoint, TaskCompletionSource End) Leave<T>(List<T> endpoints, Func<List<T>, T?> find)
        where T : class
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (_gate.Hold())
        {
            if (_isClosed) socket.ThrowIfClosed();
            var endpoint = find(endpoints);
            if (endpoint is null) return (null, end);
            endpoints.Remove(endpoint);
            _leaving.RemoveAll(static task => task.IsCompleted);
            _leaving.Add(end.Task);
            return (endpoint, end);
        }
    }

    /// <summary>Whether there is an endpoint by which somebody may come. Under the gate.</summary>
    private bool MayBringAPeer() => _bindings.Count > 0 || _connectors.Exists(static other => !other.HasEnded);

    private bool RemoveGivenUp(string endpoint)
    {
        using (_gate.Hold()) return _givenUp.Remove(endpoint);
    }

    private Pipe[] Snapshot()
    {
        using (_gate.Hold()) return [.. _pipes];
    }
}
