using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>A large message that PUB sends to many is in memory once, for as long as any of them has not got it.</summary>
[Collection(AloneCollection.Name)]
public class SharedFrameTests
{
    private const int Large = 1024 * 1024;

    private const int Small = 50_000;

    [Theory]
    [InlineData("inproc", "NULL", false)]
    [InlineData("inproc", "NULL", true)]
    [InlineData("tcp", "NULL", false)]
    [InlineData("tcp", "NULL", true)]
    [InlineData("tcp", "CURVE", false)]
    [InlineData("tcp", "CURVE", true)]
    public async Task PUB_ManySubscribersThatDoNotRead_TheyShareOneCopy(string transport, string mechanism, bool isMessage)
    {
        const int published = 5;
        var count = transport == "inproc" ? 100 : 40;
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(
            mechanism, new() { Linger = TimeSpan.Zero, ReceiveHighWaterMark = 1, Transport = new() { SendBufferSize = 16 * 1024, ReceiveBufferSize = 16 * 1024 } });
        await using var pub = new PubSocket(context, server);
        var subs = await SubscribeAsync(pub, context, client, transport, count);
        var body = new byte[Large];

        // Until the queues hold what comes: what is sealed at once needs memory of its own for each.
        for (var i = 0; i < 4; i++) Publish(pub, body, isMessage: false);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < published; i++) Publish(pub, body, isMessage);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 4L * published * Large, $"{published} messages of 1 MiB to {count} subscribers: {allocated:N0} octets were allocated.");
        foreach (var sub in subs) await sub.DisposeAsync();
    }

    [Theory]
    [InlineData("inproc", "NULL")]
    [InlineData("ipc", "NULL")]
    [InlineData("tcp", "NULL")]
    [InlineData("tcp", "CURVE")]
    public async Task PUB_SubscribersReadAndDropAndLeave_WhatIsReadIsRightAndAllMemoryComesBackOnce(string transport, string mechanism)
    {
        const int count = 6;
        await using var context = Join.NewContext();
        var (server, client) = Join.Roles(
            mechanism, new() { Linger = TimeSpan.Zero, SendHighWaterMark = 4, ReceiveHighWaterMark = 2, SendHighWaterOctets = 3 * Large });
        var pub = new PubSocket(context, server);
        var subs = await SubscribeAsync(pub, context, client, transport, count);
        var kept = new List<Message>();
        var received = 0;
        for (var i = 1; i <= 120; i++)
        {
            // What was sent is the sender's again at once.
            var body = new byte[i % 3 == 0 ? Large : Small];
            body.AsSpan().Fill((byte)i);
            Publish(pub, body, isMessage: i % 2 == 0);
            body.AsSpan().Clear();

            // The first ones never read; then one after another leaves.
            if (i % 40 == 0) await subs[(i / 40) - 1].DisposeAsync();
            foreach (var sub in subs.Skip(3))
            {
                while (sub.TryReceive(out var message))
                {
                    if (message.Length < Small) continue;
                    AssertIsWhole(message);
                    if (++received % 10 == 0) kept.Add(message);
                    else message.Dispose();
                }
            }
        }

        Assert.All(kept, AssertIsWhole);
        await pub.DisposeAsync();
        Assert.True(received > 0);
        foreach (var sub in subs) await sub.DisposeAsync();
        Assert.All(kept, AssertIsWhole);
        foreach (var message in kept) message.Dispose();
        AssertNothingLiesInThePoolTwice();
    }

    private static void Publish(PubSocket pub, byte[] body, bool isMessage)
    {
        if (isMessage) Assert.True(pub.TrySend(Message.Of(body.AsMemory(0, 1), body)));
        else Assert.True(pub.TrySend(body));
    }

    private static void AssertIsWhole(Message message)
    {
        var body = message[message.FrameCount - 1].Span;
        Assert.NotEqual(0, body[0]);
        Assert.Equal(body[0], message.Span[0]);
        Assert.Equal(body[0] % 3 == 0 ? Large : Small, body.Length);
        Assert.Equal(-1, body.IndexOfAnyExcept(body[0]));
    }

    private static void AssertNothingLiesInThePoolTwice()
    {
        foreach (var size in new[] { Small, Large })
        {
            var arrays = Enumerable.Range(0, 1000).TakeWhile(_ => BlockPool.Idle > 0).Select(_ => BlockPool.Rent(size)).Take(200).ToArray();
            Assert.Equal(arrays.Length, arrays.Distinct(ReferenceEqualityComparer.Instance).Count());
            foreach (var array in arrays) BlockPool.Return(array);
        }
    }

    private static async Task<SubSocket[]> SubscribeAsync(PubSocket pub, ZmtpContext context, SocketOptions options, string transport, int count)
    {
        var endpoint = await pub.BindAsync(Join.Fresh(transport));
        var subs = Enumerable.Range(0, count).Select(_ => new SubSocket(context, options)).ToArray();
        foreach (var sub in subs)
        {
            sub.Subscribe("");
            sub.Connect(endpoint);
            await sub.WaitForPeerAsync(TestTimeout.Default);
            await Pairing.UntilSubscribedAsync(pub, sub, "");
        }

        return subs;
    }
}
