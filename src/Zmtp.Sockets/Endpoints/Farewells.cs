using Microsoft.Extensions.Logging;
using Zmtp.Engine;
using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// The connections of closed sockets, and of endpoints that were given up, whose peers have not hung up yet. Each ends by itself, within a bounded time.
/// </summary>
internal sealed class Farewells(ILogger log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Task, Leaving> _leaving = [];

    /// <summary>Keeps a connection's end in sight. What a transport of the application's throws then is told.</summary>
    /// <param name="connection">Which was left.</param>
    /// <param name="socketType">Of the socket that it was a connection of.</param>
    /// <param name="hurry">Ends the linger that the peer has.</param>
    public void Add(ZmtpConnection connection, string socketType, CancellationToken hurry)
    {
        var gone = connection.Gone;
        if (gone.IsCompletedSuccessfully) return;
        var hurried = hurry.UnsafeRegister(static left => ((ZmtpConnection)left!).Hurry(), connection);
        using (_gate.Hold()) _leaving[gone] = new Leaving(socketType, connection.Peer.Endpoint, hurried);
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
        using (_gate.Hold()) all = Task.WhenAll(_leaving.Keys);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Remove(Task gone)
    {
        Leaving left;
        using (_gate.Hold()) _leaving.Remove(gone, out left);
        left.Hurried.Unregister();
        if (gone.Exception is { InnerException: { } defect }) SocketLog.Defect(log, left.SocketType, left.Endpoint, defect);
    }

    private readonly record struct Leaving(string SocketType, string Endpoint, CancellationTokenRegistration Hurried);
}
