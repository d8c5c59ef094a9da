using System.Diagnostics.CodeAnalysis;
using Zmtp.Engine;
using Zmtp.Sockets.Pipes;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Zap;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The connecting end of an inproc name: two pipes joined without a connection between them. No mechanism and no ZAP: both ends are
/// this process. When the bound end goes, this one waits for the name to be bound again.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has neither a timer nor a wait handle, so it holds nothing.")]
internal sealed class InprocConnector : IConnector
{
    private readonly ZmtpSocket _socket;
    private readonly Lock _gate = new();
    private readonly ConnectorPipe _pipe;
    private readonly CancellationTokenSource _stop = new();

    // Under the gate.
    private readonly Backoff _backoff;

    // Written in Join, and read when no Join can follow.
    private TurnedAway? _turnedAway;

    // Under the gate.
    private InprocBinding? _binding;
    private Pipe? _boundPipe;
    private bool _isJoining;
    private bool _wasReplaced;

    // What ended a join before it was complete: the first cause says which end has left; that another has the place stays true.
    private (bool ByBound, bool IsReplaced)? _leaving;

    public InprocConnector(ZmtpSocket socket, ZmtpEndpoint endpoint)
    {
        _socket = socket;
        Name = endpoint.Address;
        Endpoint = endpoint.ToString();
        _backoff = new Backoff(socket.Options.ReconnectInterval, socket.Options.ReconnectIntervalMax);

        // With Immediate there is no peer yet to send to, and the bound end may refuse us.
        _pipe = new ConnectorPipe(socket, Endpoint, isParked: socket.Options.Immediate);
    }

    public string Name { get; }

    /// <summary>Whether it has been closed and joins nothing any more. Guarded by the registry.</summary>
    public bool IsForgotten { get; set; }

    public string Endpoint { get; }

    public bool HasEnded { get; private set; }

    public IReadOnlyCollection<Pipe> Pipes() => _pipe.All;

    public void Start()
    {
        try
        {
            if (!_socket.Options.Immediate) _pipe.Open();
            _socket.Context.Inproc.Connect(this);
        }
        catch
        {
            // An interrupt at a pattern's gate, say. The caller gets it, and must not be connected later.
            HasEnded = true;
            Close();
            _socket.Endpoints.Forget(this);
            throw;
        }
    }

    public void Retire() => _pipe.Retire();

    public Task CloseAsync(Linger linger)
    {
        Close();
        return Task.CompletedTask;
    }

    /// <summary>The name is bound: joins the two ends. Called by the registry, one at a time; a defect is told and keeps up none of the others.</summary>
    public void Join(InprocBinding binding)
    {
        try
        {
            JoinIfWelcome(binding);
        }
        catch (Exception defect) when (defect is not OutOfMemoryException and not ThreadInterruptedException)
        {
            _socket.TellOfDefect(Endpoint, defect);
        }
    }

    /// <summary>A join has failed half-way: this end is as it was before.</summary>
    public void Undo()
    {
        if (Part(byBound: false, goOn: false) || _pipe.Current is not { } pipe) return;
        LetGo(pipe);
    }

    private void Close()
    {
        _socket.Context.Inproc.Forget(this);
        _turnedAway?.Remove(this);
        _stop.Cancel();
        Part(byBound: false, goOn: false);
        _pipe.Remove();
        _socket.TurnedAway.Retry();
    }

    private void JoinIfWelcome(InprocBinding binding)
    {
        _turnedAway = null;
        if (!SocketTypes.AreCompatible(_socket.Type, binding.Socket.Type))
        {
            GiveUp(binding.Socket);
            return;
        }

        using (_gate.Hold()) _isJoining = true;
        try
        {
            Join(binding, _pipe.Current ?? _pipe.Open());
        }
        finally
        {
            EndJoin();
        }
    }

    /// <summary>Separates the two ends.</summary>
    /// <param name="byBound">Which of them has left the other.</param>
    /// <param name="goOn">Whether this end is to wait for the name to be bound again.</param>
    /// <param name="why">Why the one that has left did so; null: it just left.</param>
    /// <returns>Whether they were joined.</returns>
    public bool Part(bool byBound, bool goOn, ZmtpException? why = null)
    {
        InprocBinding? binding;
        Pipe? pipe;
        Pipe? boundPipe;
        ZmtpPeer? peer;
        ZmtpPeer? boundPeer;
        using (_gate.Hold())
        {
            pipe = _pipe.Current;
            binding = _binding;
            boundPipe = _boundPipe;
            _binding = null;
            _boundPipe = null;
            if (binding is null || boundPipe is null || pipe is null) return false;

            // Both, and here: an end that is told of the parting ends its own pipe, into which the other end must not send any more.
            peer = pipe.Part();
            boundPeer = boundPipe.Part();
        }

        var error = Farewell(_socket, pipe, peer, byBound ? Left() : why);
        Farewell(binding.Socket, boundPipe, boundPeer, byBound ? why : Left());

        // Nobody waits for a ZAP handler's reply any more, and peers that come and go, before they are let in, would pile up such requests.
        if (!byBound && Endpoint == ZapHandler.Endpoint) binding.Socket.Receiver.Discard(boundPipe);
        if (_socket.Options.Immediate) _pipe.Remove();
        binding.Leave(this, boundPipe);
        binding.Socket.TurnedAway.Retry();
        _socket.TurnedAway.Retry();
        if (!MayComeBack && !IsForgotten) Stop(error);
        else if (goOn) GoOn();
        return true;
    }

    /// <summary>Joins the two ends if the name is bound, or else waits for it. Only one that may come back.</summary>
    public void GoOn() => _socket.Context.Inproc.Connect(this);

    /// <summary>As <see cref="GoOn"/>, after a pause.</summary>
    /// <returns>False: it does not come back.</returns>
    public bool TryComeBack()
    {
        if (!MayComeBack) return false;
        _ = ComeBackAsync();
        return true;
    }

    /// <summary>As <see cref="GoOn"/>, where nobody would hear what it throws: that is told.</summary>
    public void GoOnOrTell()
    {
        try
        {
            GoOn();
        }
        catch (OutOfMemoryException e)
        {
            TellOfScarcity(e);
        }
        catch (Exception defect)
        {
            _socket.TellOfDefect(Endpoint, defect);
        }
    }

    private void Join(InprocBinding binding, Pipe pipe)
    {
        var bound = binding.Socket;

        // Before either end has a place that another peer may take.
        pipe.Expel = isReplaced => Leave(byBound: false, isReplaced);
        var peer = InprocEnds.Describe(bound, Endpoint, isIncoming: false);
        var departures = _socket.TurnedAway.Departures;
        if (_socket.Admit(pipe, peer) is { } refusal)
        {
            TurnAway(pipe, bound, refusal, _socket.TurnedAway, departures);
            return;
        }

        // Not before: what the last peer had subscribed to has been taken back in its name.
        pipe.Introduce(peer, InprocEnds.Sum(bound.Options, _socket.Options));
        var boundPipe = binding.Enter(this);
        departures = bound.TurnedAway.Departures;
        if (Enter(binding, boundPipe) is { } boundRefusal)
        {
            TurnAway(pipe, bound, boundRefusal, bound.TurnedAway, departures);
            return;
        }

        boundPipe.Attach(pipe);
        pipe.Attach(boundPipe);
        Welcome(bound, boundPipe);
        Welcome(_socket, pipe);

        // Nobody is turned away after this, and for want of memory nothing is undone: both patterns have let the other in.
        bool wasReplaced;
        using (_gate.Hold())
        {
            _backoff.Reset();
            (wasReplaced, _wasReplaced) = (_wasReplaced, false);
        }

        // Two that replace each other at two names would else be news for ever.
        if (!wasReplaced) _socket.ForgetFailures(Endpoint);
    }

    /// <summary>Takes the place at the bound end.</summary>
    /// <returns>Why its pattern refuses us; null: the two ends can be joined, and parted.</returns>
    private ZmtpException? Enter(InprocBinding binding, Pipe boundPipe)
    {
        var hasEntered = false;
        try
        {
            boundPipe.Expel = isReplaced => Leave(byBound: true, isReplaced);
            boundPipe.Introduce(InprocEnds.Describe(_socket, Endpoint, isIncoming: true), InprocEnds.Sum(_socket.Options, binding.Socket.Options));
            if (binding.Socket.Admit(boundPipe, boundPipe.Peer!) is { } refusal) return refusal;
            using (_gate.Hold())
            {
                _binding = binding;
                _boundPipe = boundPipe;
            }

            hasEntered = true;
            return null;
        }
        finally
        {
            // Refused, or for want of memory: nobody else could end the pipe, and messages for it would wait for ever.
            if (!hasEntered) binding.Leave(this, boundPipe);
        }
    }

    /// <summary>A pattern has refused the peer; it is tried again when another one has left.</summary>
    private void TurnAway(Pipe pipe, ZmtpSocket bound, ZmtpException refusal, TurnedAway turnedAway, int departures)
    {
        bound.Lobby.Note(refusal);
        _socket.Lobby.Note(refusal);
        bound.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: refusal);
        _socket.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: refusal);
        LetGo(pipe);
        if (!MayComeBack)
        {
            Stop(refusal);
            return;
        }

        _turnedAway = turnedAway;
        if (!turnedAway.TryAdd(this, departures)) GoOn();
    }

    private void LetGo(Pipe pipe)
    {
        pipe.Detach();
        _socket.OnDetached(pipe);
        if (_socket.Options.Immediate) _pipe.Remove();
    }

    private void EndJoin()
    {
        (bool ByBound, bool IsReplaced)? leaving;
        using (_gate.Hold())
        {
            _isJoining = false;
            leaving = _leaving;
            _leaving = null;
        }

        if (leaving is (var byBound, var isReplaced)) Leave(byBound, isReplaced);
    }

    /// <summary>What <see cref="Pipe.Expel"/> does here: comes back, but not as soon as to take the place from its successor again and again.</summary>
    private void Leave(bool byBound, bool isReplaced)
    {
        using (_gate.Hold())
        {
            _wasReplaced |= isReplaced;
            if (_isJoining)
            {
                // Else the thread that has let the peer in would go on to join what has parted.
                _leaving = (_leaving?.ByBound ?? byBound, isReplaced || _leaving is { IsReplaced: true });
                return;
            }
        }

        if (Part(byBound, goOn: !isReplaced, isReplaced ? Replaced.TryMake() : null) && isReplaced) TryComeBack();
    }

    private async Task ComeBackAsync()
    {
        TimeSpan pause;
        using (_gate.Hold()) pause = _backoff.Next();
        await Pausing.WaitAsync(pause, _socket, Endpoint, _stop.Token).ConfigureAwait(false);
        GoOnOrTell();
    }

    private void TellOfScarcity(OutOfMemoryException cause)
    {
        try
        {
            var error = Scarcity.OfConnection(Endpoint, cause);
            _socket.Lobby.Note(error);
            _socket.Raise(SocketEventKind.ConnectRetried, Endpoint, error: error);
        }
        catch (OutOfMemoryException)
        {
            // There is none to tell of it either. The next attempt that fails tells as much.
        }
    }

    /// <summary>To try again cannot help.</summary>
    private void GiveUp(ZmtpSocket bound)
    {
        var error = new ZmtpProtocolException(
            ProtocolError.IncompatibleSocketType,
            $"{SocketTypes.WithArticle(_socket.Type)} socket does not talk to the {SocketTypes.ToToken(bound.Type)} socket bound to {Endpoint}.",
            mayRetry: false);
        bound.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: error);
        _socket.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: error);
        Stop(error);
    }

    /// <summary>There will be no other attempt: waiting calls are not kept waiting, and nothing is queued that nobody will take.</summary>
    private void Stop(ZmtpException? error)
    {
        // A handler of the event may connect again at once, and send.
        HasEnded = true;
        _pipe.Remove();
        _socket.Endpoints.OnGivenUp(Endpoint, error);
        _socket.Raise(SocketEventKind.ConnectStopped, Endpoint, error: error);
        _socket.Endpoints.Forget(this);
        _socket.TurnedAway.Retry();
    }

    private bool MayComeBack => _socket.Options.ReconnectInterval != Timeout.InfiniteTimeSpan;

    private void Welcome(ZmtpSocket socket, Pipe pipe)
    {
        socket.OnAttached(pipe);
        socket.Lobby.Enter(pipe.Peer!, InprocRegistry.Scheme);
        socket.Raise(SocketEventKind.HandshakeSucceeded, Endpoint, peer: pipe.Peer);
    }

    private ZmtpException Left() => new($"The peer at {Endpoint} closed the connection.", FaultOrigin.Network, mayRetry: true);

    /// <returns>Why it is over, as this end sees it; null: it has left the other.</returns>
    private ZmtpException? Farewell(ZmtpSocket socket, Pipe pipe, ZmtpPeer? peer, ZmtpException? why)
    {
        var error = pipe.TakeRefusal() ?? why;
        pipe.Detach();
        socket.OnDetached(pipe);
        if (peer is not null) socket.Lobby.Leave(peer);
        socket.Raise(SocketEventKind.Disconnected, Endpoint, error: error, peer: peer);
        return error;
    }
}
