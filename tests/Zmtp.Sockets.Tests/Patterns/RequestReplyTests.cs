using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

public class RequestReplyTests
{
    [Fact]
    public async Task Req_OutOfOrder_ThrowsInvalidOperationException()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        await Join.ToAsync(rep, req, "inproc");

        Assert.Throws<InvalidOperationException>(() => req.TryReceive(out _));
        Assert.Throws<InvalidOperationException>(() => req.Receive(TestTimeout.Default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => req.ReceiveAsync().WithinAsync());
        await req.SendAsync("1");
        Assert.Throws<InvalidOperationException>(() => req.Send("2"));
        var kept = Message.Of("2");
        Assert.Throws<InvalidOperationException>(() => req.Send(kept));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await req.SendAsync(kept));
        Assert.Equal("2", kept.AsString());

        // The errors have changed nothing.
        await Pairing.ExpectAsync(rep.ReceiveAsync(), "1");
        await rep.SendAsync("one");
        await Pairing.ExpectAsync(req.ReceiveAsync(), "one");
    }

    [Fact]
    public async Task Rep_OutOfOrder_ThrowsInvalidOperationException()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        await Join.ToAsync(rep, req, "inproc");

        Assert.Throws<InvalidOperationException>(() => rep.Send("?"));
        await req.SendAsync("1");
        await Pairing.ExpectAsync(rep.ReceiveAsync(), "1");
        Assert.Throws<InvalidOperationException>(() => rep.TryReceive(out _));
        await Assert.ThrowsAsync<InvalidOperationException>(() => rep.ReceiveAsync().WithinAsync());
        await rep.SendAsync("one");
        Assert.Throws<InvalidOperationException>(() => rep.Send("again"));
        await Pairing.ExpectAsync(req.ReceiveAsync(), "one");
    }

    [Fact]
    public async Task Rep_ReceiveTimesOutOrIsCancelled_MayReceiveAgain()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        await Join.ToAsync(rep, req, "inproc");

        Assert.False(rep.TryReceive(TimeSpan.FromMilliseconds(1), out _));
        using var source = new CancellationTokenSource();
        var receiving = rep.ReceiveAsync(source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.WithinAsync());

        await req.SendAsync("1");
        await Pairing.ExpectAsync(rep.ReceiveAsync(), "1");
    }

    [Fact]
    public async Task Req_ReceiveCancelled_TheReplyIsNotLost()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        await Join.ToAsync(rep, req, "inproc");
        await req.SendAsync("1");
        using var source = new CancellationTokenSource();
        var receiving = req.ReceiveAsync(source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.WithinAsync());

        await Pairing.ExpectAsync(rep.ReceiveAsync(), "1");
        await rep.SendAsync("one");
        await Pairing.ExpectAsync(req.ReceiveAsync(), "one");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Req_ResetWhileTheReplyIsHere_DropsIt(string transport)
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context, new() { ReconnectInterval = TimeSpan.FromMilliseconds(1) });
        await using var rep = new RepSocket(context);
        await Join.ToAsync(rep, req, transport);
        for (var i = 0; i < 50; i++)
        {
            await req.SendAsync("given up");
            await Pairing.ExpectAsync(rep.ReceiveAsync(), "given up");
            await rep.SendAsync("late");
            if (i % 2 == 0) await Task.Yield();
            req.Reset();

            await req.SendAsync("asked anew", TestTimeout.Token);
            await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "asked anew");
            await rep.SendAsync("in time");
            await Pairing.ExpectAsync(req.ReceiveAsync(TestTimeout.Token), "in time");
        }
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("inproc")]
    public async Task Req_ResetBeforeTheReplyIsSent_TheReplyIsNotTakenForTheNextOne(string transport)
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context, new() { ReconnectInterval = TimeSpan.FromMilliseconds(10) });
        await using var rep = new RepSocket(context);
        await Join.ToAsync(rep, req, transport);
        await req.SendAsync("slow");
        await Pairing.ExpectAsync(rep.ReceiveAsync(), "slow");
        req.Reset();
        await req.SendAsync("quick", TestTimeout.Token);

        await rep.SendAsync("late");
        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "quick");
        await rep.SendAsync("in time");

        await Pairing.ExpectAsync(req.ReceiveAsync(TestTimeout.Token), "in time");
    }

    [Fact]
    public async Task Req_ResetWithoutARequest_DoesNothing()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context);
        await using var rep = new RepSocket(context);
        await Join.ToAsync(rep, req, "inproc");
        req.Reset();
        await req.SendAsync("1");
        await Pairing.ExpectAsync(rep.ReceiveAsync(), "1");
    }

    [Fact]
    public async Task Req_PeerDies_AfterResetAnotherIsAsked()
    {
        await using var context = Join.NewContext();
        await using var req = new ReqSocket(context, new() { ReconnectInterval = TimeSpan.FromMilliseconds(10) });
        await using var listener = RawListener.Open();
        req.Connect(listener.Endpoint);
        await using var first = await listener.AcceptAsync();
        await first.Handshake31Async("REP");
        await req.SendAsync("hello");
        await first.ExpectAsync(Octets.RequestHello);
        first.Reset();

        await using var second = await listener.AcceptAsync();
        req.Reset();
        await req.SendAsync("hello", TestTimeout.Token);
        await second.Handshake31Async("REP");
        await second.ExpectAsync(Octets.RequestHello);
        await second.SendAsync("01 00 00 02 6F 6B");
        await Pairing.ExpectAsync(req.ReceiveAsync(), "ok");
    }

    [Fact]
    public async Task Rep_AskerLeftBeforeTheReply_TheReplyIsDroppedAndTheNextRequestServed()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context);
        var endpoint = await rep.BindAsync("tcp://127.0.0.1:*");
        var asker = await RawPeer.ConnectAsync(endpoint);
        await asker.Handshake31Async("REQ");
        await asker.SendAsync(Octets.RequestHello);
        await Pairing.ExpectAsync(rep.ReceiveAsync(), "hello");
        asker.Reset();
        await asker.DisposeAsync();
        await rep.SendAsync("nobody hears");

        await using var req = new ReqSocket(context);
        req.Connect(endpoint);
        await req.SendAsync("2", TestTimeout.Token);
        await Pairing.ExpectAsync(rep.ReceiveAsync(TestTimeout.Token), "2");
        await rep.SendAsync("two");
        await Pairing.ExpectAsync(req.ReceiveAsync(TestTimeout.Token), "two");
    }

    [Fact]
    public async Task Rep_ManyAskers_EachGetsItsOwnReply()
    {
        await using var context = Join.NewContext();
        await using var rep = new RepSocket(context);
        var endpoint = await rep.BindAsync("tcp://127.0.0.1:*");
        var until = TestTimeout.After(TestTimeout.Default * 2);
        var serving = Task.Run(async () =>
        {
            for (var i = 0; i < 8 * 200; i++)
            {
                using var request = await rep.ReceiveAsync(until);
                await rep.SendAsync("re " + request.AsString(), until);
            }
        });
        var asking = Enumerable.Range(0, 8).Select(asker => Task.Run(async () =>
        {
            await using var req = new ReqSocket(context);
            req.Connect(endpoint);
            for (var i = 0; i < 200; i++)
            {
                await req.SendAsync($"{asker} {i}", until);
                using var reply = await req.ReceiveAsync(until);
                Assert.Equal($"re {asker} {i}", reply.AsString());
            }
        }));

        await Task.WhenAll([serving, .. asking]).WithinAsync(60);
    }
}
