using Zmtp.Engine;

namespace Zmtp.Sockets.Pipes;

/// <summary>
/// The pipes in which messages gather. Who sends and receives in turn comes to a point where nothing is left to receive: what it sent until
/// then leaves there, in one system call, on its own thread. Either a background loop has been called for them and comes if nobody flushes, or
/// their sender has promised to flush (it did so again and again) and is reminded of it: a loop that is called for every burst, only to
/// find nothing left to do, keeps a core busy.
/// </summary>
/// <remarks>Safe on any thread.</remarks>
internal sealed class Gathering : IReminded
{
    /// <summary>
    /// At the second tick the loop is called after all: a broken promise costs twice as long at most. A tick takes some 80 µs of CPU, most of it of a
    /// thread of the pool that goes on looking for work.
    /// </summary>
    private static readonly Reminder Reminder = new(TimeSpan.FromMilliseconds(2));

    private readonly SpinGate _gate = new();

    // In the order in which they came.
    private readonly List<Pipe> _pipes = [];
    private volatile int _count;

    // So many were there at the last tick, and still are.
    private int _seen;
    private bool _isFresh;
    private bool _isWatched;

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
                _isFresh = _isWatched = true;
            }

            if (!pipe.IsGathering)
            {
                pipe.IsGathering = true;
                _pipes.Add(pipe);
                _count = _pipes.Count;
            }
        }

        if (isToBeWatched) Reminder.Watch(this);
    }

    /// <summary>The pipe is gone for good.</summary>
    public void Remove(Pipe pipe)
    {
        using (_gate.Hold())
        {
            if (!pipe.IsGathering) return;
            pipe.IsGathering = false;
            var index = _pipes.IndexOf(pipe);
            _pipes.RemoveAt(index);
            _count = _pipes.Count;
            if (index < _seen) _seen--;
        }
    }

    /// <summary>Sends what has gathered, if nobody has come for it yet. On the thread of the one who sent it.</summary>
    public void Flush()
    {
        while (_count > 0)
        {
            Pipe pipe;
            using (_gate.Hold())
            {
                if (_pipes.Count == 0) return;
                pipe = _pipes[^1];
                _pipes.RemoveAt(_pipes.Count - 1);
                pipe.IsGathering = false;
                _count = _pipes.Count;
                _seen = Math.Min(_seen, _count);
            }

            pipe.Flush();
        }
    }

    public bool Remind()
    {
        Pipe[] forgotten;
        bool isToComeAgain;
        using (_gate.Hold())
        {
            forgotten = [.. _pipes.Take(_seen)];
            foreach (var pipe in forgotten) pipe.IsGathering = false;
            _pipes.RemoveRange(0, _seen);
            _count = _seen = _pipes.Count;
            isToComeAgain = _isWatched = _isFresh || _count > 0;
            _isFresh = false;
        }

        foreach (var pipe in forgotten) pipe.Remind();
        return isToComeAgain;
    }
}
