using System.Buffers;
using System.IO.Pipelines;
using Zmtp.Security;
using Zmtp.Text;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Engine;

/// <summary>
/// One connection whose handshake has succeeded: reads until it ends, writes through <see cref="Writer"/>, keeps heartbeats. The first
/// cause of death wins and is what <see cref="RunAsync"/> returns.
/// </summary>
internal sealed partial class ZmtpConnection : IAsyncDisposable
{
    /// <summary>When the clock comes again where there was no memory for what it had to do.</summary>
    private static readonly TimeSpan AfterScarcity = TimeSpan.FromMilliseconds(100);

    /// <summary>When the clock comes again where somebody is about to read what it has not seen.</summary>
    private static readonly TimeSpan WhileReading = TimeSpan.FromMilliseconds(1);

    private readonly TransportConnection _transport;
    private readonly ConnectionOptions _options;
    private readonly Mechanism _mechanism;
    private readonly HeartbeatMonitor _heartbeat;
    private readonly Admission? _admission;
    private readonly Lock _tickGate = new();
    private readonly TaskCompletionSource _end = new();
    private readonly ReadingTurn _turn = new();
    private TrafficReader? _reader;
    private ReadPump? _pump;
    private ITimer? _timer;
    private IConnectionOwner? _owner;
    private Exception? _cause;
    private bool _closing;

    public ZmtpConnection(TransportConnection transport, HandshakeMachine machine, ConnectionOptions options, bool isConnecting)
    {
        _transport = transport;
        _options = options;
        _heartbeat = new HeartbeatMonitor(options.Heartbeat, machine.MinorVersion, options.Time);
        Peer = Describe(machine.Mechanism, transport, options.Security.MechanismName, isConnecting, machine.MinorVersion);

        // Last: until then nobody disposes of them but the machine.
        _mechanism = machine.TakeMechanism();
        _admission = machine.TakeAdmission();
    }

    public ZmtpPeer Peer { get; }

    /// <summary>Whether the peer has sent anything since its handshake.</summary>
    public bool HasReceived => _heartbeat.HasReceived;

    /// <summary>The outgoing half; there from <see cref="Attach"/> on.</summary>
    public ConnectionWriter Writer { get; private set; } = null!;

    /// <summary>Names the owner, before <see cref="RunAsync"/>.</summary>
    public void Attach(IConnectionOwner owner)
    {
        _owner = owner;
        Writer = new ConnectionWriter(_mechanism, _transport.Output, owner, OnWriteFault);
    }

    /// <summary>Whether <see cref="TryRead"/> has stopped for want of room and has to be called when there is some; a hint.</summary>
    public bool IsLeftHalfWay => Volatile.Read(ref _pump) is { IsLeftHalfWay: true };

    /// <summary>
    /// Looks for octets without waiting for the system to tell of them, on a thread that waits for a message. Does nothing while another
    /// thread reads, or the transport cannot do that.
    /// </summary>
    /// <returns>Whether there were any.</returns>
    public bool TryRead()
    {
        if (Volatile.Read(ref _pump) is not { } pump) return false;
        var any = pump.TryMove();
        if (_turn.HasLeft) OnLeft();
        return any;
    }

    /// <summary>Lets a blocked thread watch for octets, which it must then take with <see cref="TryRead"/>. False: somebody else does.</summary>
    public bool TryHold(Lookout lookout) => Volatile.Read(ref _pump)?.TryHold(lookout) ?? false;

    /// <summary>The reader of one of our own transports; null of another, which may be the application's.</summary>
    public IDirectReader? DirectInput => _transport.Input as IDirectReader;

    /// <summary>Whether either end watches the other by heartbeats: then its octets are to be read when they come.</summary>
    public bool HasHeartbeats => _heartbeat.IsInUse;

    /// <summary>Completes when nothing of the connection is left, also when its owner left before the peer did.</summary>
    public Task Gone { get; private set; } = Task.CompletedTask;

    /// <summary>Serves the connection until it ends or <see cref="Leave"/> is called. Never throws.</summary>
    /// <returns>Why it ended; null when we closed it.</returns>
    public async Task<ZmtpException?> RunAsync(IConnectionOwner owner)
    {
        _admission?.OnRevoked(OnRevoked);
        Gone = ReadToEndAsync(owner);
        await _end.Task.ConfigureAwait(false);
        var writing = Writer.StopAsync();

        // Before the timer is awaited: its callback may be in a write that only this ends. A connection that was left has its own time
        // limit for that.
        if (!_turn.HasLeft) AbortTransport();
        if (_timer is not null) await _timer.DisposeAsync().ConfigureAwait(false);
        if (_turn.HasLeft) return null;
        await writing.ConfigureAwait(false);
        return Volatile.Read(ref _closing) ? null : ToError(_cause);
    }

    /// <summary>Ends the connection at once, because of an error or, without one, by our own wish.</summary>
    public void Abort(Exception? cause = null)
    {
        if (cause is null) Volatile.Write(ref _closing, true);
        else Fail(cause);
        GiveUpInput();
    }

    /// <summary>After <see cref="IConnectionOwner.OnOutputLost"/>: what is not read yet is given up, and the connection ends for the cause it has.</summary>
    public void GiveUpInput()
    {
        AbortTransport();
        _owner?.StopWaitingForRoom();
    }

    /// <summary>
    /// Gives everything back and zeroes the keys. After <see cref="RunAsync"/>, when the owner no longer writes. After
    /// <see cref="Leave"/> the transport alone stays, until the peer has hung up.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            Writer?.Dispose();
            _mechanism.Dispose();
            if (!_turn.HasLeft) await _transport.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            // It calls the authenticator, which may be the application's.
            _admission?.Dispose();
        }
    }

    private static ZmtpPeer Describe(
        Mechanism mechanism, TransportConnection transport, string mechanismName, bool isConnecting, int minorVersion)
    {
        var metadata = mechanism.PeerMetadata;
        metadata.TryGet(ZmtpMetadata.Identity, out var identity);
        metadata.TryGet(ZmtpMetadata.SocketType, out var token);
        if (!SocketTypes.TryParse(token.Span, out var type)) throw new InvalidOperationException("The mechanism let an unknown Socket-Type pass.");
        return new ZmtpPeer
        {
            SocketType = type,
            Identity = identity,
            Address = transport.PeerAddress,
            Endpoint = transport.RemoteEndpoint,
            Mechanism = mechanismName,
            UserId = mechanism.Verdict?.UserId ?? "",
            PublicKey = mechanism.PeerPublicKey,
            Metadata = metadata,
            VerifiedMetadata = mechanism.Verdict?.Metadata ?? ZmtpMetadata.Empty,
            IsIncoming = !isConnecting,
            MinorVersion = minorVersion,
        };
    }

    private static ZmtpException ToError(Exception? cause) => cause switch
    {
        ZmtpException error => error,
        null => new ZmtpException("The peer closed the connection.", FaultOrigin.Network, mayRetry: true) { ErrorType = "closed_by_peer" },
        IOException or System.Net.Sockets.SocketException or ObjectDisposedException => new ZmtpException(
            "The connection broke: " + cause.Message, FaultOrigin.Network, mayRetry: true, cause),
        OutOfMemoryException => Scarcity.OfPeer(cause),
        _ => new ZmtpException(
            "The connection was closed because of a defect in its own code: " + cause.Message, FaultOrigin.Local, mayRetry: true, cause),
    };

    private async Task ReadToEndAsync(IConnectionOwner owner)
    {
        try
        {
            using var reader = new TrafficReader(_mechanism, owner, _heartbeat, _options.MaxMessageSize);
            _reader = reader;
            try
            {
                StartHeartbeat();
                await ReadAsync(reader, owner).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Want of memory too: it is this peer's message that there is none for, and the rest of the process may live.
                Fail(e);
            }

            // Messages that came whole before the peer broke a rule, in the same read, are not to blame. Between two reads none is left, and the owner
            // may leave at any moment.
            if (_turn.IsOpen) reader.EndRead();
        }
        catch (Exception e)
        {
            // There may be no memory for that either. All that wait for the connection's end wait for this.
            Fail(e);
        }

        // Before the end is told: an owner that leaves from now on is too late, and disposes of the transport.
        _turn.Finish();
        _end.TrySetResult();
        if (_turn.HasLeft) await ReadOffAsync().ConfigureAwait(false);
        if (_limit is not null) await _limit.DisposeAsync().ConfigureAwait(false);
    }

    private Task ReadAsync(TrafficReader reader, IConnectionOwner owner)
    {
        if (_transport.Input is not IDirectReader) return ReadPipeAsync(reader, owner);
        _pump = new ReadPump(_transport.Input, reader, owner, _heartbeat, _turn, Abort);
        return _pump.RunAsync();
    }

    /// <summary>For transports of the application, which are pipes and nothing more.</summary>
    private async Task ReadPipeAsync(TrafficReader reader, IConnectionOwner owner)
    {
        var input = _transport.Input;
        var hasRoom = owner.HasRoom;
        while (true)
        {
            if (!hasRoom)
            {
                _heartbeat.IsPaused = true;
                var room = owner.WaitForRoomAsync();
                var isLater = !room.IsCompleted;
                await room.ConfigureAwait(false);
                if (_turn.HasLeft) return;
                _heartbeat.IsPaused = false;

                // This is the thread that made the room, and nobody knows how much the transport has for it. What waits there, too, may be meant to go on
                // where it began, and the thread may block.
                if (isLater) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }

            var result = await input.ReadAsync().ConfigureAwait(false);
            if (!_turn.TryBegin())
            {
                input.AdvanceTo(result.Buffer.End);
                return;
            }

            if (!result.Buffer.IsEmpty) _heartbeat.OnReceived();
            hasRoom = ReadPump.Take(reader, input, result.Buffer);
            if (result.IsCompleted && hasRoom) return;
            reader.EndRead();
            if (!_turn.TryEnd()) return;
        }
    }

    private void StartHeartbeat()
    {
        _heartbeat.Output = Writer;
        _heartbeat.Reschedule = Tick;
        if (_heartbeat.IsWatching) Tick();
    }

    // The timer and the reader, when a ttl has arrived, may come here at once: the one that sets the timer last must have looked last.
    private void Tick()
    {
        using (_tickGate.Hold())
        {
            var error = _heartbeat.Tick(out var next);
            if (error is not null) Abort(error);
            else if (next is { } due) Schedule(due);
        }
    }

    private void Schedule(TimeSpan due)
    {
        if (_timer is not null) _timer.Change(due, Timeout.InfiniteTimeSpan);
        else _timer = NewTimer(static me => ((ZmtpConnection)me!).OnTime(), due);
    }

    /// <summary>The clock has come: nobody would catch what this throws.</summary>
    private void OnTime()
    {
        try
        {
            // Where the process stood still, the clock may be quicker than the reader of what came meanwhile.
            if (_heartbeat.IsOverdue && !TryRead() && _pump is { IsMoving: true })
            {
                // The reader is at work: it finds something, stops for want of room, or ends.
                using (_tickGate.Hold()) Schedule(WhileReading);
                return;
            }

            Tick();
        }
        catch (OutOfMemoryException)
        {
            using (_tickGate.Hold()) Schedule(AfterScarcity);
        }
    }

    // The thread that reads, or leaves, may be the application's.
    private ITimer NewTimer(TimerCallback callback, TimeSpan due) => WithoutFlow.Begin((this, callback, due), static of =>
        of.Item1._options.Time.CreateTimer(of.callback, of.Item1, of.due, Timeout.InfiniteTimeSpan));

    /// <summary>
    /// A peer that has left may have sent something before, and the system still has it, or we do: it is read to its end, which the system
    /// tells in its turn. Only the outgoing half is over.
    /// </summary>
    private void OnWriteFault(Exception cause)
    {
        if (!SocketFaults.IsEndOfConnection(cause))
        {
            Abort(cause);
            return;
        }

        Fail(cause);
        Writer.Stop();
        if (!_owner!.OnOutputLost(Writer)) Abort(cause);
    }

    private void OnRevoked(string reason) =>
        Abort(new ZmtpRevokedException(Peer.UserId, reason, $"The peer ({Peer}) was let in and may no longer stay: {OneLine.Of(reason)}"));

    private void AbortTransport() => _transport.AbortGuarded(_options.OnDefect);

    private void Fail(Exception cause) => Interlocked.CompareExchange(ref _cause, cause, null);
}
