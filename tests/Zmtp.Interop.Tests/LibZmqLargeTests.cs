using Zmtp.Interop.Tests.LibZmq;
using Zmtp.Interop.Tests.Support;
using Zmtp.Sockets;
using Zmtp.Testing;

namespace Zmtp.Interop.Tests;

/// <summary>Messages of many frames and of large ones, both ways.</summary>
[Collection(LargeCollection.Name)]
public sealed class LibZmqLargeTests : DisposedTests
{
    private readonly TwoContexts _contexts = new();

    public override ValueTask DisposeAsync() => _contexts.DisposeAsync();

    [Theory]
    [Spec("ZMTP30-39", "ZMTP30-94", "CURVE-61")]
    [InlineData(false, 10_000, 3)]
    [InlineData(true, 10_000, 3)]
    [InlineData(false, 3, 32 << 20)]
    [InlineData(true, 3, 32 << 20)]
    public async Task LIBZMQ_ManyFramesAndLargeOnes_ArriveUnchangedBothWays(bool curve, int count, int size)
    {
        await using var ours = new DealerSocket(_contexts.Ours, _contexts.Options(curve));
        var theirs = _contexts.Socket(LibZmqSocketType.Dealer, curve);
        await ours.ConnectAsync(theirs.Bind());
        byte[][] frames = [.. Enumerable.Range(0, count).Select(i => Frame(size, i))];

        await ours.SendFramesAsync(frames);
        var there = await theirs.ReceiveAsync();
        await theirs.SendAsync([.. there.Frames]);
        byte[][] back = await ours.ReceiveFramesAsync();

        AssertSame(frames, there.Frames);
        AssertSame(frames, back);
    }

    private static byte[] Frame(int size, int number)
    {
        byte[] frame = new byte[size];
        new Random(number).NextBytes(frame);
        return frame;
    }

    private static void AssertSame(byte[][] expected, IReadOnlyList<byte[]> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++) Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]), $"Frame {i} changed.");
    }
}
