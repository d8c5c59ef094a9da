using Xunit;
using Zmtp.Sockets.Endpoints;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Lifecycle;

/// <summary>A handshake's end may be on a thread of the application's, which may be interrupted.</summary>
public class InterruptedArrivalTests
{
    [Fact]
    public async Task HANDSHAKE_InterruptedWhereItEndsWhileItIsDropped_TheThreadsNextWaitHearsOfIt()
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        var (client, server) = InMemoryConnection.CreatePair();
        await using var peer = client;
        await using var held = new Held(server);
        var arrival = new Arrival(held, "mem://peer", CancellationToken.None);
        var dropping = Blocking.RunAsync(() => arrival.Drop(pull, "mem://here"));
        await held.IsAborted.WithinAsync();

        await Interrupted.RunAsync(
            whileHeld =>
            {
                whileHeld();
                held.GoOn();
            },
            arrival.Dispose);

        await dropping.WithinAsync();
    }

    /// <summary>Its end takes as long as the test says.</summary>
    private sealed class Held(TransportConnection inner) : WrappedConnection(inner)
    {
        private readonly TaskCompletionSource _isAborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _mayGoOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsAborted => _isAborted.Task;

        public void GoOn() => _mayGoOn.TrySetResult();

        public override void Abort()
        {
            _isAborted.TrySetResult();
            _mayGoOn.Task.Wait(TestTimeout.Default);
            base.Abort();
        }
    }
}
