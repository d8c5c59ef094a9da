namespace Zmtp.Threading;

/// <summary>
/// Begins what goes on after a call: nothing of the caller's flows into it (an activity, a scope of its log), which would live as long, and name as
/// its own what has nothing to do with it.
/// </summary>
internal static class WithoutFlow
{
    /// <summary>Makes a timer, or begins a loop, on the caller's thread.</summary>
    public static TResult Begin<TState, TResult>(TState state, Func<TState, TResult> begin)
    {
        if (ExecutionContext.IsFlowSuppressed()) return begin(state);
        using (ExecutionContext.SuppressFlow()) return begin(state);
    }
}
