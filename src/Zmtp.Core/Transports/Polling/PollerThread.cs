using System.Runtime.CompilerServices;

namespace Zmtp.Transports.Polling;

/// <summary>
/// A thread of the <see cref="Poller"/>, and the one piece of the application's code that it may run when it is done with an event: the
/// code that awaited the message goes on where it was read, one wake after it arrived.
/// </summary>
internal sealed class PollerThread
{
    [ThreadStatic]
    private static PollerThread? _current;

    [ThreadStatic]
    private static bool _isStandingIn;

    private readonly Poller _poller;
    private readonly Thread _thread = Thread.CurrentThread;
    private readonly ExecutionContext? _clean = ExecutionContext.Capture();
    private IThreadPoolWorkItem? _posted;

    /// <summary>Makes the calling thread one.</summary>
    public PollerThread(Poller poller)
    {
        _poller = poller;
        _current = this;
    }

    /// <summary>The name of such threads.</summary>
    public static string Name => "Zmtp poller";

    /// <summary>Whether the calling thread is one, or does the work of one, which must not block.</summary>
    public static bool IsCurrent => _current is not null || _isStandingIn;

    /// <summary>
    /// Whether the engine may go on with much work on the calling thread: it is such a thread, has nothing else to do, and another one waits
    /// for the events of all meanwhile. A hint, to be asked for again and again.
    /// </summary>
    public static bool MayStay => _current is { _posted: null } thread && thread._poller.HasWaitingThread;

    /// <summary>To be awaited before the application goes on, or its code is called: leaves such a thread for the pool.</summary>
    public static ConfiguredTaskAwaitable LeaveAsync() =>
        Task.CompletedTask.ConfigureAwait(IsCurrent ? ConfigureAwaitOptions.ForceYielding : ConfigureAwaitOptions.None);

    /// <summary>Ends a wait in the poller's place: the engine goes on here and now, on a thread of the application, as it would on one of these.</summary>
    public static void StandIn(SocketWait wait)
    {
        // A logger may block for a message in its turn.
        var wasStandingIn = _isStandingIn;
        var surroundings = SynchronizationContext.Current;
        _isStandingIn = true;
        if (surroundings is not null) SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            wait.Complete();
        }
        finally
        {
            _isStandingIn = wasStandingIn;
            if (surroundings is not null) SynchronizationContext.SetSynchronizationContext(surroundings);
        }
    }

    /// <summary>Has something run on this thread, after what it is doing now. False: it is not such a thread, or has something already.</summary>
    public static bool TryPost(IThreadPoolWorkItem item)
    {
        if (_current is not { _posted: null } thread) return false;
        thread._posted = item;
        return true;
    }

    /// <summary>Runs what was posted if another thread waits for events meanwhile, else has the pool do it.</summary>
    public void RunPosted()
    {
        while (_posted is { } item)
        {
            _posted = null;
            if (!_poller.HasWaitingThread && TryQueue(item)) continue;

            // It is as on the pool: what it blocks is not the poller, and what it leaves on the thread does not stay.
            _current = null;
            item.Execute();
            _current = this;
            Restore();
        }
    }

    /// <summary>False: there is no memory for it. It is better run here then than never.</summary>
    private static bool TryQueue(IThreadPoolWorkItem item)
    {
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    // As the pool does with its own. A thread in the foreground would keep the process from ending.
    private void Restore()
    {
        ExecutionContext.Restore(_clean!);
        SynchronizationContext.SetSynchronizationContext(null);
        if (!_thread.IsBackground) _thread.IsBackground = true;
        if (_thread.Priority != ThreadPriority.Normal) _thread.Priority = ThreadPriority.Normal;
        if (!ReferenceEquals(_thread.Name, Name)) _thread.Name = Name;
    }
}
