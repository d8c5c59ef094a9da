namespace Zmtp.Threading;

/// <summary>
/// Puts off <see cref="Thread.Interrupt"/> for a wait that is short and must not be given up: the engine also works on threads of the application,
/// which may be interrupted, and to give up in the middle would leave a connection or another thread's wake half done. The thread's next
/// wait hears of it instead.
/// </summary>
/// <remarks>Safe on any thread. Allocates nothing.</remarks>
internal static class Uninterrupted
{
    /// <summary>A wait for this ends at once, and hears of a pending interrupt.</summary>
    private static readonly ManualResetEvent Signalled = new(true);

    /// <summary>Enters a lock; leave by disposing the result. As the statement of the language does, but for interrupts.</summary>
    public static Lock.Scope Hold(this Lock gate)
    {
        try
        {
            return gate.EnterScope();
        }
        catch (ThreadInterruptedException)
        {
            var scope = HoldAgain(gate);
            Thread.CurrentThread.Interrupt();
            return scope;
        }
    }

    /// <summary>Does something again until no interrupt has ended it: it must be such that it can begin anew.</summary>
    /// <param name="state">What the action gets, so that it needs no closure.</param>
    /// <param name="action">What to do.</param>
    public static void Run<T>(T state, Action<T> action) => Run((state, action), static of =>
    {
        of.action(of.state);
        return true;
    });

    /// <summary>As <see cref="Run{T}(T, Action{T})"/>, for what has a result.</summary>
    /// <param name="state">What the function gets, so that it needs no closure.</param>
    /// <param name="function">What to do.</param>
    /// <returns>The result.</returns>
    public static TResult Run<T, TResult>(T state, Func<T, TResult> function)
    {
        var isInterrupted = false;
        try
        {
            while (true)
            {
                try
                {
                    return function(state);
                }
                catch (ThreadInterruptedException)
                {
                    isInterrupted = true;
                }
            }
        }
        finally
        {
            if (isInterrupted) Thread.CurrentThread.Interrupt();
        }
    }

    /// <summary>
    /// Observes a task's exception, so that it is not reported as unobserved if nobody awaits it. Reading it enters a process-wide lock of
    /// the runtime.
    /// </summary>
    public static void MarkSeen(this Task task) => Run(task, static task => task.Exception);

    /// <summary>
    /// Does something that cannot begin anew. An interrupt that is pending is put off before; one that comes while the action waits ends it there,
    /// and is put off too: what must happen all the same is the caller's, behind it.
    /// </summary>
    /// <param name="state">What the action gets, so that it needs no closure.</param>
    /// <param name="action">What to do.</param>
    public static void RunOnce<T>(T state, Action<T> action)
    {
        var isInterrupted = TakePending();
        try
        {
            action(state);
        }
        catch (ThreadInterruptedException)
        {
            isInterrupted = true;
        }
        finally
        {
            if (isInterrupted) Thread.CurrentThread.Interrupt();
        }
    }

    private static bool TakePending()
    {
        try
        {
            Signalled.WaitOne(0);
            return false;
        }
        catch (ThreadInterruptedException)
        {
            return true;
        }
    }

    private static Lock.Scope HoldAgain(Lock gate)
    {
        while (true)
        {
            try
            {
                return gate.EnterScope();
            }
            catch (ThreadInterruptedException)
            {
                // Once more: the caller puts all interrupts off.
            }
        }
    }
}
