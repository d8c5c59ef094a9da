using Zmtp.Sockets.Pipes;
using Zmtp.Transports;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The connecting end of an inproc name: two pipes joined without a connection between them. No mechanism and no ZAP: both ends are
/// this process. When the bound end goes, this one waits for the name to be bound again.
/// </summary>
internal sealed class InprocConnector : IConnector
{
    private readonly ZmtpSocket _socket;
    private readonly EndpointTable _table;
    private readonly Lock _gate = new();
    private readonly Pipe _pipe;
    private InprocBinding? _binding;
    private Pipe? _boundPipe;

    public InprocConnector(ZmtpSocket socket, EndpointTable table, ZmtpEndpoint endpoint)
    {
        _socket = socket;
        _table = table;
        Name = endpoint.Address;
        Endpoint = endpoint.ToString();
        _pipe = new Pipe(socket, Endpoint, outlivesConnection: true);
    }

    public string Name { get; }

    /// <summary>Whether it has been closed and joins nothing any more. Guarded by the registry.</summary>
    public bool IsForgotten { get; set; }

    public string Endpoint { get; }

    public bool HasEnded => false;

    public IReadOnlyCollection<Pipe> Pipes() => [_pipe];

    public void Retire() => _table.Retire(_pipe);

    public void Start()
    {
        _table.Add(_pipe);
        _socket.OnPipeAdded(_pipe);
        _socket.Context.Inproc.Connect(this);
    }

    public Task CloseAsync()
    {
        _socket.Context.Inproc.Forget(this);
        Part(goOn: false);
        _table.Remove(_pipe);
        return Task.CompletedTask;
    }

    /// <summary>The name is bound: joins the two ends. Called by the registry, one at a time.</summary>
    public void Join(InprocBinding binding)
    {
        var bound = binding.Socket;
        if (!SocketTypes.AreCompatible(_socket.Type, bound.Type))
        {
            GiveUp(bound);
            return;
        }

        var boundPipe = binding.Enter(this);
        _pipe.Introduce(Describe(bound, Endpoint, isIncoming: false), Sum(bound.Options, _socket.Options));
        boundPipe.Introduce(Describe(_socket, Endpoint, isIncoming: true), Sum(_socket.Options, bound.Options));
        if ((_socket.Admit(_pipe, _pipe.Peer!) ?? bound.Admit(boundPipe, boundPipe.Peer!)) is { } refusal)
        {
            bound.Lobby.Note(refusal);
            _socket.Lobby.Note(refusal);
            bound.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: refusal);
            _socket.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: refusal);
            _pipe.Detach();
            _socket.OnDetached(_pipe);
            binding.TurnAway(this, boundPipe);
            return;
        }

        lock (_gate)
        {
            _binding = binding;
            _boundPipe = boundPipe;
        }

        _pipe.Expel = boundPipe.Expel = Leave;
        boundPipe.Attach(_pipe);
        _pipe.Attach(boundPipe);
        Welcome(bound, boundPipe);
        Welcome(_socket, _pipe);
    }

    /// <summary>Separates the two ends.</summary>
    /// <param name="goOn">Whether this end is to wait for the name to be bound again.</param>
    /// <returns>Whether they were joined.</returns>
    public bool Part(bool goOn)
    {
        InprocBinding? binding;
        Pipe? boundPipe;
        lock (_gate)
        {
            binding = _binding;
            boundPipe = _boundPipe;
            _binding = null;
            _boundPipe = null;
        }

        if (binding is null || boundPipe is null) return false;
        Farewell(_socket, _pipe);
        Farewell(binding.Socket, boundPipe);
        binding.Leave(this, boundPipe);
        if (goOn) GoOn();
        return true;
    }

    /// <summary>What <see cref="Pipe.Expel"/> does here: comes back, but not as soon as to take the place from its successor again and again.</summary>
    private void Leave(bool isReplaced)
    {
        if (Part(goOn: !isReplaced) && isReplaced) _ = ComeBackAsync();
    }

    private async Task ComeBackAsync()
    {
        await Task.Delay(_socket.Options.ReconnectInterval, _socket.Context.Options.Time).ConfigureAwait(false);
        GoOn();
    }

    private void GoOn()
    {
        if (!_socket.IsClosing) _socket.Context.Inproc.Connect(this);
    }

    private void GiveUp(ZmtpSocket bound)
    {
        var error = new ZmtpProtocolException(
            ProtocolError.IncompatibleSocketType,
            $"A {SocketTypes.ToToken(_socket.Type)} socket does not talk to the {SocketTypes.ToToken(bound.Type)} socket bound to {Endpoint}.",
            mayRetry: false);
        _socket.Lobby.GiveUp(error);
        _socket.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: error);
        bound.Raise(SocketEventKind.HandshakeFailed, Endpoint, error: error);
    }

    private void Welcome(ZmtpSocket socket, Pipe pipe)
    {
        socket.OnAttached(pipe);
        socket.Lobby.Enter(pipe.Peer!);
        socket.Raise(SocketEventKind.HandshakeSucceeded, Endpoint, peer: pipe.Peer);
    }

    private void Farewell(ZmtpSocket socket, Pipe pipe)
    {
        var peer = pipe.Peer;
        pipe.Detach();
        socket.OnDetached(pipe);
        if (peer is not null) socket.Lobby.Leave(peer);
        socket.Raise(SocketEventKind.Disconnected, Endpoint, peer: peer);
    }

    // libzmq's rule: there is no other buffer between the two ends, so their marks add up.
    private static int Sum(SocketOptions sender, SocketOptions receiver) =>
        sender.SendHighWaterMark == 0 || receiver.ReceiveHighWaterMark == 0
            ? 0
            : (int)Math.Min(int.MaxValue, (long)sender.SendHighWaterMark + receiver.ReceiveHighWaterMark);

    private static ZmtpPeer Describe(ZmtpSocket socket, string endpoint, bool isIncoming) => new()
    {
        SocketType = socket.Type,
        Identity = socket.Type is SocketType.Req or SocketType.Dealer or SocketType.Router ? socket.Options.RoutingId : default,
        Endpoint = endpoint,
        Metadata = socket.Options.Metadata,
        IsIncoming = isIncoming,
    };
}
