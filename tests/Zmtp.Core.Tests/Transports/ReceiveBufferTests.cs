using System.Buffers;
using System.Runtime.InteropServices;
using Xunit;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Transports;

[Collection(AloneCollection.Name)]
public sealed class ReceiveBufferTests
{
    [Fact]
    public void RECEIVEBUFFER_FilledReads_MakeItGrowTo64KiB()
    {
        var buffer = new ReceiveBuffer();
        var sizes = new List<int>();
        for (var read = 0; read < 7; read++)
        {
            var free = buffer.Free().Length;
            sizes.Add(free);
            Assert.True(buffer.Add(free));
            buffer.Consume(buffer.Unconsumed.End);
        }
        Assert.Equal([4096, 8192, 16384, 32768, 65536, 65536, 65536], sizes);
    }

    [Fact]
    public void RECEIVEBUFFER_SmallReads_MakeItShrinkBack()
    {
        var buffer = new ReceiveBuffer();
        for (var read = 0; read < 6; read++) Receive(buffer, buffer.Free().Length);
        for (var read = 0; read < 4 * 64; read++) Receive(buffer, 10);
        buffer.GiveBack();
        Assert.False(buffer.IsRented);
        Assert.Equal(4096, buffer.Free().Length);
    }

    [Fact]
    public void RECEIVEBUFFER_Leftover_MovesToTheStart()
    {
        var buffer = new ReceiveBuffer();
        var free = buffer.Free();
        free[4094] = 1;
        free[4095] = 2;
        buffer.Add(4096);
        buffer.Consume(buffer.Unconsumed.GetPosition(4094));
        Assert.True(buffer.Free().Length >= 4094);
        Assert.Equal([1, 2], buffer.Unconsumed.ToArray());
        Assert.True(buffer.Unconsumed.IsSingleSegment);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2047, false)]
    [InlineData(2048, true)]
    public void RECEIVEBUFFER_Lends_OnlyWhatFillsHalfOfItsMemory(int length, bool lends)
    {
        var buffer = new ReceiveBuffer();
        buffer.Free();
        buffer.Add(length);
        Assert.Equal(lends, buffer.TryLend(out var octets));
        Assert.Equal(lends ? length : 0, octets.Count);
    }

    /// <summary>Of a handshake: a message would keep it alive.</summary>
    [Fact]
    public void RECEIVEBUFFER_LargerThanReadsNeed_IsNotLent()
    {
        var buffer = new ReceiveBuffer();
        while (buffer.Length <= ReceiveBuffer.MaximumSize) buffer.Add(buffer.Free().Length);
        Assert.False(buffer.TryLend(out _));
        buffer.Consume(buffer.Unconsumed.End);
        buffer.GiveBack();
    }

    [Fact]
    public void RECEIVEBUFFER_MemoryIsLeftToWhoBorrowedIt_TheRestGoesOnInOther()
    {
        var buffer = new ReceiveBuffer();
        buffer.Free().Fill(1);
        buffer.Add(4096);
        buffer.Consume(buffer.Unconsumed.GetPosition(10));
        Assert.True(buffer.TryLend(out var lent));
        Assert.Equal(10, lent.Offset);

        buffer.Leave(4000);

        Assert.Equal(86, buffer.Unconsumed.Length);
        buffer.Free().Fill(2);
        buffer.Add(14);
        Assert.Equal([.. Enumerable.Repeat((byte)1, 86), .. Enumerable.Repeat((byte)2, 14)], buffer.Unconsumed.ToArray());
        Assert.Equal(-1, lent.Array.AsSpan().IndexOfAnyExcept((byte)1));
        buffer.GiveBack();
        Assert.NotSame(lent.Array, BlockPool.Rent(4096));
    }

    [Fact]
    public void RECEIVEBUFFER_MemoryIsLeftWithAllThatItHeld_NoneIsRented()
    {
        var buffer = new ReceiveBuffer();
        buffer.Add(buffer.Free().Length);

        buffer.Leave(4096);

        Assert.False(buffer.IsRented);
        Assert.Equal(0, buffer.Length);
        Assert.False(buffer.Free().IsEmpty);
    }

    /// <summary>The arrays are shared by all connections, and what was not consumed may be a part of a password.</summary>
    [Theory]
    [InlineData("given back")]
    [InlineData("replaced")]
    [InlineData("moved")]
    public void RECEIVEBUFFER_OctetsThatNobodyConsumed_AreNotLeftBehind(string how)
    {
        var buffer = new ReceiveBuffer();
        var length = how == "replaced" ? 3000 : 100;

        // The array is one of the pool's, and holds what others have left in it.
        buffer.Free().Clear();
        buffer.Free()[..(200 + length)].Fill(7);
        buffer.Add(200 + length);
        Assert.True(MemoryMarshal.TryGetArray(buffer.Unconsumed.First, out var array));
        buffer.Consume(buffer.Unconsumed.GetPosition(200));
        array.AsSpan(0, 200).Clear();
        if (how != "given back") buffer.Free();
        if (how != "moved") buffer.GiveBack();
        Assert.Equal(how == "moved" ? length : 0, array.AsSpan().Count((byte)7));
    }

    [Fact]
    public void RECEIVEBUFFER_NothingConsumed_GrowsAndKeepsEverything()
    {
        var buffer = new ReceiveBuffer();
        var expected = new List<byte>();
        for (byte read = 0; expected.Count < 1_000_000; read = unchecked((byte)(read + 1)))
        {
            var free = buffer.Free();
            free.Fill(read);
            expected.AddRange(free.ToArray());
            buffer.Add(free.Length);
        }
        Assert.Equal(expected.ToArray(), buffer.Unconsumed.ToArray());
        buffer.GiveBack();
        buffer.GiveBack();
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void RECEIVEBUFFER_ForeignPosition_IsAnError()
    {
        var buffer = new ReceiveBuffer();
        buffer.Free();
        buffer.Add(10);
        var earlier = buffer.Unconsumed.GetPosition(2);
        buffer.Consume(buffer.Unconsumed.GetPosition(5));
        Assert.Throws<ArgumentException>(() => buffer.Consume(earlier));
        Assert.Throws<ArgumentException>(() => buffer.Consume(new ReadOnlySequence<byte>(new byte[100]).GetPosition(7)));
    }

    private static void Receive(ReceiveBuffer buffer, int count)
    {
        buffer.Free();
        buffer.Add(count);
        buffer.Consume(buffer.Unconsumed.End);
    }
}
