namespace Zmtp.Threading;

/// <summary>
/// A call of what is the application's and should await, but may block its thread: an authenticator, a policy, a store. One on a thread of the pool
/// that goes on for some milliseconds counts as a <see cref="BlockedPoolThread"/>, so the pool has a thread for everybody else.
/// </summary>
/// <remarks>
/// Not from its beginning: most come back within microseconds, and threads would be started for all of them. Who looks at them is a thread of its own,
/// since the clocks of the runtime tick on the pool, which is what is missing then. It sleeps while there is nothing to look for. Safe on any thread.
/// </remarks>
internal sealed class ForeignCall : IDisposable
{
    /// <summary>How long from one look to the next: 5 ms. What is there at two of them counts.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);

    /// <summary>Looks that find nothing new before the looking ends: to begin it again wakes a thread.</summary>
    private const int QuietLooks = 20;

    private static readonly Lock Gate = new();
    private static readonly AutoResetEvent IsWanted = new(false);
    private static int _isStarted;

    // Under the gate.
    private static readonly List<ForeignCall> UnderWay = [];
    private static bool _isLooking;
    private static int _quiet;

    // Under the gate.
    private int _place;
    private bool _wasSeen;
    private bool _isCounted;

    private ForeignCall()
    {
    }

    /// <summary>The call begins on this thread. To be disposed of there, when it has come back: what it awaits needs no thread.</summary>
    /// <returns>Null where the thread is not the pool's.</returns>
    public static ForeignCall? Enter()
    {
        if (!Thread.CurrentThread.IsThreadPoolThread) return null;
        var call = new ForeignCall();
        bool wakes;
        using (Gate.Hold())
        {
            call._place = UnderWay.Count;
            UnderWay.Add(call);
            wakes = !_isLooking;
            _isLooking = true;
            _quiet = 0;
        }

        if (wakes) Wake();
        return call;
    }

    public void Dispose()
    {
        bool isCounted;
        using (Gate.Hold())
        {
            var last = UnderWay[^1];
            last._place = _place;
            UnderWay[_place] = last;
            UnderWay.RemoveAt(UnderWay.Count - 1);
            isCounted = _isCounted;
        }

        if (isCounted) BlockedPoolThread.Withdraw();
    }

    private static void Wake()
    {
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            try
            {
                new Thread(LookAgainAndAgain) { IsBackground = true, Name = "Zmtp foreign calls" }.UnsafeStart();
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                // The next call tries again. Until then the pool does what it does by itself.
                Volatile.Write(ref _isStarted, 0);
                using (Gate.Hold()) _isLooking = false;
                return;
            }
        }

        IsWanted.Set();
    }

    private static void LookAgainAndAgain()
    {
        while (true)
        {
            IsWanted.WaitOne();
            do
            {
                IsWanted.WaitOne(Period);
            }
            while (TryLook());
        }
    }

    /// <summary>Says whether to look again.</summary>
    private static bool TryLook()
    {
        try
        {
            return Look();
        }
        catch (OutOfMemoryException)
        {
            // Nobody else looks.
            return true;
        }
    }

    private static bool Look()
    {
        using var held = Gate.Hold();
        var hasNew = false;
        foreach (var call in UnderWay)
        {
            hasNew |= !call._wasSeen;
            if (call is { _wasSeen: true, _isCounted: false })
            {
                call._isCounted = true;
                BlockedPoolThread.Announce();
            }

            call._wasSeen = true;
        }

        _quiet = hasNew ? 0 : _quiet + 1;
        return _isLooking = _quiet < QuietLooks;
    }
}
