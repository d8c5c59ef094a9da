using System.Net.Sockets;
using Xunit;
using Zmtp.Testing;
using Zmtp.Transports;
using Zmtp.Transports.Polling;

namespace Zmtp.Core.Tests.Transports;

/// <summary>A poller of the test's own, in a process that may have no more threads.</summary>
public class PollerTests
{
    /// <summary>Whoever wanted to enter its socket closes it, and knows nothing of an entry.</summary>
    [PollerFact]
    public void ADD_TheFirstThreadCannotBeStarted_NothingIsEntered()
    {
        var poller = new Poller(static _ => FindNoMemory());
        using var socket = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        Assert.Throws<OutOfMemoryException>(() => new PolledSocketWaits(poller, socket, continuesHere: true));
        Assert.Equal(0, poller.Count);
    }

    /// <summary>Each would else take the other's thread for its own.</summary>
    [PollerFact]
    public async Task ADD_TwoAtOnceAndTheFirstThreadCannotBeStarted_NeitherIsEntered()
    {
        using var begun = new ManualResetEventSlim();
        using var fail = new ManualResetEventSlim();
        var poller = new Poller(_ =>
        {
            begun.Set();
            fail.Wait(TestTimeout.Default);
            FindNoMemory();
        });
        using var one = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        using var other = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        try
        {
            var first = Blocking.RunAsync(() => _ = new PolledSocketWaits(poller, one, continuesHere: true));
            Assert.True(begun.Wait(TestTimeout.Default));
            var second = Blocking.RunToItsWait(() => _ = new PolledSocketWaits(poller, other, continuesHere: true));
            fail.Set();
            await Assert.ThrowsAsync<OutOfMemoryException>(() => first.WithinAsync());
            await Assert.ThrowsAsync<OutOfMemoryException>(() => second.WithinAsync());
            Assert.Equal(0, poller.Count);
        }
        finally
        {
            fail.Set();
        }
    }

    /// <summary>The application blocks the only thread there is, and when another one is wanted there is room for none.</summary>
    [PollerFact]
    public async Task NOBODYWAITS_NoThreadCanBeStartedThen_OneIsLater()
    {
        using var release = new ManualResetEventSlim();
        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var starts = 0;
        var poller = new Poller(run =>
        {
            var start = Interlocked.Increment(ref starts);
            if (start == 2) FindNoMemory();
            if (start > 2) later.TrySetResult();
            new Thread(run) { IsBackground = true }.Start();
        });
        var (socket, peer) = await ConnectAsync();
        using var here = socket;
        using var there = peer;
        var waits = new PolledSocketWaits(poller, socket, continuesHere: true);
        try
        {
            OnReadable(waits, () => release.Wait(TestTimeout.Default));
            await peer.SendAsync(new byte[1]);
            await later.Task.WithinAsync();
        }
        finally
        {
            release.Set();
            waits.End();
        }
    }

    /// <summary>The first clock of a process needs a thread, too.</summary>
    [PollerFact]
    public async Task NOBODYWAITS_NoMemoryForAThreadNorForTheClock_EventsAreToldAndOneIsStartedLater()
    {
        using var release = new ManualResetEventSlim();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var starts = 0;
        var poller = new Poller(
            run =>
            {
                var start = Interlocked.Increment(ref starts);
                if (start is 2 or 3) FindNoMemory();
                if (start > 3) later.TrySetResult();
                new Thread(() =>
                {
                    if (Record.Exception(() => run()) is { } error) first.TrySetException(error);
                }) { IsBackground = true }.Start();
            },
            new ScarceClock());
        var (socket, peer) = await ConnectAsync();
        using var here = socket;
        using var there = peer;
        var waits = new PolledSocketWaits(poller, socket, continuesHere: true);
        try
        {
            OnReadable(waits, first.SetResult);
            await peer.SendAsync(new byte[1]);
            await first.Task.WithinAsync();

            // Nobody reads it: it is told again.
            OnReadable(waits, () => release.Wait(TestTimeout.Default));
            await later.Task.WithinAsync();
        }
        finally
        {
            release.Set();
            waits.End();
        }
    }

    private static void OnReadable(PolledSocketWaits waits, Action action) => _ = waits.ReadableAsync().AsTask().ContinueWith(
        _ => action(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static void FindNoMemory() => _ = new byte[int.MaxValue];

    private static async Task<(Socket Socket, Socket Peer)> ConnectAsync()
    {
        using var listener = SocketSettings.NewTcp(AddressFamily.InterNetwork);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen(1);
        listener.Blocking = true;
        var peer = new Socket(AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!, TestTimeout.Token);
        var socket = listener.Accept();
        socket.Blocking = false;
        return (socket, peer);
    }

    /// <summary>The machine has no memory for the first clock.</summary>
    private sealed class ScarceClock : TimeProvider
    {
        private bool _hasFailed;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                FindNoMemory();
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
