using Zmtp.Threading;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The pipes in which messages gather. A thread that sends and receives in turn comes to a point where nothing is left to receive: what it
/// sent until then leaves there, in one system call, on that thread. Either a background loop has been called for them and comes if nobody
/// flushes, or their sender has promised to flush (it did so before) and is reminded of it: a loop that is called for every burst, only to
/// find nothing left to do, keeps a core busy.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class Gathering : IReminded
{
    /// <summary>
    /// At the second tick the loop is called after all: a broken promise costs twice as long at most. A tick takes some 80 µs of CPU, most of it of a
    /// thread of the pool that goes on looking for work.
    /// </summary>
    private static readonly Reminder OneForAll = new(TimeSpan.FromMilliseconds(2));

    private readonly Reminder _reminder;
    private readonly SpinGate _gate = new();

    // The pipes in the order in which they came, or were last promised.
    private readonly List<Pipe> _pipes = [];
    private volatile int _count;

    // How many of them were there at the last tick, and still are.
    private int _seen;
    private bool _isWatched;

    // The pipes of one tick. The reminder comes on one thread at a time.
    private readonly List<Pipe> _forgotten = [];

    /// <param name="reminder">Comes for what its sender has forgotten; null for the one of all sockets.</param>
    public Gathering(Reminder? reminder = null) => _reminder = reminder ?? OneForAll;

    /// <summary>Messages gather in the pipe.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="isPromised">Whether they wait for <see cref="Flush"/>; else the loop has been called.</param>
    public void Add(Pipe pipe, bool isPromised)
    {
        var isToBeWatched = false;
        using (_gate.Hold())
        {
            if (isPromised)
            {
                isToBeWatched = !_isWatched;
                _isWatched = true;

                // What is promised now is not old, even if something else was.
                if (pipe.IsGathering) TakeOut(pipe);
            }
            else if (pipe.IsGathering)
            {
                return;
            }

            pipe.IsGathering = true;
            pipe.IsPromised = isPromised;
            _pipes.Add(pipe);
            _count = _pipes.Count;
        }

        if (isToBeWatched) _reminder.Watch(this);
    }

    /// <summary>The pipe is gone for good.</summary>
    public void Remove(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (pipe.IsGathering) TakeOut(pipe);
        }
    }

    /// <summary>Sends what has gathered, if nobody has come for it yet. On the sender's thread.</summary>
    /// <returns>Whether anything had.</returns>
    public bool Flush()
    {
        var any = false;
        while (_count > 0)
        {
            Pipe pipe;
            using (_gate.Hold())
            {
                if (_pipes.Count == 0) break;
                pipe = _pipes[^1];
                TakeOut(pipe);
            }

            pipe.Flush();
            any = true;
        }

        return any;
    }

    public bool Remind()
    {
        bool isToComeAgain;
        using (_gate.Hold())
        {
            for (var i = 0; i < _seen; i++)
            {
                _pipes[i].IsGathering = false;
                _forgotten.Add(_pipes[i]);
            }

            _pipes.RemoveRange(0, _seen);
            _count = _seen = _pipes.Count;
            isToComeAgain = _isWatched = _pipes.Exists(static pipe => pipe.IsPromised);
        }

        foreach (var pipe in _forgotten) pipe.SendForgotten();
        _forgotten.Clear();
        return isToComeAgain;
    }

    private void TakeOut(Pipe pipe)
    {
        var index = _pipes.LastIndexOf(pipe);
        _pipes.RemoveAt(index);
        _count = _pipes.Count;
        if (index < _seen) _seen--;
        pipe.IsGathering = false;
    }
}
