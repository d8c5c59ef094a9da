using System.Buffers;
using System.IO.Pipelines;
using Zmtp.Threading;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Engine;

/// <summary>
/// Moves octets from the transport to the owner. Its own loop waits for them; while it waits, a thread that wants a message may look for
/// octets itself, as a guest, and saves the three wakes between the system's event and its own.
/// </summary>
/// <remarks>
/// One at a time moves octets: <see cref="_phase"/> says which. A guest never waits and stays for a bounded number of octets.
/// </remarks>
internal sealed class ReadPump
{
    /// <summary>A guest has something else to do than to read for others.</summary>
    private const long MaxGuestOctets = PollerTurn.Octets;

    // The loop is at work, or waits for room.
    private const int Loop = 0;

    // The loop waits for octets: a guest may come in.
    private const int Armed = 1;

    // A guest is at work.
    private const int Guest = 2;

    // A guest is at work, and the loop waits for it to leave.
    private const int Wanted = 3;

    private readonly PipeReader _input;
    private readonly IDirectReader _direct;
    private readonly TrafficReader _reader;
    private readonly IConnectionOwner _owner;
    private readonly HeartbeatMonitor _heartbeat;
    private readonly ReadingTurn _turn;
    private readonly Action<Exception> _fail;
    private readonly AsyncSignal _guestLeft = new();
    private int _phase;
    private volatile bool _isPaused;

    /// <param name="input">Octets from the transport; an <see cref="IDirectReader"/>.</param>
    /// <param name="reader">What they become.</param>
    /// <param name="owner">Gets the messages.</param>
    /// <param name="heartbeat">Is told of signs of life.</param>
    /// <param name="turn">Says whether the owner is still there.</param>
    /// <param name="fail">Ends the connection, when a guest finds a reason.</param>
    public ReadPump(
        PipeReader input, TrafficReader reader, IConnectionOwner owner, HeartbeatMonitor heartbeat, ReadingTurn turn, Action<Exception> fail)
    {
        _input = input;
        _direct = (IDirectReader)input;
        _reader = reader;
        _owner = owner;
        _heartbeat = heartbeat;
        _turn = turn;
        _fail = fail;
    }

    /// <summary>Why no more octets were moved.</summary>
    private enum Halt
    {
        /// <summary>None are there.</summary>
        Drained,

        /// <summary>The owner has no room.</summary>
        NoRoom,

        /// <summary>As many as this visitor moves at once.</summary>
        Budget,

        /// <summary>There will be no more, or nobody is there to take them.</summary>
        Ended,
    }

    /// <summary>Whether a guest has left for want of room, so that a thread must come back when there is some; a hint.</summary>
    public bool IsLeftHalfWay => Volatile.Read(ref _phase) != Loop && _isPaused;

    /// <summary>Whether the loop or a guest is at work, or about to be; a wait for room is told to the heartbeat instead. A hint.</summary>
    public bool IsMoving => Volatile.Read(ref _phase) != Armed;

    /// <summary>What the loop may move at once on a thread that is its own: a thread of the poller is there for all.</summary>
    private static long FullBudget => PollerThread.IsCurrent ? MaxGuestOctets : long.MaxValue;

    /// <summary>
    /// The loop: ends with the peer's output, when the owner leaves, or with an error. Its waits are all here: each in a method of its own
    /// would cost an object for each connection that is at rest.
    /// </summary>
    public async Task RunAsync()
    {
        var budget = FullBudget;

        // The handshake took all there was with its last read: to ask again would be in vain.
        // Where the owner has no room to begin with, not even for a first message, the peer waits from the start.
        var halt = !_owner.HasRoom ? Halt.NoRoom
            : _direct.HasUnread || _direct.MoreIsLikely ? Move(ref budget, out _)
            : Halt.Drained;
        while (true)
        {
            switch (halt)
            {
                case Halt.Drained:
                    // Lets guests in until octets are there.
                    Volatile.Write(ref _phase, Armed);
                    try
                    {
                        var readable = WaitToReadAsync();

                        // At once means on the same thread, which may be a receiver's.
                        var isLater = !readable.IsCompleted;
                        await readable.ConfigureAwait(false);
                        if (isLater) budget = FullBudget;
                    }
                    finally
                    {
                        while (!TryComeBack())
                        {
                            await _guestLeft.WaitAsync().ConfigureAwait(false);
                            budget = FullBudget;
                        }
                    }

                    if (_turn.HasLeft) return;
                    break;
                case Halt.NoRoom:
                    Pause();
                    var room = _owner.WaitForRoomAsync();
                    var isRoomLater = !room.IsCompleted;
                    await room.ConfigureAwait(false);
                    if (_turn.HasLeft) return;

                    // There is room, or the connection is ending, which the next read tells.
                    Unpause();

                    // Most likely on the thread that made the room. Where others make it as fast as it is used up, that thread is still there.
                    if (isRoomLater) budget = MaxGuestOctets;
                    if (budget > 0) break;
                    halt = Halt.Budget;
                    continue;
                case Halt.Budget when PollerThread.MayStay:
                    // A peer that sends faster than it is read. While others are looked after, it may have this thread.
                    budget = MaxGuestOctets;
                    break;
                case Halt.Budget:
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                    budget = long.MaxValue;
                    break;
                default:
                    return;
            }

            halt = Move(ref budget, out _);
        }
    }

    /// <summary>Moves what is there, if the loop is waiting. Never waits and never throws.</summary>
    /// <returns>Whether anything was moved.</returns>
    public bool TryMove()
    {
        var any = false;
        if (!TryEnter()) return false;
        var budget = MaxGuestOctets;
        do
        {
            var halt = MoveAsGuest(ref budget, ref any);

            // Only now: a receiver that makes room finds the request, or the room is there already and we take the request back.
            if (halt != Halt.NoRoom || !_owner.HasRoomElseAsk()) return any;
        }
        while (budget > 0 && TryEnter());

        // The loop may have come in between and wait for the room that we have just heard of.
        _owner.PassRoomOn();
        return any;
    }

    /// <summary>Lets a guest that is going to sleep watch for octets in the loop's place.</summary>
    public bool TryHold(Lookout lookout) => _direct.TryHold(lookout);

    /// <summary>Hands one read to a reader and gives back what it did not use.</summary>
    public static bool Take(TrafficReader reader, PipeReader input, ReadOnlySequence<byte> buffer)
    {
        int used;
        bool hasRoom;
        if (buffer.IsSingleSegment)
        {
            used = reader.Read(buffer.FirstSpan, out hasRoom);
        }
        else
        {
            // Only pipes of other makes hand out several segments; ours keeps what is unread together.
            var length = (int)buffer.Length;
            var joined = BlockPool.Rent(length);
            try
            {
                buffer.CopyTo(joined);
                used = reader.Read(joined.AsSpan(0, length), out hasRoom);
            }
            finally
            {
                BlockPool.Return(joined);
            }
        }

        Advance(input, buffer, used, hasRoom);
        return hasRoom;
    }

    private ValueTask WaitToReadAsync()
    {
        var readable = _direct.WaitToReadAsync();

        // The owner may have left before this wait began, too early for its cancel to reach it: then the wait is cancelled here.
        if (_turn.HasLeft) _input.CancelPendingRead();
        return readable;
    }

    private bool TryEnter() => Interlocked.CompareExchange(ref _phase, Guest, Armed) == Armed;

    private Halt MoveAsGuest(ref long budget, ref bool any)
    {
        try
        {
            var halt = Move(ref budget, out var some);
            any |= some;
            if (halt == Halt.NoRoom) Pause();
            return halt;
        }
        catch (Exception e)
        {
            // Want of memory too, as in the loop: a guest may be a thread of the pool, where nobody would catch it.
            _fail(e);
            return Halt.Ended;
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _phase, Armed, Guest) != Guest)
            {
                Volatile.Write(ref _phase, Loop);
                _guestLeft.Set();
            }
        }
    }

    private bool TryComeBack()
    {
        while (true)
        {
            switch (Volatile.Read(ref _phase))
            {
                case Loop:
                    return true;
                case Wanted:
                    return false;
                case Armed when Interlocked.CompareExchange(ref _phase, Loop, Armed) == Armed:
                    return true;
                case Guest when Interlocked.CompareExchange(ref _phase, Wanted, Guest) == Guest:
                    return false;
            }
        }
    }

    private Halt Move(ref long budget, out bool any)
    {
        any = false;
        if (_isPaused)
        {
            // Octets that arrive, and guests, are no reason to take more than there is room for.
            if (!_owner.HasRoom) return Halt.NoRoom;
            Unpause();
        }

        while (true)
        {
            if (!TryMoveOnce(ref budget, out var hasRoom, out var halt)) return halt;
            any = true;
            _reader.EndRead();
            if (!_turn.TryEnd()) return Halt.Ended;
            if (!hasRoom) return Halt.NoRoom;

            // What has been received is taken to its end: the system tells of nothing but what it still has itself.
            if (_direct.HasUnread) continue;
            if (!_direct.MoreIsLikely) return Halt.Drained;
            if (budget <= 0) return Halt.Budget;
        }
    }

    private bool TryMoveOnce(ref long budget, out bool hasRoom, out Halt halt)
    {
        hasRoom = true;
        halt = Halt.Drained;
        if (!_direct.HasUnread && _reader.LargeFrameRest is { Length: > 0 } rest)
        {
            if (!_direct.TryReadInto(rest, out var octets)) return false;
            halt = Halt.Ended;
            if (octets == 0 || !_turn.TryBegin()) return false;
            _heartbeat.OnReceived();
            budget -= octets;
            hasRoom = _reader.AdvanceLargeFrame(octets);
            return true;
        }

        if (!_input.TryRead(out var result)) return false;
        halt = Halt.Ended;
        if (!_turn.TryBegin())
        {
            _input.AdvanceTo(result.Buffer.End);
            return false;
        }

        if (!result.Buffer.IsEmpty) _heartbeat.OnReceived();
        budget -= result.Buffer.Length;
        hasRoom = _direct.TryLend(out var lent) ? TakeLent(lent, result.Buffer) : Take(_reader, _input, result.Buffer);
        return !(result.IsCompleted && hasRoom);
    }

    /// <summary>
    /// As <see cref="Take"/>; but messages may stay where they were received, and the transport goes on in other memory. That is what has to be copied:
    /// what is left, or where that would be more, the messages.
    /// </summary>
    private bool TakeLent(ArraySegment<byte> lent, ReadOnlySequence<byte> buffer)
    {
        try
        {
            var used = _reader.ReadLent(lent, out var hasRoom);
            var rest = lent.Count - used;
            if (_reader.EndLoan(mayKeep: used >= rest)) _direct.AdvanceAndKeep(used, hasExaminedAll: hasRoom || rest == 0);
            else Advance(_input, buffer, used, hasRoom);
            return hasRoom;
        }
        catch
        {
            // The messages before the fault lie there. Nobody reads on.
            if (_reader.EndLoan(mayKeep: true)) _direct.AdvanceAndKeep(lent.Count, hasExaminedAll: true);
            throw;
        }
    }

    // Where there is no room, what is left has been received, and is not waited for.
    private static void Advance(PipeReader input, ReadOnlySequence<byte> buffer, int used, bool hasRoom)
    {
        var position = buffer.GetPosition(used);
        input.AdvanceTo(position, hasRoom ? buffer.End : position);
    }

    private void Unpause()
    {
        _isPaused = false;
        _heartbeat.IsPaused = false;
    }

    private void Pause()
    {
        _isPaused = true;
        _heartbeat.IsPaused = true;
    }
}
