using Xunit;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Patterns;

/// <summary>REQ towards scripted peers (RFC 28, "The REQ Socket Type").</summary>
public class RequestTests
{
    [Fact]
    [Spec("REQREP-02")]
    public async Task REQ_OutOfOrder_IsRefused()
    {
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        await sut.PeerConnectsAsync("REP");
        await Assert.ThrowsAsync<InvalidOperationException>(() => sut.Socket.ReceiveAsync().WithinAsync());
        Assert.Throws<InvalidOperationException>(() => sut.Socket.TryReceive(out _));
        await sut.Socket.SendAsync("one");
        await Assert.ThrowsAsync<InvalidOperationException>(() => sut.Socket.SendAsync("two").WithinAsync());
        Assert.Throws<InvalidOperationException>(() => sut.Socket.TrySend("two"));
    }

    [Fact]
    [Spec("REQREP-03", "REQREP-04")]
    public async Task REQ_Sends_DelimiterThenTheFrames()
    {
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("REP");
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
        await sut.Socket.SendAsync(Message.Of("A", "", "B"));
        await raw.ExpectAsync("01 00  01 01 41  01 00  00 01 42");
        await raw.SendAsync("01 00  01 01 43  01 00  00 01 44");
        Assert.Equal("C,,D", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("REQREP-01", "REQREP-05")]
    public async Task REQ_ThreePeers_AreAskedInRotation()
    {
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        RawPeer[] peers = [await sut.PeerConnectsAsync("REP"), await sut.PeerListensAsync("ROUTER"), await sut.PeerConnectsAsync("REP")];
        for (int i = 0; i < 9; i++)
        {
            await sut.Socket.SendAsync("hello");
            await peers[i % 3].ExpectAsync(Octets.RequestHello);
            await peers[i % 3].SendAsync(Octets.Hex("01 00"), Octets.Frame($"{i}"));
            Assert.Equal($"{i}", await sut.Socket.NextAsync());
        }
    }

    [Fact]
    [Spec("REQREP-06", "REQREP-07")]
    public async Task REQ_NoPeer_BlocksAndSendsOnceOneIsThere()
    {
        await using var sut = await Sut.BoundAsync(
            context => new ReqSocket(context, Sut.Quick with { SendTimeout = TimeSpan.FromMilliseconds(50) }));
        Assert.False(sut.Socket.TrySend("hello"));
        Assert.Throws<TimeoutException>(() => sut.Socket.Send("hello"));
        var sending = sut.Socket.SendAsync("hello").AsTask();
        Assert.False(sending.IsCompleted);
        var raw = await sut.PeerConnectsAsync("REP", settle: false);
        await sending.WithinAsync();
        await raw.ExpectAsync(Octets.RequestHello);
        await raw.ExpectOpenAsync();
    }

    [Fact]
    [Spec("REQREP-08", "REQREP-09")]
    public async Task REQ_ReplyFromAnotherPeer_IsIgnored()
    {
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        var asked = await sut.PeerConnectsAsync("ROUTER");
        var other = await sut.PeerConnectsAsync("ROUTER");
        await other.SendAsync("01 00 00 01 58");
        await other.ExpectOpenAsync();
        await sut.Socket.SendAsync("hello");
        await asked.ExpectAsync(Octets.RequestHello);
        await other.SendAsync("01 00 00 01 59");
        await other.ExpectOpenAsync();
        await asked.SendAsync("01 00 00 01 41");
        Assert.Equal("A", await sut.Socket.NextAsync());

        await asked.SendAsync("01 00 00 01 5A");
        await asked.ExpectOpenAsync();
        await sut.Socket.SendAsync("hello");
        await other.ExpectAsync(Octets.RequestHello);
        await other.SendAsync("01 00 00 01 42  01 00 00 01 43");
        Assert.Equal("B", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData("00 01 41")]
    [InlineData("00 00")]
    [InlineData("01 01 41 01 00 00 01 42")]
    [Spec("REQREP-10", "REQREP-09")]
    public async Task REQ_ReplyWithoutDelimiter_IsIgnored(string reply)
    {
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("REP");
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
        await raw.SendAsync(reply);
        await sut.Socket.ExpectNoMessageAsync();
        await raw.SendAsync("01 00 00 01 43");
        Assert.Equal("C", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("REQREP-02")]
    public async Task REQ_InterruptedWhileItAsks_NothingIsAwaited()
    {
        await using var sut = await Sut.BoundAsync(context => new ReqSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("REP");
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
        await raw.SendAsync(Octets.RequestHello);
        using var reply = await sut.Socket.ReceiveAsync(TestTimeout.Token);
        var asked = (Pipe)reply.Buffer.Source!.Origin;

        await Interrupted.RunAsync(
            body =>
            {
                lock (asked.Gate) body();
            },
            () =>
            {
                Interrupted.PutOff(() => sut.Socket.Send("never"u8));
                Assert.NotSame(MessageBuffer.Rent(), MessageBuffer.Rent());
            });
        Assert.Throws<InvalidOperationException>(() => sut.Socket.TryReceive(out _));
        await sut.Socket.SendAsync("hello");
        await raw.ExpectAsync(Octets.RequestHello);
        await raw.SendAsync(Octets.RequestHello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }
}
