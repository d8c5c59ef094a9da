using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>The waits of one socket for what is queued to leave, and the time that its peers have to read it. Safe on any thread.</summary>
internal sealed class Drains(ZmtpSocket socket)
{
    private readonly Lock _gate = new();
    private volatile Drain[] _drains = [];
    private volatile Linger? _closing;
    private bool _isLingerOver;

    /// <summary>Some queue has become shorter.</summary>
    public void OnRoom()
    {
        foreach (var drain in _drains) drain.OnRoom();
    }

    /// <summary>How long peers have to read what was sent, from now on: what others have sent are subscriptions.</summary>
    public Linger ForPeers(TimeSpan linger, CancellationToken hurry) =>
        new(socket.Context.Time, socket is SendingSocket ? linger : TimeSpan.Zero, () => _closing, hurry);

    /// <summary>As <see cref="ForPeers"/>, for all of them: the socket closes.</summary>
    public Linger ForAllPeers(TimeSpan linger, CancellationToken hurry) => _closing = ForPeers(linger, hurry);

    /// <summary>Waits until the queues are empty or the linger is over.</summary>
    public async Task WaitAsync(Func<IReadOnlyCollection<Pipe>> pipes, TimeSpan linger, CancellationToken hurry)
    {
        socket.Gathering?.Flush();
        if (linger == TimeSpan.Zero || pipes().All(static pipe => pipe.Pending == 0)) return;
        using var drain = new Drain(socket.Context.Time, linger);
        using (_gate.Hold())
        {
            if (_isLingerOver) return;
            _drains = [.. _drains, drain];
        }

        try
        {
            using var hurried = hurry.Register(drain.End);
            await drain.WaitAsync(pipes).ConfigureAwait(false);
        }
        finally
        {
            using (_gate.Hold()) _drains = [.. _drains.Where(other => other != drain)];
        }
    }

    /// <summary>The socket's own linger is over, and with it that of endpoints that were given up before.</summary>
    public void End()
    {
        using (_gate.Hold()) _isLingerOver = true;
        foreach (var drain in _drains) drain.End();
    }
}
