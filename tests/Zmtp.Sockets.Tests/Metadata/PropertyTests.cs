using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Metadata;

/// <summary>Identity, Resource and the application's properties.</summary>
public class PropertyTests
{
    [Fact]
    [Spec("ZMTP30-69")]
    public async Task IDENTITY_OfDealer_IsAnnouncedAndAddressesIt()
    {
        await using var router = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        await using var dealer = await Sut.BoundAsync(
            context => new DealerSocket(context, Sut.Quick with { RoutingId = Octets.Text("ABC") }));

        var raw = await dealer.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting30());
        await raw.ExpectAsync(
            "04 2C 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 44 45 41 4C 45 52 " +
            "08 49 64 65 6E 74 69 74 79 00 00 00 03 41 42 43");

        dealer.Socket.Connect(router.Endpoint);
        await router.Socket.WaitForPeerAsync(TestTimeout.Default);
        await router.Socket.SendAsync(Message.Of("ABC", "hello"));
        Assert.Equal("hello", await dealer.Socket.NextAsync());
    }

    [Theory]
    [InlineData(SocketType.Pub)]
    [InlineData(SocketType.Sub)]
    [InlineData(SocketType.XPub)]
    [InlineData(SocketType.XSub)]
    [InlineData(SocketType.Push)]
    [InlineData(SocketType.Pull)]
    [InlineData(SocketType.Pair)]
    [InlineData(SocketType.Rep)]
    [Spec("ZMTP30-69")]
    public async Task IDENTITY_OfOtherTypes_IsNotAnnounced(SocketType type)
    {
        await using var sut = await Sut.BoundAsync(context => Sut.Socket(context, type, Sut.Quick with { RoutingId = Octets.Text("ABC") }));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting30());
        var ready = await raw.ReadCommandAsync("READY");
        Assert.Equal(11 + 1 + 4 + SocketTypes.ToToken(type).Length, ready.CommandData.Length);
    }

    [Fact]
    [Spec("ZMTP30-70")]
    public async Task IDENTITY_FromSubscribersAndPushers_HasNoEffect()
    {
        await using var pub = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var one = await pub.PeerConnectsAsync("SUB", "x");
        var other = await pub.PeerConnectsAsync("SUB", "x");
        foreach (var raw in new[] { one, other })
        {
            await raw.SendAsync(Octets.SubscribeAll);
            await raw.ExpectOpenAsync();
        }

        await pub.Socket.SendAsync("hello");
        await one.ExpectAsync(Octets.Hello);
        await other.ExpectAsync(Octets.Hello);

        await using var pull = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        foreach (string body in new[] { "first", "second" })
        {
            var raw = await pull.PeerConnectsAsync("PUSH", "x");
            await raw.SendAsync(Octets.Frame(body));
            Assert.Equal(body, await pull.Socket.NextAsync());
        }
    }

    /// <summary>One that no REQ, DEALER or ROUTER may have means nothing here, either.</summary>
    [Theory]
    [InlineData(SocketType.Pull, "PUSH", false)]
    [InlineData(SocketType.Pull, "PUSH", true)]
    [InlineData(SocketType.Pair, "PAIR", false)]
    [InlineData(SocketType.Sub, "PUB", true)]
    [InlineData(SocketType.XPub, "XSUB", true)]
    [InlineData(SocketType.XSub, "XPUB", false)]
    [Spec("ZMTP30-70")]
    public async Task IDENTITY_OfOtherTypesThatIsNone_IsIgnored(SocketType type, string peer, bool isTwice)
    {
        await using var sut = await Sut.BoundAsync(context => Sut.Socket(context, type, Sut.Quick));
        if (sut.Socket is SubSocket sub) sub.Subscribe("");
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        var identity = Octets.Property("Identity", isTwice ? Octets.Text("x") : [0x00, 0x41]);
        byte[][] properties = isTwice ? [identity, Octets.Metadata(peer), identity] : [identity, Octets.Metadata(peer)];
        await raw.SendAsync(Octets.Command("READY", properties), Octets.Hex(Octets.Hello));

        using var message = await ((IReceivingSocket)sut.Socket).ReceiveAsync().WithinAsync();

        Assert.Equal("hello", message.AsString());
        Assert.True(message.Peer!.Identity.IsEmpty);
    }

    [Theory]
    [InlineData(256, 0x41)]
    [InlineData(2, 0x00)]
    [InlineData(1, 0x00)]
    [Spec("ZMTP30-71", "ZMTP31-16", "REQREP-52")]
    [Lesson("T14")]
    public async Task IDENTITY_TooLongOrBeginningWithZero_Closes(int length, byte first)
    {
        byte[] identity = new byte[length];
        Array.Fill(identity, (byte)0x41);
        identity[0] = first;
        Assert.Throws<ArgumentException>(() => Sut.Create(context => new DealerSocket(context, Sut.Quick with { RoutingId = identity })));

        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Command("READY", Octets.Metadata("DEALER"), Octets.Property("Identity", identity)));
        await raw.ExpectCloseAsync();
        var failed = await sut.Events.NextAsync(SocketEventKind.HandshakeFailed);
        Assert.Equal(ProtocolError.InvalidIdentity, Assert.IsType<ZmtpProtocolException>(failed.Error).Error);
    }

    [Fact]
    [Spec("ZMTP30-71")]
    [Lesson("T6")]
    public async Task IDENTITY_Of255Octets_IsTheRoutingId()
    {
        string identity = new('i', 255);
        await using var sut = await Sut.BoundAsync(context => new RouterSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("DEALER", identity);
        await raw.SendAsync(Octets.Hello);
        Assert.Equal(identity + ",hello", await sut.Socket.NextAsync());
    }

    [Fact]
    [Spec("ZMTP30-65", "ZMTP30-26")]
    public async Task PROPERTY_OfTheApplication_GoesOutAndIsReadableAtTheOtherEnd()
    {
        var metadata = new ZmtpMetadata([new("X-foo", Octets.Text("bar"))]);
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick with { Metadata = metadata }));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(
            Octets.Command("READY", Octets.Metadata("PUSH"), Octets.Property("X-Foo", Octets.Text("baz"))), Octets.Hex(Octets.Hello));
        await raw.ExpectAsync(
            "04 27 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 04 50 55 4C 4C " +
            "05 58 2D 66 6F 6F 00 00 00 03 62 61 72");
        using var message = await sut.Socket.ReceiveAsync().WithinAsync();
        Assert.Equal("baz", message.Peer?.Metadata.GetText("x-foo"));
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("Identity")]
    [InlineData("Socket-Type")]
    [InlineData("X-a b")]
    [InlineData("")]
    [Spec("ZMTP30-56", "ZMTP30-65")]
    public void PROPERTY_NotOfTheApplication_IsRefused(string name)
    {
        using var context = Searched.NewContext();
        Assert.Throws<ArgumentException>(() => new PullSocket(context, new SocketOptions
        {
            Metadata = new ZmtpMetadata([new(name, Octets.Text("bar"))]),
        }));
    }

    [Fact]
    public void PROPERTIES_MoreThanPeersOfOursRead_AreRefused()
    {
        ZmtpMetadata Of(int count) => new(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"X-{i}", default(ReadOnlyMemory<byte>))));
        using var context = Searched.NewContext();
        using (new PullSocket(context, new SocketOptions { Metadata = Of(254) })) { }
        Assert.Throws<ArgumentException>(() => new PullSocket(context, new SocketOptions { Metadata = Of(255) }));
    }

    [Fact]
    [Spec("ZMTP31-14")]
    public async Task RESOURCE_IsNotRefused()
    {
        await using var sut = await Sut.BoundAsync(context => new PullSocket(context, Sut.Quick));
        var raw = await sut.RawConnectsAsync();
        await raw.ExchangeGreetingsAsync(Octets.Greeting31());
        await raw.SendAsync(Octets.Command("READY", Octets.Metadata("PUSH"), Octets.Property("Resource", Octets.Text("not-yet"))));
        await raw.ReadCommandAsync("READY");
        await raw.SendAsync(Octets.Hello);
        using var message = await sut.Socket.ReceiveAsync().WithinAsync();
        Assert.Equal("not-yet", message.Peer?.Metadata.GetText("Resource"));
    }
}
