using Microsoft.Extensions.Logging;
using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The connections of closed sockets whose peers have not hung up yet. Each ends by itself, within a bounded time.</summary>
internal sealed class Farewells(ILogger log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Task, (string SocketType, string Endpoint)> _leaving = [];

    /// <summary>Keeps a connection's end in sight.</summary>
    /// <param name="gone">Completes when nothing of it is left. What a transport of the application's threw then is told.</param>
    /// <param name="socketType">Of the socket that it was a connection of.</param>
    /// <param name="endpoint">Where the peer is.</param>
    public void Add(Task gone, string socketType, string endpoint)
    {
        if (gone.IsCompletedSuccessfully) return;
        lock (_gate) _leaving[gone] = (socketType, endpoint);
        _ = gone.ContinueWith(
            static (task, me) => ((Farewells)me!).Remove(task),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Completes when those that are known now have ended.</summary>
    public async Task WaitAsync()
    {
        Task all;
        lock (_gate) all = Task.WhenAll(_leaving.Keys);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Remove(Task gone)
    {
        (string SocketType, string Endpoint) whose;
        using (_gate.Hold()) _leaving.Remove(gone, out whose);
        if (gone.Exception is { InnerException: { } defect }) SocketLog.Defect(log, whose.SocketType, whose.Endpoint, defect);
    }
}
