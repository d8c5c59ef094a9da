using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Sockets.Pipes;
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
    public async Task XPUB_AFullPeerLeavesWhileNobodyReceives_MemoryIsBounded(int length, int topics, int most)
    {
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var before = Memory();
        var first = await SubscribesAsync(sut, length, topics);
        var full = Memory() - before;

        await first.DisposeAsync();
        await sut.Socket.ExpectNoTopicsAsync();
        await IsTooMuchLeftAsync(sut.Socket.Leftovers);

        // Of short topics it was 156 MiB, while those that are announced lay in a tree of their own. Long ones are kept twice, and the pools have some too.
        var left = Memory() - before;
        var told = $"Full: {full / MiB} MiB, left: {left / MiB}.";
        Assert.True(full < most * MiB, told);
        Assert.True(left < 220 * MiB, told);
    }

    /// <summary>Were they read, each would take 90 MiB: what it has subscribed to and leaves to be received, until its own mark is reached.</summary>
    [Fact]
    public async Task XPUB_AFullPeerHasLeftAndOthersComeWhileNobodyReceives_TheyTakeNoMemory()
    {
        const int length = 65_000;
        await using var sut = await Sut.BoundAsync(context => new XPubSocket(context, Sut.Quick));
        var first = await SubscribesAsync(sut, length, 1000);
        await first.DisposeAsync();
        await IsTooMuchLeftAsync(sut.Socket.Leftovers);
        var left = Memory();

        var sent = 0;
        var others = new List<(RawPeer Raw, Task Subscribing)>();
        for (var peer = 0; peer < 5; peer++)
        {
            var raw = await sut.PeerConnectsAsync("SUB", settle: false);
            others.Add((raw, SubscribeAsync(raw, length, 900, onSent: () => Interlocked.Increment(ref sent))));
        }

        // They are not read: what the system takes of theirs is soon full. If they were, they would send to the end.
        await Standstill.OfAsync(() => Volatile.Read(ref sent), least: 1);
        foreach (var (raw, subscribing) in others)
        {
            raw.Reset();
            await subscribing.ContinueWith(static cut => _ = cut.Exception, TaskScheduler.Default).WithinAsync();
        }

        var taken = Memory() - left;
        Assert.True(taken < 64 * MiB, $"Five more have taken {taken / MiB} MiB.");
    }

    // The last of the peer's end, after its topics are gone and that was told: who comes before it is read.
    private static Task IsTooMuchLeftAsync(Leftovers leftovers) => Blocking.RunAsync(() =>
    {
        var isTooMuch = SpinWait.SpinUntil(
            () =>
            {
                lock (GateOf(leftovers)) return IsTooMuch(leftovers);
            },
            TestTimeout.Default);
        Assert.True(isTooMuch, "What the peer has left does not count.");
    });

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref readonly Lock GateOf(Leftovers leftovers);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "IsTooMuch")]
    private static extern bool IsTooMuch(Leftovers leftovers);

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>A peer subscribes, and all of it is received.</summary>
    private static async Task<RawPeer> SubscribesAsync(Sut<XPubSocket> sut, int length, int topics)
    {
        var raw = await sut.PeerConnectsAsync("SUB");
        var subscribing = SubscribeAsync(raw, length, topics);
        await Blocking.RunAsync(() =>
        {
            for (var i = 0; i < topics; i++) sut.Socket.Receive(TestTimeout.Default).Dispose();
        }).WithinAsync(60);
        await subscribing.WithinAsync();
        return raw;
    }

    private static async Task SubscribeAsync(RawPeer raw, int length, int topics, Action? onSent = null)
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
            onSent?.Invoke();
        }
    }
}
