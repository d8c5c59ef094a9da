namespace Zmtp.Testing;

/// <summary>Calls that block, which belong on threads of their own: a test host's pool is small.</summary>
public static class Blocking
{
    /// <summary>Runs <paramref name="action"/> on a thread of its own.</summary>
    /// <returns>Completes when it is done, or fails as it failed.</returns>
    public static Task RunAsync(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>As <see cref="RunAsync"/>, and comes back once that thread waits for something.</summary>
    /// <returns>Completes when it is done, or fails as it failed.</returns>
    public static Task RunToItsWait(Action action)
    {
        Thread? thread = null;
        var running = RunAsync(() =>
        {
            Volatile.Write(ref thread, Thread.CurrentThread);
            action();
        });
        var waits = SpinWait.SpinUntil(
            () => Volatile.Read(ref thread) is { } started && (started.ThreadState & ThreadState.WaitSleepJoin) != 0, TestTimeout.Default);
        return waits ? running : throw new Xunit.Sdk.XunitException("The thread does not wait for anything.");
    }
}
