namespace Zmtp.Testing;

/// <summary>Calls that block, which belong on threads of their own: a test host's pool is small.</summary>
public static class Blocking
{
    /// <summary>Runs <paramref name="action"/> on a thread of its own.</summary>
    /// <returns>Completes when it is done, or fails as it failed.</returns>
    public static Task RunAsync(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
