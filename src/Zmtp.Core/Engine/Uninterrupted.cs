namespace Zmtp.Engine;

/// <summary>
/// Puts off <see cref="Thread.Interrupt"/> for a wait that is short and must not be given up: the engine also works on threads of the application,
/// which may be interrupted, and whoever gave up in the middle would leave a connection or another thread's wake half done. The thread's next
/// wait hears of it instead.
/// </summary>
/// <remarks>Safe on any thread. Allocates nothing.</remarks>
internal static class Uninterrupted
{
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
    public static void Run<T>(T state, Action<T> action)
    {
        var isInterrupted = false;
        while (true)
        {
            try
            {
                action(state);
                break;
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }
        }

        if (isInterrupted) Thread.CurrentThread.Interrupt();
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
                // Once more: whoever called puts all of them off.
            }
        }
    }
}
