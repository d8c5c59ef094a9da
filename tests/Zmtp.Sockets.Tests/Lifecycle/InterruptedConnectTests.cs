using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>Towards this machine a connection, and its handshake, are begun on the thread that calls Connect.</summary>
public class InterruptedConnectTests
{
    [Fact]
    public async Task CONNECT_InterruptedWhereTheHandshakeBegins_TheThreadsNextWaitHearsOfItAndAnotherConnectionFollows()
    {
        await using var others = Searched.NewContext();
        await using var pull = new PullSocket(others, Sut.Quick);
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        var time = new HeldTime();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Time = time });

        // The very first connection of a process is begun elsewhere.
        await using var first = new PushSocket(context, Sut.Quick);
        first.Connect(endpoint);
        await first.WaitForPeerAsync(TestTimeout.Default);
        await using var push = new PushSocket(context, Sut.Quick);

        await Interrupted.RunAsync(time.Hold, () => push.Connect(endpoint));

        await push.WaitForPeerAsync(TestTimeout.Default);
    }

    /// <summary>As the system's clock, it makes its timers under a lock.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private readonly object _gate = new();

        public void Hold(Action action)
        {
            lock (_gate) action();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_gate) return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
