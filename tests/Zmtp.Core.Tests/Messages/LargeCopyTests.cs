using Xunit;

namespace Zmtp.Core.Tests.Messages;

public class LargeCopyTests
{
    private const int Piece = 64 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Piece - 1)]
    [InlineData(Piece)]
    [InlineData(Piece + 1)]
    [InlineData(2 * Piece)]
    [InlineData((4 * Piece) - 1)]
    [InlineData((5 * Piece) + 3)]
    public void CopyInPiecesTo_AnyLength_CopiesAllAndNothingBeyond(int length)
    {
        var from = new byte[length];
        new Random(length).NextBytes(from);
        var to = new byte[length + 1];
        to[length] = 0xA5;
        ((ReadOnlySpan<byte>)from).CopyInPiecesTo(to);
        Assert.Equal(from, to[..length]);
        Assert.Equal(0xA5, to[length]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData((2 * Piece) + 3)]
    [InlineData(4 * Piece)]
    public void CopyInPiecesTo_NoRoom_Throws(int length) =>
        Assert.Throws<ArgumentException>(() => ((ReadOnlySpan<byte>)new byte[length]).CopyInPiecesTo(new byte[length - 1]));
}
