using System.Runtime.ExceptionServices;
using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// Round-robin over the pipes that have room (RFC 28, RFC 30). A pipe that has refused a message is passed over until it has room again.
/// Senders take no lock but the pipe's own: several at once may start at the same pipe, but each of them goes round.
/// </summary>
internal sealed class LoadBalancer
{
    private const int MinimumSeats = 4;

    /// <summary>Up to here seats left empty cost a sender nothing: one word tells of all of them.</summary>
    private const int FewSeats = 64;

    // Senders enter it only where a pipe refuses.
    private readonly Lock _gate = new();
    private Seats _seats = new(MinimumSeats);
    private int _taken;
    private int _next;
    private volatile Pipe? _only;

    /// <summary>The pipe, if it is the only one.</summary>
    public Pipe? Only => _only;

    /// <summary>How many pipes there are, at least one; a hint.</summary>
    public int Spread => Math.Max(1, Volatile.Read(ref _taken));

    /// <summary>Whether there is a pipe that has refused nothing since it had room.</summary>
    public bool MayHaveRoom
    {
        get
        {
            var seats = Volatile.Read(ref _seats);
            return seats.Find(0, seats.Count) >= 0;
        }
    }

    public void Add(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (pipe.Seat >= 0) return;
            if (_seats.IsFull) Reseat();
            pipe.Balancer = this;
            pipe.Seat = _seats.Add(pipe);
            _taken++;
            _only = _taken == 1 ? pipe : null;
        }
    }

    /// <summary>Takes a pipe out. More than once does nothing.</summary>
    public void Remove(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (pipe.Seat < 0) return;
            _seats.Remove(pipe.Seat);
            pipe.Seat = -1;
            _taken--;
            _only = _taken == 1 ? _seats.First() : null;
            if (_seats.Count > FewSeats && _seats.Count > 4 * _taken) Reseat();
        }
    }

    /// <summary>The pipe has refused a message: it is not asked again before it is readmitted.</summary>
    public void PassOver(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (pipe.Seat >= 0) _seats.SetAsked(pipe.Seat, false);
        }

        // A thread that made room meanwhile has either seen this, or is seen by the sender that looks now.
        Interlocked.MemoryBarrier();
    }

    /// <summary>The pipe has room again, or may have. The caller then wakes the senders that wait for it.</summary>
    public void Readmit(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (pipe.Seat >= 0) _seats.SetAsked(pipe.Seat, true);
        }

        // A sender that finds no pipe gets in line and looks once more; a thread that makes room looks at the line afterwards: one sees the
        // other.
        Interlocked.MemoryBarrier();
    }

    /// <summary>
    /// Sends to the next pipe that has room. Where one connection cannot encode what it gets, which is its end, another gets it. If none takes it at once,
    /// or a second one cannot either, the sender is told: it may be the message's own fault, for which there is no memory, and must not end one connection
    /// after the other.
    /// </summary>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        Exception? failure = null;
        var round = new Round(Volatile.Read(ref _seats), _next);
        while (round.Next() is { } pipe)
        {
            try
            {
                if (!pipe.TrySend(frame)) continue;
            }
            catch (Exception e) when (failure is null && pipe.IsEndOfConnection(e))
            {
                failure = e;
                continue;
            }

            _next = round.Following;
            return true;
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return false;
    }

    /// <summary>As <see cref="TrySend(ReadOnlySpan{byte})"/>. The message is taken over when this is true.</summary>
    /// <param name="message">The message.</param>
    /// <param name="before">Called with the pipe before it gets the message, since an answer may come at once; null for nothing.</param>
    public bool TrySend(MessageBuffer message, Action<Pipe>? before = null)
    {
        Exception? failure = null;
        var round = new Round(Volatile.Read(ref _seats), _next);
        while (round.Next() is { } pipe)
        {
            before?.Invoke(pipe);
            try
            {
                if (!pipe.TrySend(message)) continue;
            }
            catch (Exception e) when (failure is null && pipe.IsEndOfConnection(e))
            {
                failure = e;
                continue;
            }

            _next = round.Following;
            return true;
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return false;
    }

    /// <summary>
    /// Moves to twice as many seats as are taken, in the order that there was. Each move is paid for by the pipes that came or left since
    /// the last.
    /// </summary>
    private void Reseat()
    {
        var from = _seats;
        var to = new Seats(Math.Max(MinimumSeats, 2 * _taken));
        var next = 0;
        for (var seat = 0; seat < from.Count; seat++)
        {
            if (seat == _next) next = to.Count;
            if (from[seat] is not { } pipe) continue;
            pipe.Seat = to.Add(pipe);
            to.SetAsked(pipe.Seat, from.IsAsked(seat));
        }

        Volatile.Write(ref _seats, to);
        _next = next;
    }

    /// <summary>One time round, from the next seat to the one before it.</summary>
    private struct Round
    {
        private readonly Seats _seats;
        private readonly int _count;
        private readonly int _first;
        private int _at;
        private int _end;

        public Round(Seats seats, int next)
        {
            _seats = seats;
            _count = _end = seats.Count;
            _first = _at = (uint)next < (uint)_count ? next : 0;
        }

        /// <summary>The seat behind that of the last pipe.</summary>
        public readonly int Following => _at == _count ? 0 : _at;

        /// <summary>The next pipe to be asked; null: it is over.</summary>
        public Pipe? Next()
        {
            while (true)
            {
                var seat = _seats.Find(_at, _end);
                if (seat >= 0)
                {
                    _at = seat + 1;
                    if (_seats[seat] is { } pipe) return pipe;
                }
                else if (_end > _first)
                {
                    // From the beginning, up to where we began.
                    _at = 0;
                    _end = _first;
                }
                else
                {
                    return null;
                }
            }
        }
    }
}
