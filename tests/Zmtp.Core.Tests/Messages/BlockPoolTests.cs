using Xunit;

namespace Zmtp.Core.Tests.Messages;

public class BlockPoolTests
{
    [Theory]
    [InlineData(0, 4096)]
    [InlineData(1, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 8192)]
    [InlineData(65_536, 65_536)]
    [InlineData(65_545, 131_072)]
    [InlineData(BlockPool.MaximumSize, BlockPool.MaximumSize)]
    [InlineData(BlockPool.MaximumSize + 1, BlockPool.MaximumSize + 1)]
    public void Rent_AnyLength_IsRoundedUpToAPowerOfTwoWhileItIsPooled(int length, int expected)
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
}
