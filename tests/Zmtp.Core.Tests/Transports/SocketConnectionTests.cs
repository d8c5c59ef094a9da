using System.Net;
using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A connection is aborted on any thread, also on one of the application's that is interrupted, and while another thread sends.</summary>
public sealed class SocketConnectionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ABORT_InterruptPendingWhileTheSocketIsInUse_ClosesItEndsTheWaitsAndTheNextWaitIsInterrupted(bool usesRuntimeEvents)
    {
        using var sut = new Sut(usesRuntimeEvents);
        var waiting = sut.Direct.WaitToReadAsync().AsTask();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isUsed = false;
        sut.Socket.SafeHandle.DangerousAddRef(ref isUsed);
        var thread = new Thread(() =>
        {
            Thread.CurrentThread.Interrupt();
            Note(ended, () =>
            {
                sut.Connection.Abort();
                Assert.Throws<ThreadInterruptedException>(static () => Thread.Sleep(Timeout.Infinite));
            });
        }) { IsBackground = true };
        thread.Start();

        // It waits for the handle, and has not given up.
        Assert.True(SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0 || ended.Task.IsCompleted, TestTimeout.Default));
        sut.Socket.SafeHandle.DangerousRelease();

        await ended.Task.WithinAsync();
        await waiting.ContinueWith(static _ => { }, TaskScheduler.Default).WithinAsync();
        await sut.ExpectPeerToSeeTheEndAsync();
    }

    [Fact]
    public async Task ABORT_InterruptedWhileTheSocketIsInUse_EndsTheWaitsAndTheNextWaitIsInterrupted()
    {
        using var sut = new Sut(usesRuntimeEvents: false);
        var waiting = sut.Direct.WaitToReadAsync().AsTask();
        await Interrupted.RunAsync(
            body =>
            {
                var isUsed = false;
                sut.Socket.SafeHandle.DangerousAddRef(ref isUsed);
                body();
                sut.Socket.SafeHandle.DangerousRelease();
            },
            sut.Connection.Abort);
        await waiting.ContinueWith(static _ => { }, TaskScheduler.Default).WithinAsync();
    }

    private static void Note(TaskCompletionSource ended, Action action)
    {
        try
        {
            action();
            ended.SetResult();
        }
        catch (Exception e)
        {
            ended.SetException(e);
        }
    }

    private sealed class Sut : IDisposable
    {
        private readonly Socket _peer;

        public Sut(bool usesRuntimeEvents)
        {
            using var listener = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            Socket = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
            Socket.Connect(listener.LocalEndPoint!);
            _peer = listener.Accept();
            Socket.Blocking = false;
            var waits = SocketWaits.Of(Socket, TransportOptions.Default with { UsesRuntimeEvents = usesRuntimeEvents });
            Connection = new SocketConnection(Socket, waits, "tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "127.0.0.1");
        }

        public Socket Socket { get; }

        public SocketConnection Connection { get; }

        public IDirectReader Direct => (IDirectReader)Connection.Input;

        public async Task ExpectPeerToSeeTheEndAsync()
        {
            try
            {
                Assert.Equal(0, await _peer.ReceiveAsync(new byte[1], TestTimeout.Token));
            }
            catch (SocketException e)
            {
                // Whoever was still sending is made to stop by a reset.
                Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
            }
        }

        public void Dispose()
        {
            Connection.Abort();
            _peer.Dispose();
        }
    }
}
