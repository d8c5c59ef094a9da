namespace Zmtp.Mechanisms;

/// <summary>
/// The permanent key pair of a CURVE server that can be replaced while the server runs. New connections use the current pair,
/// connections that are up go on with the keys of their own, and for an overlap of your choice the pair before still opens the door
/// to clients that were not told yet. Safe on any thread.
/// </summary>
/// <remarks>
/// <para>
/// Give it to <see cref="CurveSecurity.Server(CurveServerKeys)"/>, for any number of sockets; none has to be bound anew. Clients hold one
/// server key: give them the new one while the overlap lasts. A handshake that has begun goes on with the key its client knows, cookie and
/// vouch included, even when the overlap ends in the middle of it.
/// </para>
/// <para>
/// A client that knows none of the keys is closed as ever, and learns no more than that; each retiring key makes that answer one key
/// agreement later.
/// </para>
/// <para>
/// Pairs are copied in and zeroed here, each as soon as its time is over and no handshake is computing with it. Dispose after the last
/// socket that uses the keys.
/// </para>
/// </remarks>
public sealed class CurveServerKeys : IDisposable
{
    /// <summary>How many pairs may be retiring at once: each costs every stranger's HELLO one more key agreement.</summary>
    public const int MaxRetiring = 3;

    // Timers cannot be set for longer than about 49 days; overlaps may be longer.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private ServerKey _current;

    // What All gives while nothing is retiring: every handshake asks.
    private ServerKey[] _alone;
    private RetiringKey[] _retiring = [];
    private bool _isDisposed;

    /// <summary>Creates the keys of a server with one pair.</summary>
    /// <param name="keys">The server's permanent key pair; copied, and still the caller's to dispose of.</param>
    /// <param name="time">The clock of the overlaps; null for the system's.</param>
    /// <exception cref="ObjectDisposedException">The pair has been disposed of.</exception>
    public CurveServerKeys(CurveKeyPair keys, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _time = time ?? TimeProvider.System;
        _current = new ServerKey(keys.Clone(), isOwned: true);
        _alone = [_current];
        _timer = _time.CreateTimer(
            static me => ((CurveServerKeys)me!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private CurveServerKeys(ServerKey current)
    {
        _time = TimeProvider.System;
        _current = current;
        _alone = [current];
    }

    /// <summary>The public key that clients are to know.</summary>
    public CurvePublicKey PublicKey
    {
        get
        {
            lock (_gate) return _current.Pair.PublicKey;
        }
    }

    /// <summary>The public keys of those pairs that still open the door, the last one replaced first.</summary>
    public IReadOnlyList<CurvePublicKey> RetiringKeys
    {
        get
        {
            lock (_gate) return [.. Valid().Select(static retiring => retiring.Key.Pair.PublicKey)];
        }
    }

    /// <summary>Makes another pair the current one. Connections that are up are not affected.</summary>
    /// <param name="next">The new pair; copied, and still the caller's to dispose of. One that is retiring may come back.</param>
    /// <param name="overlap">
    /// For how long the pair so far still opens the door; zero: not at all, as when it has been stolen;
    /// <see cref="Timeout.InfiniteTimeSpan"/>: until <see cref="Retire"/>.
    /// </param>
    /// <exception cref="ArgumentException">The pair is the current one already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The overlap is negative.</exception>
    /// <exception cref="InvalidOperationException">
    /// <see cref="MaxRetiring"/> pairs are retiring already. Nothing has changed; retire one first.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The pair, or this, has been disposed of.</exception>
    public void Rotate(CurveKeyPair next, TimeSpan overlap)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (overlap != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(overlap, TimeSpan.Zero, nameof(overlap));
        List<ServerKey> over = [];
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (next.PublicKey == _current.Pair.PublicKey) throw new ArgumentException("This is the current key pair already.", nameof(next));
            var staying = Valid().Where(retiring => retiring.Key.Pair.PublicKey != next.PublicKey).ToList();
            if (overlap != TimeSpan.Zero && staying.Count >= MaxRetiring)
            {
                throw new InvalidOperationException(
                    $"{MaxRetiring} key pairs of this server are retiring already. Wait until the time of one is over, or retire it.");
            }

            var current = new ServerKey(next.Clone(), isOwned: true);
            if (overlap == TimeSpan.Zero) over.Add(_current);
            else staying.Insert(0, new RetiringKey(_current, _time.GetTimestamp(), overlap));
            Keep([.. staying], over);
            _current = current;
            _alone = [current];
        }

        foreach (var key in over) key.Release();
    }

    /// <summary>Ends the overlap of a pair early. What replaces the current one is <see cref="Rotate"/>.</summary>
    /// <param name="key">Its public key, one of <see cref="RetiringKeys"/>.</param>
    /// <returns>False when no such pair is retiring.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is the current pair, without which nobody could come in. Nothing has changed; when it has been stolen, rotate to another one with
    /// an overlap of zero.
    /// </exception>
    public bool Retire(CurvePublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        List<ServerKey> over = [];
        bool isThere;
        lock (_gate)
        {
            ThrowIfCurrent(key);
            isThere = Valid().Any(retiring => retiring.Key.Pair.PublicKey == key);
            Keep([.. Valid().Where(retiring => retiring.Key.Pair.PublicKey != key)], over);
        }

        foreach (var one in over) one.Release();
        return isThere;
    }

    /// <summary>The current public key; never a secret one.</summary>
    public override string ToString() => $"{PublicKey} (with its secret key)";

    /// <summary>Zeroes all keys. Handshakes that need them afterwards fail; connections that are up go on.</summary>
    public void Dispose()
    {
        List<ServerKey> over = [];
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            Keep([], over);
            over.Add(_current);
        }

        foreach (var key in over) key.Release();
        _timer?.Dispose();
    }

    /// <summary>The keys of a server with a fixed pair, which stays the caller's: referred to, not copied, never zeroed here.</summary>
    internal static CurveServerKeys Fixed(CurveKeyPair keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new CurveServerKeys(new ServerKey(keys, isOwned: false));
    }

    /// <summary>All pairs that count now, the current one first; none once these keys have been disposed of.</summary>
    internal ServerKey[] All()
    {
        lock (_gate)
        {
            // One may not be zeroed yet, because a handshake computes with it: that is no other's to begin with.
            if (_isDisposed) return [];
            return _retiring.Length == 0 ? _alone : [_current, .. Valid().Select(static retiring => retiring.Key)];
        }
    }

    /// <summary>Whether these keys, or a fixed pair that is the caller's, have been disposed of.</summary>
    internal bool IsDisposed
    {
        get
        {
            lock (_gate) return _isDisposed || _current.Pair.IsDisposed;
        }
    }

    /// <summary>To say no more than that it does not retire would leave a stolen key in force. Under the gate.</summary>
    private void ThrowIfCurrent(CurvePublicKey key)
    {
        if (_isDisposed || key != _current.Pair.PublicKey) return;
        throw new InvalidOperationException(
            "This is the server's current key pair, which cannot be retired while no other has taken its place. Call Rotate with a new pair, and " +
            "with an overlap of zero if this one is to open the door no more.");
    }

    private IEnumerable<RetiringKey> Valid() =>
        _retiring.Where(retiring => retiring.TimeLeft(_time) is not { } left || left > TimeSpan.Zero);

    /// <summary>Keeps these and lets go of the others, outside the gate. Under the gate.</summary>
    private void Keep(RetiringKey[] staying, List<ServerKey> over)
    {
        over.AddRange(_retiring.Except(staying).Select(static retiring => retiring.Key));
        _retiring = staying;
        var next = _retiring.Min(retiring => retiring.TimeLeft(_time));
        if (next is { } due) _timer?.Change(TimeSpan.FromTicks(Math.Clamp(due.Ticks, 0, LongestSleep.Ticks)), Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        List<ServerKey> over = [];
        lock (_gate)
        {
            if (_isDisposed) return;
            Keep([.. Valid()], over);
        }

        foreach (var key in over) key.Release();
    }
}
