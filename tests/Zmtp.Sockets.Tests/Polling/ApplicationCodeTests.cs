using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;
using Zmtp.Transports;

namespace Zmtp.Sockets.Tests.Polling;

/// <summary>Code of the application, wherever it comes to run, stops nobody else's traffic and leaves nothing on the threads of the poller.</summary>
public class ApplicationCodeTests
{
    [Fact]
    public async Task CONTEXT_PeerHangsUpAfterDispose_ApplicationGoesOnOnThePool()
    {
        await using var listener = RawListener.Open();
        var context = Searched.NewContext();
        var dealer = new DealerSocket(context, Sut.Quick);
        dealer.Connect(listener.Endpoint);
        await using var raw = await listener.AcceptAsync();
        await raw.Handshake31Async("ROUTER");
        await raw.ExpectOpenAsync();

        var disposing = Task.Run(async () =>
        {
            await context.DisposeAsync().ConfigureAwait(false);
            return Thread.CurrentThread.IsThreadPoolThread;
        });
        await raw.ReadToCloseAsync();
        await raw.DisposeAsync();

        Assert.True(await disposing.WithinAsync(), "The application went on on a thread that waits for the events of all.");
    }

    [Fact]
    public async Task SOCKET_PeerHangsUpAtDisconnect_ApplicationGoesOnOnThePool()
    {
        await using var listener = RawListener.Open();
        await using var context = Searched.NewContext();
        var dealer = new DealerSocket(context, Sut.Quick);
        dealer.Connect(listener.Endpoint);
        await using var raw = await listener.AcceptAsync();
        await raw.Handshake31Async("ROUTER");
        await raw.ExpectOpenAsync();

        var disconnecting = Task.Run(async () =>
        {
            await dealer.DisconnectAsync(listener.Endpoint).ConfigureAwait(false);
            return Thread.CurrentThread.IsThreadPoolThread;
        });
        await raw.ReadToCloseAsync();
        await raw.DisposeAsync();

        Assert.True(await disconnecting.WithinAsync(), "The application went on on a thread that waits for the events of all.");
    }

    [Fact]
    public async Task SOCKET_PeerHangsUpAtUnbind_ApplicationGoesOnOnThePool()
    {
        await using var sut = await Sut.BoundAsync(context => new DealerSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("ROUTER");

        var unbinding = Task.Run(async () =>
        {
            await sut.Socket.UnbindAsync(sut.Endpoint).ConfigureAwait(false);
            return Thread.CurrentThread.IsThreadPoolThread;
        });
        await raw.ReadToCloseAsync();
        await raw.DisposeAsync();

        Assert.True(await unbinding.WithinAsync(), "The application went on on a thread that waits for the events of all.");
    }

    [PollerFact]
    public async Task RECEIVER_GoesOnOnAThreadOfThePoller_WhatItSetsThereDoesNotStay()
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        var until = TestTimeout.Token;
        Thread? changed = null;
        var receiving = Task.Run(async () =>
        {
            while (changed is null)
            {
                (await pull.ReceiveAsync(until).ConfigureAwait(false)).Dispose();
                var thread = Thread.CurrentThread;
                if (thread.IsThreadPoolThread) continue;
                thread.IsBackground = false;
                thread.Priority = ThreadPriority.BelowNormal;
                thread.Name = "the application's";
                changed = thread;
            }
        });
        while (!receiving.IsCompleted)
        {
            await push.SendAsync("x", until);
            await Task.Delay(1, until);
        }

        await receiving;
        Assert.True(SpinWait.SpinUntil(() => changed!.IsBackground, TestTimeout.Default), "The thread would keep the process alive.");
        Assert.True(SpinWait.SpinUntil(() => changed!.Priority == ThreadPriority.Normal, TestTimeout.Default));
        Assert.True(SpinWait.SpinUntil(() => changed!.Name != "the application's", TestTimeout.Default));
    }

    [Fact]
    public async Task RECEIVER_BlocksForTheNextMessageOfItsSocket_GetsIt()
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        for (var i = 0; i < 50; i++)
        {
            var receiving = Task.Run(async () =>
            {
                (await pull.ReceiveAsync(TestTimeout.Token).ConfigureAwait(false)).Dispose();
                var next = pull.ReceiveAsync(TestTimeout.Token).AsTask();
                Assert.True(next.Wait(TestTimeout.Default));
                (await next).Dispose();
            });
            await push.SendAsync("first", TestTimeout.Token);
            await push.SendAsync("second", TestTimeout.Token);
            await receiving.WithinAsync();
        }
    }

    [Fact]
    public async Task RECEIVER_DisposesOfItsContextWhereItGoesOn_ItEnds()
    {
        for (var i = 0; i < 20; i++)
        {
            var context = Searched.NewContext();
            var pull = new PullSocket(context, Sut.Quick);
            var push = new PushSocket(context, Sut.Quick);
            await Join.ToAsync(pull, push);
            var disposing = Task.Run(async () =>
            {
                (await pull.ReceiveAsync(TestTimeout.Token).ConfigureAwait(false)).Dispose();
                context.Dispose();
            });
            await push.SendAsync("x", TestTimeout.Token);
            await disposing.WithinAsync();
        }
    }

    [Fact]
    public async Task RECEIVER_LeavesItsSurroundingsOnTheThread_TheNextFindsNone()
    {
        await using var context = Searched.NewContext();
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        var local = new AsyncLocal<string?>();
        var found = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            var receiving = OnceReceivedAsync(pull, () =>
            {
                if (local.Value is not null) found.Add("a local value");
                if (SynchronizationContext.Current is not null) found.Add("a synchronization context");
                local.Value = "mine";
                SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            });
            await push.SendAsync("x", TestTimeout.Token);
            await receiving.WithinAsync();
        }

        Assert.Empty(found);
    }

    [Fact]
    public async Task TRANSPORT_OfTheApplicationAroundOurs_GoesOnOnThePool()
    {
        var transport = new WrappedTcp();
        await using var context = Searched.NewContext(new ZmtpContextOptions { Transports = [transport] });
        await using var pull = new PullSocket(context, Sut.Quick);
        await using var push = new PushSocket(context, Sut.Quick);
        await Join.ToAsync(pull, push);
        await using var another = new PushSocket(context, Sut.Quick);
        another.Connect(pull.BoundEndpoints[0]);
        await another.WaitForPeerAsync(TestTimeout.Default);

        Assert.True(transport.Waits >= 3, $"It waited {transport.Waits} times.");
        Assert.Equal(0, transport.WaitsOffThePool);
    }

    // As no async method would: nobody puts back what the continuation sets on its thread.
    private static Task OnceReceivedAsync(PullSocket socket, Action then)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiving = socket.ReceiveAsync(TestTimeout.Token).AsTask().ConfigureAwait(false).GetAwaiter();
        receiving.UnsafeOnCompleted(() =>
        {
            receiving.GetResult().Dispose();
            then();
            gone.SetResult();
        });
        return gone.Task;
    }

    /// <summary>Might do anything after a wait: negotiate with a relay, or encrypt.</summary>
    private sealed class WrappedTcp : ITransport
    {
        private int _waits;
        private int _waitsOffThePool;

        public int Waits => Volatile.Read(ref _waits);

        public int WaitsOffThePool => Volatile.Read(ref _waitsOffThePool);

        public string Scheme => "tcp";

        public async ValueTask<TransportListener> ListenAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken) =>
            new WrappedListener(this, await TcpTransport.Instance.ListenAsync(endpoint, options, cancellationToken).ConfigureAwait(false));

        public async ValueTask<TransportConnection> ConnectAsync(
            ZmtpEndpoint endpoint, TransportOptions options, CancellationToken cancellationToken)
        {
            // A wait that is over at once goes on where it began, which is the application's thread too.
            var begun = Thread.CurrentThread;
            var connection = await TcpTransport.Instance.ConnectAsync(endpoint, options, cancellationToken).ConfigureAwait(false);
            Note(begun);
            return connection;
        }

        public void Note(Thread begun)
        {
            Interlocked.Increment(ref _waits);
            if (Thread.CurrentThread != begun && !Thread.CurrentThread.IsThreadPoolThread) Interlocked.Increment(ref _waitsOffThePool);
        }
    }

    private sealed class WrappedListener(WrappedTcp transport, TransportListener inner) : TransportListener
    {
        public override ZmtpEndpoint Endpoint => inner.Endpoint;

        public override async ValueTask<TransportConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            var begun = Thread.CurrentThread;
            var connection = await inner.AcceptAsync(cancellationToken).ConfigureAwait(false);
            transport.Note(begun);
            return connection;
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
