namespace Zmtp.Sockets.Endpoints;

/// <summary>The connections of closed sockets whose peers have not hung up yet. Each ends by itself, within a bounded time.</summary>
internal sealed class Farewells
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _tasks = [];

    /// <summary>Keeps a connection's end in sight.</summary>
    /// <param name="gone">Completes when nothing of it is left; never fails.</param>
    public void Add(Task gone)
    {
        if (gone.IsCompleted) return;
        lock (_gate) _tasks.Add(gone);
        _ = gone.ContinueWith(
            static (task, me) => ((Farewells)me!).Remove(task),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Completes when those that are known now have ended.</summary>
    public Task WaitAsync()
    {
        lock (_gate) return Task.WhenAll(_tasks);
    }

    private void Remove(Task gone)
    {
        lock (_gate) _tasks.Remove(gone);
    }
}
