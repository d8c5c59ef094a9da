namespace Zmtp.Threading;

/// <summary>
/// Starts background work without the caller's ExecutionContext: its activity or log scope would live as long as the work, and claim what
/// is not its own.
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
