using System.Buffers;
using Zmtp.Threading;
using Zmtp.Wire;

namespace Zmtp.Engine;

/// <summary>
/// Decides when to PING and when a peer counts as dead (RFC 37, "Connection Heartbeating"), on a clock it is given. Any octet
/// from the peer is a sign of life, not only a PONG or a whole frame; and while a PING waits behind what the peer has not taken yet, so that it
/// cannot answer, it is one that it takes something.
/// </summary>
/// <remarks>The reader calls the On… methods, a timer calls <see cref="Tick"/>; a lock inside keeps them apart.</remarks>
internal sealed class HeartbeatMonitor
{
    /// <summary>PINGs that may go unanswered before we stop adding to them.</summary>
    private const int MaxOutstanding = 3;

    private readonly HeartbeatOptions _options;
    private readonly bool _mayPing;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ReadOnlyMemory<byte> _ping;
    private ArrayBufferWriter<byte>? _pong;
    private long _lastSign;
    private long _lastPing;
    private long _ttlFrom;
    private TimeSpan _ttl;
    private long _lastProgress;

    // When the first PING went that an answer is still due for: a tick may come late, and until then the peer was asked for nothing.
    private long _askedAt;

    // PINGs with the transport that nothing has come for.
    private int _outstanding;

    // How often something has come.
    private uint _received;

    // PINGs that are not with the transport yet, and what it has taken when it has the last of them.
    private int _heldBack;
    private long _heldBackEnd;

    // Far too much waits for the last one even to be encoded.
    private bool _isDropped;
    private volatile bool _isAsked;
    private bool _isPaused;

    /// <param name="options">When to PING.</param>
    /// <param name="minorVersion">Peers of ZMTP 3.0, which has no PING, get none; those that send one all the same are answered.</param>
    /// <param name="time">The clock.</param>
    public HeartbeatMonitor(HeartbeatOptions options, int minorVersion, TimeProvider time)
    {
        _options = options;
        _mayPing = options.IsOn && minorVersion >= 1;
        _time = time;
        if (_mayPing) _ping = EncodePing(options);
        _lastSign = _lastPing = time.GetTimestamp();
    }

    /// <summary>Where commands leave; set once by the connection before anything is read.</summary>
    public IHeartbeatOutput? Output { get; set; }

    /// <summary>Called when the next tick must come sooner than was known: a PING with a ttl has arrived, or a pause is over.</summary>
    public Action? Reschedule { get; set; }

    /// <summary>Whether the time of each read matters at all.</summary>
    public bool IsWatching => _mayPing || _ttl > TimeSpan.Zero;

    /// <summary>Whether either end watches the other, so that it matters when octets are read.</summary>
    public bool IsInUse => IsWatching || _isAsked;

    /// <summary>While we do not read, for want of room, silence proves nothing.</summary>
    public bool IsPaused
    {
        set
        {
            using (_gate.Hold())
            {
                _isPaused = value;
                _lastSign = _ttlFrom = _time.GetTimestamp();
            }

            if (!value && IsWatching) Reschedule?.Invoke();
        }
    }

    /// <summary>Whether any octet has come since the handshake.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Whether <see cref="Tick"/> would find the peer dead by now.</summary>
    public bool IsOverdue
    {
        get
        {
            using (_gate.Hold())
            {
                var now = _time.GetTimestamp();
                Look(now);
                return IsDead(now) is not null;
            }
        }
    }

    /// <summary>Octets arrived.</summary>
    public void OnReceived()
    {
        HasReceived = true;
        if (!IsWatching) return;
        using (_gate.Hold())
        {
            _lastSign = _time.GetTimestamp();
            _outstanding = 0;
            _received = unchecked(_received + 1);
            _ttl = TimeSpan.Zero;
        }
    }

    /// <summary>A PING arrived: answer it with its context, and note its ttl.</summary>
    public void OnPing(ReadOnlySpan<byte> body)
    {
        PingCommand.Read(body, out var ttl, out var context);
        _isAsked = true;
        if (ttl != 0)
        {
            // Before the answer leaves: the peer may count from then on.
            using (_gate.Hold())
            {
                _ttl = TimeSpan.FromMilliseconds((double)ttl * HeartbeatOptions.TtlUnitMilliseconds);
                _ttlFrom = _time.GetTimestamp();
            }

            Reschedule?.Invoke();
        }

        _pong ??= new ArrayBufferWriter<byte>(PongCommand.GetLength(PingCommand.MaxContextLength));
        _pong.ResetWrittenCount();
        PongCommand.Write(context, _pong);
        Output?.SendCommand(_pong.WrittenSpan);
    }

    /// <summary>Does what is due.</summary>
    /// <param name="next">When to tick again; null when nothing is to come.</param>
    /// <returns>The error to close with when the peer counts as dead, else null.</returns>
    public ZmtpProtocolException? Tick(out TimeSpan? next)
    {
        var ping = false;
        uint received;
        using (_gate.Hold())
        {
            next = null;
            received = _received;
            var now = _time.GetTimestamp();
            Look(now);
            if (IsDead(now) is { } silence)
            {
                return Silent(silence);
            }

            if (_mayPing && _time.GetElapsedTime(_lastPing, now) >= _options.Interval)
            {
                // While we do not read, the answers are there and not known, and the peer may hear nothing of us but PINGs.
                ping = (_isPaused ? 0 : _outstanding) + _heldBack < MaxOutstanding;
                if (ping && !IsAnswerDue) _askedAt = now;

                // Until it is sent it is one that could not be.
                if (ping) _isDropped = true;
                _lastPing = now;
            }

            next = UntilNext(now);
        }

        if (ping) SendPing(received);
        return null;
    }

    // Once: the clock that sends it may find no memory.
    private static ReadOnlyMemory<byte> EncodePing(HeartbeatOptions options)
    {
        var body = new ArrayBufferWriter<byte>(PingCommand.GetLength(0));
        PingCommand.Write(options.TtlField, default, body);
        return body.WrittenMemory;
    }

    private bool IsAnswerDue => (_outstanding > 0 || _heldBack > 0 || _isDropped) && _options.Timeout > TimeSpan.Zero;

    private static ZmtpProtocolException Silent(TimeSpan silence) => new(
        ProtocolError.HeartbeatTimeout,
        FaultOrigin.Network,
        $"The peer gave no sign of life for {silence.TotalSeconds:0.###} s. Check that it still runs, and the network between; where these are " +
        "only slow, give them more time: HeartbeatTimeout here, HeartbeatTtl at the peer.");

    /// <summary>Looks how far what was sent has come. Under the gate.</summary>
    private void Look(long now)
    {
        if (Output is null) return;

        // In this order: what is handed over is found to have been waited for.
        var handed = Output.Handed;
        var progress = Output.Progress;
        if (progress != _lastProgress)
        {
            _lastProgress = progress;
            _lastSign = now;
        }

        if (_heldBack == 0 || handed < _heldBackEnd) return;
        _outstanding += _heldBack;
        _heldBack = 0;
    }

    private TimeSpan? IsDead(long now)
    {
        if (_isPaused) return null;
        if (_ttl > TimeSpan.Zero && _time.GetElapsedTime(_ttlFrom, now) >= _ttl) return _ttl;
        return IsAnswerDue && UntilDeath(now) <= TimeSpan.Zero ? _time.GetElapsedTime(_lastSign, now) : null;
    }

    /// <summary>What is left of the time that the peer has to give a sign of life, when it is asked for one.</summary>
    private TimeSpan UntilDeath(long now) => Max(
        _options.Interval + _options.Timeout - _time.GetElapsedTime(_lastSign, now), _options.Timeout - _time.GetElapsedTime(_askedAt, now));

    private TimeSpan? UntilNext(long now)
    {
        TimeSpan? next = null;
        if (_ttl > TimeSpan.Zero && !_isPaused) next = _ttl - _time.GetElapsedTime(_ttlFrom, now);
        if (_mayPing)
        {
            next = Min(next, _options.Interval - _time.GetElapsedTime(_lastPing, now));
            if (IsAnswerDue && !_isPaused) next = Min(next, UntilDeath(now));
        }

        return next is null ? null : Max(next.Value, TimeSpan.FromMilliseconds(1));
    }

    private void SendPing(uint received)
    {
        // Not under the gate: it may write to the socket.
        if (Output?.SendCommand(_ping.Span) is not { } end) return;
        using (_gate.Hold())
        {
            _isDropped = false;
            _heldBack++;
            _heldBackEnd = end;
            Look(_time.GetTimestamp());

            // Its answer may have been quicker than we are.
            if (_heldBack == 0 && _received != received) _outstanding = 0;
        }
    }

    private static TimeSpan Min(TimeSpan? one, TimeSpan other) => one is { } value && value < other ? value : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
