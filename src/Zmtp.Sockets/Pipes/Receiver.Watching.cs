namespace Zmtp.Sockets.Pipes;

// Calls that wait for a message to be there and take none.
internal sealed partial class Receiver
{
    // Null until a call waits so. Under the gate; whether it is null or empty is also looked at without the gate.
    private WaitQueue<bool>? _watchers;

    // One waiter for all calls after the first that wait so without a token: a loop may ask anew in each round. Guarded as _watchers.
    private SharedWait? _shared;

    /// <summary>Waits until a message is there that nobody has taken.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="round">See <see cref="Round"/>.</param>
    /// <returns>True: there is one, at this moment. False: the socket was closed, before or meanwhile.</returns>
    public ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken, int round = AnyRound)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<bool>(cancellationToken);
        if (TryFind(round, out var hasCome)) return new ValueTask<bool>(hasCome);
        _gathering?.Flush();
        if (TryFindOrWatch(round, !cancellationToken.CanBeCanceled, out hasCome, out var watcher, out var shared)) return new ValueTask<bool>(hasCome);
        return shared is not null ? new ValueTask<bool>(shared.Task) : watcher!.WaitAsync(cancellationToken);
    }

    private bool HasWatchers => _watchers is { Count: > 0 } || _shared is not null;

    /// <summary>
    /// Tells the calls that wait so of messages that no call in line has taken. Each of them goes and looks, first come first served.
    /// </summary>
    private void WakeWatchers()
    {
        // No more than wait now, and after them those that share: a call that finds nothing is back at once.
        for (var left = _watchers!.Count; left >= 0;)
        {
            Waiter<bool>? watcher = null;
            SharedWait? shared = null;
            InboundQueue? resume;
            using (_gate.Hold())
            {
                if (TryFind(out resume))
                {
                    watcher = left > 0 ? _watchers.Dequeue() : null;
                    shared = watcher is null ? TakeShared() : null;
                }
            }

            // Not here: this is a reader's thread.
            resume?.ResumeElsewhere();
            shared?.SetResult(true);
            if (watcher is null && resume is null) return;
            if (watcher is null) continue;
            watcher.Complete(true);
            left--;
        }
    }

    // Under the gate.
    private SharedWait? TakeShared()
    {
        var shared = _shared;
        _shared = null;
        return shared;
    }

    /// <summary>False: there is nothing to tell yet.</summary>
    private bool TryFind(int round, out bool hasCome)
    {
        while (true)
        {
            InboundQueue? resume;
            using (_gate.Hold())
            {
                if (IsOver(round, out hasCome)) return true;
                hasCome = TryFind(out resume);
            }

            resume?.Resume();
            if (hasCome || resume is null) return hasCome;
        }
    }

    /// <summary>
    /// As <see cref="TryFind(int, out bool)"/>; if there is nothing to tell, this is the place among the calls that wait.
    /// </summary>
    private bool TryFindOrWatch(int round, bool mayShare, out bool hasCome, out Waiter<bool>? watcher, out SharedWait? shared)
    {
        while (true)
        {
            InboundQueue? resume;
            using (_gate.Hold())
            {
                watcher = null;
                shared = null;
                if (IsOver(round, out hasCome)) return true;
                hasCome = TryFind(out resume);
                if (!hasCome && resume is null)
                {
                    // Not the first: nothing is allocated for the only call that waits.
                    if (mayShare && HasWatchers) shared = _shared ??= new SharedWait();
                    else watcher = (_watchers ??= new WaitQueue<bool>(_gate)).Enqueue();
                }
            }

            resume?.Resume();
            if (hasCome) return true;
            if (watcher is null && shared is null) continue;

            // What is to be told is read by others.
            Interlocked.MemoryBarrier();
            _lookouts.ReleaseKept();
            return false;
        }
    }

    // Under the gate.
    private bool IsOver(int round, out bool hasCome)
    {
        hasCome = false;
        if (_closed is not null) return true;
        if (round != _round && round != AnyRound) throw GivenUp();
        return false;
    }

    /// <summary>Whether a pipe has a message, as <see cref="TryTake"/> would find it. Under the gate.</summary>
    /// <param name="resume">As of <see cref="TryTake"/>.</param>
    private bool TryFind(out InboundQueue? resume)
    {
        resume = null;
        while (_ready.TryPeek(out var pipe))
        {
            var inbound = pipe.Inbound;
            if (inbound.HasNext(out var isRoomWanted)) return true;
            DropEmpty(pipe);
            if (!isRoomWanted) continue;
            resume = inbound;
            return false;
        }

        _hasReady = false;
        return false;
    }
}
