using Xunit;
using Zmtp.Security;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;
using Zmtp.Testing.Searching;

namespace Zmtp.Sockets.Tests.Lessons;

/// <summary>Crowds of peers that never get in, and what is left for those who do.</summary>
[Collection(AloneCollection.Name)]
public sealed class CrowdTests
{
    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData("PUSH PULL", true)]
    [InlineData("PUSH PULL", false)]
    [InlineData("PUB SUB", true)]
    [InlineData("PUB XSUB", true)]
    [InlineData("DEALER ROUTER", true)]
    [InlineData("DEALER ROUTER", false)]
    [InlineData("REQ REP", false)]
    [Lesson("T8")]
    public async Task CROWD_Of300UnfinishedPeers_GetsNoMessageAndTakesNoneFromGoodOnes(string pairing, bool firstBinds)
    {
        await using var context = Searched.NewContext();
        var (first, second) = Pairing.Create(pairing, context, Sut.Quick, Sut.Quick);
        var (bound, connecting) = firstBinds ? (first, second) : (second, first);
        var endpoint = await bound.BindAsync("tcp://127.0.0.1:*");
        var crowd = new List<RawPeer>();
        for (var i = 0; i < 300; i++)
        {
            // Silent, in the middle of the greeting, or behind it.
            var peer = await RawPeer.ConnectAsync(endpoint);
            await peer.SendAsync(Octets.Greeting31()[..(i % 65)]);
            crowd.Add(peer);
        }

        connecting.Connect(endpoint);
        await bound.WaitForPeerAsync(TestTimeout.Default);
        for (var i = 0; i < 100; i++) await Pairing.ExchangeAsync(first, second);

        Assert.Equal(1, bound.PeerCount);
        foreach (var peer in crowd)
        {
            Assert.Equal(64, (await peer.ReadAsync(64)).Length);
            await peer.DisposeAsync();
        }
    }

    [Fact]
    [Lesson("T19")]
    public async Task CROWD_Of10000HandshakesAndAnAuthenticatorThatNeverAnswers_WaitsInBoundedNumber()
    {
        const int Pending = 64;
        var authenticator = new Mute();

        // Without events and a log, which the tests would keep.
        await using var context = Searched.NewSilentContext();
        context.Use(authenticator);
        await using var pull = new PullSocket(context, TestServers.Asking("NULL") with { MaxPendingHandshakes = Pending });
        var endpoint = await pull.BindAsync("tcp://127.0.0.1:*");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var crowd = new Queue<RawPeer>();
        for (var i = 0; i < 10_000; i++)
        {
            var peer = await RawPeer.ConnectAsync(endpoint);
            await peer.SendAsync(Octets.Greeting31());
            crowd.Enqueue(peer);
            if (crowd.Count > 2 * Pending) await crowd.Dequeue().DisposeAsync();
        }

        // Whoever was dropped last is still being told.
        while (authenticator.Now > Pending) await Task.Delay(1, TestTimeout.Token);
        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        authenticator.Verdict = AuthenticationResult.Success();
        await using var good = await RawPeer.ConnectAsync(endpoint);
        await good.Handshake31Async("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await pull.NextAsync());
        Assert.True(authenticator.Most <= 2 * Pending, $"{authenticator.Most} requests were under way at once.");
        Assert.True(taken < 8 * MiB, $"{taken} octets are held.");
        while (crowd.TryDequeue(out var peer)) await peer.DisposeAsync();
    }

    [Fact]
    [Lesson("T19")]
    public async Task CROWD_ThatLeavesAndAnAuthenticatorThatGoesOn_IsAskedAboutInBoundedNumber()
    {
        const int Pending = 4;
        var authenticator = new Mute { WatchesToken = false };
        await using var sut = await Sut.BoundAsync(context =>
        {
            context.Use(authenticator);
            return new PullSocket(context, TestServers.Asking("NULL") with { MaxPendingHandshakes = Pending });
        });
        for (var i = 0; i < 10 * Pending; i++)
        {
            await using var peer = await RawPeer.ConnectAsync(sut.Endpoint);
            await peer.SendAsync(Octets.Greeting31());
        }

        ZmtpException refused;
        do refused = (await sut.Events.NextAsync(SocketEventKind.HandshakeFailed)).Error!;
        while (!refused.Message.StartsWith("The authenticator was not asked", StringComparison.Ordinal));
        Assert.Equal(FaultOrigin.Local, refused.Origin);
        Assert.Equal(2 * Pending, authenticator.Most);

        authenticator.Verdict = AuthenticationResult.Success();
        authenticator.Answer();
        while (authenticator.Now > 0) await Task.Delay(1, TestTimeout.Token);
        await using var good = await RawPeer.ConnectAsync(sut.Endpoint);
        await good.Handshake31Async("PUSH");
        await good.SendAsync(Octets.Hello);
        Assert.Equal("hello", await sut.Socket.NextAsync());
    }

    [Theory]
    [InlineData("PUB", "XSUB")]
    [InlineData("PUSH", "PULL")]
    [Lesson("T12")]
    public async Task JUNK_AMillionMessagesToASocketThatNeverReads_LeavesTheMemoryFlat(string type, string peer)
    {
        const int Count = 1_000_000;
        const int AtOnce = 10_000;
        await using var sut = await Sut.BoundAsync<ZmtpSocket>(
            context => type == "PUB" ? new PubSocket(context, Sut.Quick) : new PushSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync(peer);
        byte[] junk = [.. Enumerable.Repeat(Octets.Frame("junk"), AtOnce).SelectMany(frame => frame)];
        await raw.SendAsync(junk);
        await raw.ExpectOpenAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < Count; i += AtOnce) await raw.SendAsync(junk);
        await raw.ExpectOpenAsync();

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(taken < 4 * MiB, $"{taken} octets are held.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Lesson("T11")]
    public async Task TOPICS_AHundredThousandAndOneOf1MiB_AreForgottenWithTheirSubscriber(int minor)
    {
        await using var sut = await Sut.BoundAsync(context => new PubSocket(context, Sut.Quick));
        var raw = await sut.PeerConnectsAsync("SUB", minor: minor);
        byte[] topics = [.. Enumerable.Range(0, 100_000).SelectMany(i => Subscription(minor, Octets.BigEndian((uint)i)))];
        await raw.SendAsync(topics);
        await raw.ExpectOpenAsync();
        Assert.True(sut.Socket.HasTopics());

        // Either form has a limit of 64 KiB. A command's header is enough; that of a message may be of any other.
        var topic = Subscription(minor, new byte[MiB]);
        await raw.SendAsync(minor == 0 ? topic : topic[..100]);
        await raw.ExpectCloseAsync();

        await raw.DisposeAsync();
        await sut.Events.NextAsync(SocketEventKind.Disconnected);
        await sut.Socket.ExpectNoTopicsAsync();
        var good = await sut.PeerConnectsAsync("SUB");
        await good.SendAsync(Octets.Hex(Octets.SubscribeA));
        await good.ExpectOpenAsync();
        await sut.Socket.SendAsync("A1");
        await good.ExpectAsync("00 02 41 31");
    }

    private static byte[] Subscription(int minor, byte[] topic) =>
        minor == 0 ? Octets.Frame([1, .. topic]) : Octets.Command("SUBSCRIBE", topic);
}
