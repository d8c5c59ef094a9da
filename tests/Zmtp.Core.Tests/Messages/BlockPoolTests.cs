using Xunit;

namespace Zmtp.Core.Tests.Messages;

/// <summary>Who rents beside them changes what lies idle, and for a moment what is given back counts although it does not stay.</summary>
[Collection(AloneCollection.Name)]
public class BlockPoolTests
{
    [Theory]
    [InlineData(0, 4096)]
    [InlineData(1, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 8192)]
    [InlineData(65_536, 65_536)]
    [InlineData(65_537, 81_920)]
    [InlineData(81_920, 81_920)]
    [InlineData(81_921, 98_304)]
    [InlineData(114_689, 131_072)]
    [InlineData(131_073, 163_840)]
    [InlineData(1_048_576, 1_048_576)]
    [InlineData(1_048_577, 1_310_720)]
    [InlineData(BlockPool.MaximumSize - 1, BlockPool.MaximumSize)]
    [InlineData(BlockPool.MaximumSize, BlockPool.MaximumSize)]
    [InlineData(BlockPool.MaximumSize + 1, BlockPool.MaximumSize + 1)]
    public void Rent_AnyLength_IsRoundedUpToTheNextSizeWhileItIsPooled(int length, int expected)
    {
        var array = BlockPool.Rent(length);
        Assert.Equal(expected, array.Length);
        BlockPool.Return(array);
    }

    [Fact]
    public async Task Rent_OnManyThreads_NobodySharesAnArray()
    {
        await Task.WhenAll(Enumerable.Range(1, 8).Select(mark => Task.Run(() =>
        {
            var random = new Random(mark);
            for (var i = 0; i < 5_000; i++)
            {
                var array = BlockPool.Rent(random.Next(100_000));
                array.AsSpan().Fill((byte)mark);
                Thread.Yield();
                Assert.False(array.AsSpan().ContainsAnyExcept((byte)mark));
                BlockPool.Return(array);
            }
        })));
    }

    [Fact]
    public void Return_MoreThanIsToLieIdle_IsLeftToTheCollector()
    {
        var arrays = Enumerable.Range(0, 12).Select(_ => BlockPool.Rent(BlockPool.MaximumSize)).ToArray();
        foreach (var array in arrays) BlockPool.Return(array);
        Assert.InRange(BlockPool.Idle, 0, 64L * 1024 * 1024);
    }

    /// <summary>
    /// A sender whose queue had been full kept 64 idle arrays of one size, and with them no room for the size it had come to use: each message
    /// got new memory, which made it so slow that its queue stayed empty.
    /// </summary>
    [Fact]
    public void Return_WhileIdleArraysOfAnotherSizeFillThePool_IsKept()
    {
        const int Used = 2 * 1024 * 1024;

        // Another test's threads, or a full collection, may come in between now and then.
        Assert.Contains(Enumerable.Range(0, 3), _ =>
        {
            var burst = Enumerable.Range(0, 80).Select(_ => BlockPool.Rent(Used / 2)).ToArray();
            Array.ForEach(burst, BlockPool.Return);
            var array = BlockPool.Rent(Used);
            BlockPool.Return(array);
            var again = BlockPool.Rent(Used);
            BlockPool.Return(again);
            return array == again;
        });
    }
}
