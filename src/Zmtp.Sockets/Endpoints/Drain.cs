using Zmtp.Sockets.Pipes;
using Zmtp.Threading;

namespace Zmtp.Sockets.Endpoints;

/// <summary>One wait for queues to become empty, at most for the linger.</summary>
internal sealed class Drain : IDisposable
{
    private readonly AsyncSignal _signal = new();
    private readonly ITimer _timer;
    private volatile bool _isOver;

    public Drain(TimeProvider time, TimeSpan linger) => _timer = time.CreateTimer(static me => ((Drain)me!).End(), this, linger, Timeout.InfiniteTimeSpan);

    /// <summary>Some queue has become shorter.</summary>
    public void OnRoom() => _signal.Set();

    /// <summary>Waits until the queues are empty or the linger is over.</summary>
    public async Task WaitAsync(Func<IReadOnlyCollection<Pipe>> pipes)
    {
        while (!_isOver && pipes().Any(static pipe => pipe.Pending > 0)) await _signal.WaitAsync().ConfigureAwait(false);
    }

    /// <summary>The linger is over. The timer decides, not a second look at a clock: the two may disagree by a little, and nobody would wake us again.</summary>
    public void End()
    {
        _isOver = true;
        _signal.Set();
    }

    public void Dispose() => _timer.Dispose();
}
