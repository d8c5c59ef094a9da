using System.Buffers.Binary;
using Xunit;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;
using Zmtp.Testing.Peers;

namespace Zmtp.Sockets.Tests.Hostile;

/// <summary>Peers that subscribe to as much as they may, leave and come again, while nobody receives what they leave.</summary>
[Collection(AloneCollection.Name)]
public class SubscribersLeaveFullTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(8, 350_000, 150)]
    [InlineData(65_000, 1000, 220)]
    public async Task XPUB_FullPeersLeaveAndComeWhileNobodyReceives_MemoryIsBounded(int length, int topics, int most)
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var first = await sut.PeerConnectsAsync("SUB");
        var subscribing = SubscribeAsync(first, length, topics);
        await Blocking.RunAsync(() =>
        {
            for (var i = 0; i < topics; i++) sut.Socket.Receive(TestTimeout.Default).Dispose();
        }).WithinAsync(60);
        await subscribing.WithinAsync();
        var full = GC.GetTotalMemory(forceFullCollection: true) - before;

        await first.DisposeAsync();
        await sut.Socket.ExpectNoTopicsAsync();
        var left = GC.GetTotalMemory(forceFullCollection: true) - before;
        for (var peer = 0; peer < 10; peer++)
        {
            var raw = await sut.PeerConnectsAsync("SUB", settle: false);
            subscribing = SubscribeAsync(raw, length, 3000);
            await sut.Events.NextAsync(SocketEventKind.HandshakeSucceeded);
            await raw.DisposeAsync();
            await subscribing.ContinueWith(static cut => _ = cut.Exception, TaskScheduler.Default).WithinAsync();
        }

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        var told = $"Full: {full / MiB} MiB, left: {left / MiB}, others: {taken / MiB}.";

        // Of short topics it was 156 MiB, while those that are announced lay in a tree of their own. Long ones are kept twice, and the pools have some too.
        Assert.True(full < most * MiB, told);
        Assert.True(left < 220 * MiB, told);
        Assert.True(taken < 400 * MiB, told);
    }

    private static async Task SubscribeAsync(RawPeer raw, int length, int topics)
    {
        var several = Math.Max(1, 64 * 1024 / length);
        var topic = new byte[length];
        for (var first = 0; first < topics; first += several)
        {
            using var all = new MemoryStream();
            for (var i = first; i < Math.Min(topics, first + several); i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(topic, i);
                all.Write(Octets.Command("SUBSCRIBE", topic));
            }

            await raw.SendAsync(all.ToArray());
        }
    }
}
