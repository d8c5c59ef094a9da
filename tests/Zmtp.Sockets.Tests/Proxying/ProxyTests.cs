using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing.Searching;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Proxying;

public sealed class ProxyTests : IDisposable
{
    private readonly ZmtpContext _context = Searched.NewContext();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose()
    {
        _context.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Proxy_RouterAndDealer_CarriesRequestsToWorkersAndRepliesBack()
    {
        await using var router = new RouterSocket(_context);
        await using var dealer = new DealerSocket(_context);
        var proxy = new ZmtpProxy(router, dealer);
        var running = proxy.RunAsync(_stop.Token);
        await using var req = await ConnectAsync(new ReqSocket(_context), await router.BindAsync("tcp://127.0.0.1:*"));
        await using var rep = await ConnectAsync(new RepSocket(_context), await dealer.BindAsync("tcp://127.0.0.1:*"));

        await req.SendAsync(Message.Of("a", "b"));
        using var request = await rep.ReceiveAsync().WithinAsync();
        Assert.Equal(["a", "b"], Frames(request));
        await rep.SendAsync("reply");
        using var reply = await req.ReceiveAsync().WithinAsync();
        Assert.Equal(["reply"], Frames(reply));

        await StopAsync(running);
        Assert.Equal(1, proxy.Statistics.Forward.Messages);
        Assert.Equal(1, proxy.Statistics.Backward.Messages);
        Assert.True(proxy.Statistics.Forward.Octets > "ab".Length);
    }

    [Fact]
    public async Task Proxy_NoMemoryForAMessageThatHasCome_CarriesTheNext()
    {
        await using var pull = new PullSocket(_context);
        await using var push = new PushSocket(_context);
        var lacks = 1;
        pull.Receiver.Sift(_ => Interlocked.Exchange(ref lacks, 0) == 0 ? true : throw new InsufficientMemoryException());
        var running = ZmtpProxy.RunAsync(pull, push, capture: null, _stop.Token);
        await using var source = await ConnectAsync(new PushSocket(_context), await pull.BindAsync("tcp://127.0.0.1:*"));
        await using var sink = await ConnectAsync(new PullSocket(_context), await push.BindAsync("tcp://127.0.0.1:*"));

        await source.SendAsync("1");
        await source.SendAsync("2");

        using var message = await sink.ReceiveAsync().WithinAsync();
        Assert.Equal("2", message.AsString());
        await StopAsync(running);
    }

    [Fact]
    public async Task Proxy_SubAndPub_CarriesWhatItHasSubscribedTo()
    {
        await using var sub = new SubSocket(_context);
        await using var pub = new PubSocket(_context);
        sub.Subscribe("a");
        var running = ZmtpProxy.RunAsync(sub, pub, capture: null, _stop.Token);
        await using var publisher = await ConnectAsync(new PubSocket(_context), await sub.BindAsync("tcp://127.0.0.1:*"));
        await using var subscriber = new SubSocket(_context);
        subscriber.Subscribe("");
        await ConnectAsync(subscriber, await pub.BindAsync("tcp://127.0.0.1:*"));

        // Until both subscriptions have arrived, what is published goes nowhere.
        using var message = await FirstAsync(publisher, subscriber, "b", "apple");
        Assert.Equal("apple", message.AsString());
        await StopAsync(running);
    }

    [Fact]
    [Spec("PUBSUB-27", "PUBSUB-29", "PUBSUB-54", "PUBSUB-55")]
    public async Task Proxy_XSubAndXPub_CarriesSubscriptionsThereAndOnlyWhatIsWantedBack()
    {
        await using var xsub = new XSubSocket(_context);
        await using var xpub = new XPubSocket(_context);
        var running = ZmtpProxy.RunAsync(xsub, xpub, capture: null, _stop.Token);
        await using var source = await ConnectAsync(new XPubSocket(_context), await xsub.BindAsync("tcp://127.0.0.1:*"));
        var endpoint = await xpub.BindAsync("tcp://127.0.0.1:*");
        await using var one = await ConnectAsync(new SubSocket(_context), endpoint);
        await using var other = await ConnectAsync(new SubSocket(_context), endpoint);

        one.Subscribe("A");
        await Pairing.ExpectAsync(source.ReceiveAsync(), "\u0001A");
        other.Subscribe("A");
        other.Subscribe("B");
        await Pairing.ExpectAsync(source.ReceiveAsync(), "\u0001B");
        await source.SendAsync("C");
        await source.SendAsync(Message.Of("A", "1"));
        await Pairing.ExpectAsync(one.ReceiveAsync(), "A", "1");
        await Pairing.ExpectAsync(other.ReceiveAsync(), "A", "1");
        one.Unsubscribe("A");
        await other.DisposeAsync();
        var ended = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            using var message = await source.ReceiveAsync().WithinAsync();
            ended.Add(message.AsString());
        }

        Assert.Equal(["\0A", "\0B"], ended.Order(StringComparer.Ordinal));
        await StopAsync(running);
    }

    /// <summary>An XPUB says but once that a topic is wanted: by a proxy that runs again nobody would hear of it.</summary>
    [Fact]
    public async Task Proxy_StoppedBetweenTakingASubscriptionAndPassingItOn_PassesItOn()
    {
        var security = new FallibleSecurity();
        await using var xsub = new XSubSocket(_context);
        await using var xpub = new XPubSocket(_context);
        await using var source = new XPubSocket(_context);
        await using var sub = new SubSocket(_context);
        await Join.ToAsync(xsub, source, "inproc");
        await Join.ToAsync(xpub, sub, "inproc");
        await using var capture = new PushSocket(_context, new() { Security = security });
        await using var copies = new PullSocket(_context);
        await Join.ToAsync(capture, copies);
        security.Made[0].BeforeFrame = _stop.Cancel;
        var proxy = new ZmtpProxy(xsub, xpub, capture);
        var running = proxy.RunAsync(_stop.Token);

        sub.Subscribe("A");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithinAsync());
        await Pairing.ExpectAsync(source.ReceiveAsync(), "\u0001A");
        Assert.Equal((1, 0), (proxy.Statistics.Backward.Messages, proxy.Statistics.Backward.Dropped));
    }

    [Fact]
    public async Task Proxy_PullAndPush_CarriesOneWayAndInOrder()
    {
        const int Count = 5000;
        await using var pull = new PullSocket(_context);
        await using var push = new PushSocket(_context);
        var proxy = new ZmtpProxy(pull, push);
        var running = proxy.RunAsync(_stop.Token);
        await using var sender = await ConnectAsync(new PushSocket(_context), await pull.BindAsync("tcp://127.0.0.1:*"));
        await using var receiver = await ConnectAsync(new PullSocket(_context), await push.BindAsync("tcp://127.0.0.1:*"));
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < Count; i++) await sender.SendAsync(BitConverter.GetBytes(i));
        });
        for (var i = 0; i < Count; i++)
        {
            using var message = await receiver.ReceiveAsync().WithinAsync();
            Assert.Equal(i, BitConverter.ToInt32(message.Span));
        }

        await sending.WithinAsync();
        await StopAsync(running);
        Assert.Equal(new ProxyCount(Count, Count * sizeof(int), 0), proxy.Statistics.Forward);
        Assert.Equal(default, proxy.Statistics.Backward);
    }

    [Fact]
    public async Task Proxy_WithACapture_CopiesBothWays()
    {
        await using var router = new RouterSocket(_context);
        await using var dealer = new DealerSocket(_context);
        await using var capture = new PushSocket(_context);
        await using var copies = await ConnectAsync(new PullSocket(_context), await capture.BindAsync("tcp://127.0.0.1:*"));
        await capture.WaitForPeerAsync(TestTimeout.Default);
        var running = ZmtpProxy.RunAsync(router, dealer, capture, _stop.Token);
        await using var client = await ConnectAsync(
            new DealerSocket(_context, new() { RoutingId = "c"u8.ToArray() }), await router.BindAsync("tcp://127.0.0.1:*"));
        await using var worker = await ConnectAsync(new DealerSocket(_context), await dealer.BindAsync("tcp://127.0.0.1:*"));

        await client.SendAsync("there");
        using (await worker.ReceiveAsync().WithinAsync()) await worker.SendAsync(Message.Of("c", "back"));
        using var reply = await client.ReceiveAsync().WithinAsync();
        using var there = await copies.ReceiveAsync().WithinAsync();
        using var back = await copies.ReceiveAsync().WithinAsync();
        Assert.Equal(["c", "there"], Frames(there));
        Assert.Equal(["c", "back"], Frames(back));
        await StopAsync(running);
    }

    [Fact]
    public async Task Proxy_ACaptureThatNobodyReads_DoesNotSlowItDown()
    {
        await using var pull = new PullSocket(_context);
        await using var push = new PushSocket(_context);
        await using var capture = new PushSocket(_context);
        var proxy = new ZmtpProxy(pull, push, capture);
        var running = proxy.RunAsync(_stop.Token);
        await using var sender = await ConnectAsync(new PushSocket(_context), await pull.BindAsync("tcp://127.0.0.1:*"));
        await using var receiver = await ConnectAsync(new PullSocket(_context), await push.BindAsync("tcp://127.0.0.1:*"));

        await sender.SendAsync("x");
        using var message = await receiver.ReceiveAsync().WithinAsync();
        await StopAsync(running);
        Assert.Equal(1, proxy.Statistics.CopiesDropped);
    }

    /// <summary>The copy is dropped and counted: what is the matter with it is nothing to those whom the message is for.</summary>
    [Fact]
    public async Task Proxy_ACaptureThatCannotEncodeTheCopy_DropsTheCopyAndPassesTheMessageOn()
    {
        var security = new FallibleSecurity();
        await using var pull = new PullSocket(_context);
        await using var push = new PushSocket(_context);
        await using var sender = new PushSocket(_context);
        await using var receiver = new PullSocket(_context);
        await Join.ToAsync(pull, sender, "inproc");
        await Join.ToAsync(push, receiver, "inproc");
        await using var capture = new PushSocket(_context, new() { Security = security });
        await using var copies = new PullSocket(_context);
        await Join.ToAsync(capture, copies);
        security.Made[0].Fails = true;
        var proxy = new ZmtpProxy(pull, push, capture);
        var running = proxy.RunAsync(_stop.Token);

        await sender.SendAsync("x");

        using var message = await receiver.ReceiveAsync().WithinAsync();
        Assert.Equal("x", message.AsString());
        await StopAsync(running);
        Assert.Equal(1, proxy.Statistics.CopiesDropped);
        Assert.Equal(1, proxy.Statistics.Forward.Messages);
    }

    /// <summary>One peer's fault: those that come after it, and the other direction, need the proxy.</summary>
    [Fact]
    public async Task Proxy_TheOnlyPeersConnectionCannotEncode_TheMessageIsCountedAsDroppedAndTheProxyGoesOn()
    {
        var security = new FallibleSecurity();
        await using var pull = new PullSocket(_context);
        await using var push = new PushSocket(_context, new() { Security = security });
        await using var sender = new PushSocket(_context);
        await using var receiver = new PullSocket(_context, Sut.Quick);
        await Join.ToAsync(pull, sender, "inproc");
        await Join.ToAsync(push, receiver);
        security.Made[0].Fails = true;
        var proxy = new ZmtpProxy(pull, push);
        var running = proxy.RunAsync(_stop.Token);

        await sender.SendAsync("lost");
        await sender.SendAsync("next");

        using var message = await receiver.ReceiveAsync().WithinAsync();
        Assert.Equal("next", message.AsString());
        await StopAsync(running);
        Assert.Equal((1, 1), (proxy.Statistics.Forward.Messages, proxy.Statistics.Forward.Dropped));
    }

    /// <summary>A ROUTER does not wait for one client: what it drops is not counted as passed on.</summary>
    [Theory]
    [InlineData("a client that does not read")]
    [InlineData("a client that is not there")]
    public async Task Proxy_RepliesThatTheRouterDrops_AreCountedAsDropped(string to)
    {
        const int Replies = 100;
        var marks = new SocketOptions { SendHighWaterMark = 1, ReceiveHighWaterMark = 1 };
        await using var router = new RouterSocket(_context, marks);
        await using var dealer = new DealerSocket(_context);
        var proxy = new ZmtpProxy(router, dealer);
        await using var client = new DealerSocket(_context, marks with { RoutingId = "c"u8.ToArray() });
        await using var worker = new DealerSocket(_context);
        await Join.ToAsync(router, client, "inproc");
        await Join.ToAsync(dealer, worker, "inproc");
        var running = proxy.RunAsync(_stop.Token);

        var address = to == "a client that is not there" ? "d" : "c";
        for (var i = 0; i < Replies; i++) await worker.SendAsync(Message.Of(address, "reply"));
        await UntilAsync(() => proxy.Statistics.Backward is var passed && passed.Messages + passed.Dropped == Replies);

        await StopAsync(running);
        var received = 0;
        for (; client.TryReceive(out var reply); received++) reply.Dispose();
        Assert.Equal((received, Replies - received), (proxy.Statistics.Backward.Messages, proxy.Statistics.Backward.Dropped));
    }

    [Fact]
    public async Task Proxy_AReplyWithoutAnAddress_IsDroppedAndTheProxyGoesOn()
    {
        await using var router = new RouterSocket(_context);
        await using var dealer = new DealerSocket(_context);
        var proxy = new ZmtpProxy(router, dealer);
        var running = proxy.RunAsync(_stop.Token);
        await using var req = await ConnectAsync(new ReqSocket(_context), await router.BindAsync("tcp://127.0.0.1:*"));
        await using var worker = await ConnectAsync(new DealerSocket(_context), await dealer.BindAsync("tcp://127.0.0.1:*"));

        await worker.SendAsync("no envelope");
        await req.SendAsync("request");
        await worker.SendAsync(await worker.ReceiveAsync().WithinAsync());
        using var reply = await req.ReceiveAsync().WithinAsync();
        Assert.Equal("request", reply.AsString());
        await StopAsync(running);
        Assert.Equal(1, proxy.Statistics.Backward.Dropped);
    }

    /// <summary>Whichever of its sockets it waits for at that moment.</summary>
    [Theory]
    [InlineData(SocketType.Pull, SocketType.Push, "front end", false)]
    [InlineData(SocketType.Pull, SocketType.Push, "front end", true)]
    [InlineData(SocketType.Pull, SocketType.Push, "back end", false)]
    [InlineData(SocketType.Pull, SocketType.Push, "back end", true)]
    [InlineData(SocketType.Pull, SocketType.Push, "capture", false)]
    [InlineData(SocketType.Pull, SocketType.Push, "capture", true)]
    [InlineData(SocketType.Sub, SocketType.Pub, "back end", false)]
    [InlineData(SocketType.Router, SocketType.Dealer, "front end", true)]
    [InlineData(SocketType.Router, SocketType.Dealer, "back end", true)]
    public async Task Proxy_ASocketThatIsDisposed_EndsIt(SocketType front, SocketType back, string which, bool holdsAMessage)
    {
        await using var frontend = Sut.Socket(_context, front);
        await using var backend = Sut.Socket(_context, back);
        await using var capture = new PushSocket(_context);
        await using SendingSocket source = front == SocketType.Router ? new DealerSocket(_context) : new PushSocket(_context);
        var proxy = new ZmtpProxy(frontend, backend, capture);
        var running = proxy.RunAsync();
        if (holdsAMessage)
        {
            await Join.ToAsync(frontend, source, "inproc");
            await source.SendAsync("x");

            // Copied once it is taken, and for nobody: from here on it waits for a peer of the back end.
            await UntilAsync(() => proxy.Statistics.CopiesDropped == 1);
        }

        var disposed = which switch { "front end" => frontend, "back end" => backend, _ => capture };
        await disposed.DisposeAsync();

        var error = await Assert.ThrowsAsync<ObjectDisposedException>(() => running.WithinAsync());
        Assert.Equal(disposed.GetType().Name, error.ObjectName);
        Assert.Equal(holdsAMessage ? 1 : 0, proxy.Statistics.Forward.Dropped);
    }

    [Fact]
    public async Task Proxy_Stopped_CanRunAgainButNotTwiceAtOnce()
    {
        await using var pull = new PullSocket(_context);
        await using var push = new PushSocket(_context);
        var proxy = new ZmtpProxy(pull, push);
        var running = proxy.RunAsync(_stop.Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => proxy.RunAsync());
        await StopAsync(running);

        using var again = new CancellationTokenSource();
        var second = proxy.RunAsync(again.Token);
        await again.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WithinAsync());
    }

    private async Task StopAsync(Task running)
    {
        await _stop.CancelAsync();
        var stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WithinAsync());
        Assert.Equal(_stop.Token, stopped.CancellationToken);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var until = TestTimeout.Token; !isSo(); await Task.Yield()) until.ThrowIfCancellationRequested();
    }

    private static async Task<T> ConnectAsync<T>(T socket, string endpoint)
        where T : ZmtpSocket
    {
        socket.Connect(endpoint);
        await socket.WaitForPeerAsync(TestTimeout.Default);
        return socket;
    }

    private static async Task<Message> FirstAsync(PubSocket publisher, SubSocket subscriber, params string[] topics)
    {
        var receiving = subscriber.ReceiveAsync(TestTimeout.Token).AsTask();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!receiving.IsCompleted)
        {
            foreach (var topic in topics) await publisher.SendAsync(topic);
            await Task.WhenAny(receiving, tick.WaitForNextTickAsync().AsTask());
        }

        return await receiving;
    }

    private static string[] Frames(Message message) => [.. Enumerable.Range(0, message.FrameCount).Select(frame => message.AsString(frame))];
}
