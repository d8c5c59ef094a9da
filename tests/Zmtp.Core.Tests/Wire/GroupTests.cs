using Xunit;
using Zmtp.Wire;

namespace Zmtp.Core.Tests.Wire;

public class GroupTests
{
    [Theory]
    [InlineData("67", "04 06 04 4A 4F 49 4E 67")]
    [InlineData("", "04 05 04 4A 4F 49 4E")]
    [InlineData("01 FF", "04 07 04 4A 4F 49 4E 01 FF")]
    public void JOIN_WrittenAndRead_HasTheOctetsOfTheSpec(string group, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => JoinCommand.Write(Hex.Octets(group), output));

        Assert.Equal(Hex.Octets(frame), CommandFrame.Of(body));
        Assert.Equal(body.Length, JoinCommand.GetLength(Hex.Octets(group).Length));
        Assert.True(JoinCommand.TryRead(Hex.Octets(frame).AsSpan(2), out var read));
        Assert.Equal(Hex.Octets(group), read);
    }

    [Theory]
    [InlineData("67", "04 07 05 4C 45 41 56 45 67")]
    [InlineData("", "04 06 05 4C 45 41 56 45")]
    public void LEAVE_WrittenAndRead_HasTheOctetsOfTheSpec(string group, string frame)
    {
        var body = DirtyBufferWriter.Capture(output => LeaveCommand.Write(Hex.Octets(group), output));

        Assert.Equal(Hex.Octets(frame), CommandFrame.Of(body));
        Assert.Equal(body.Length, LeaveCommand.GetLength(Hex.Octets(group).Length));
        Assert.True(LeaveCommand.TryRead(Hex.Octets(frame).AsSpan(2), out var read));
        Assert.Equal(Hex.Octets(group), read);
    }

    [Fact]
    public void Group_Of255Octets_IsTheLongest()
    {
        var longest = Hex.Repeat(0x67, 255);
        var tooLong = Hex.Repeat(0x67, 256);

        Assert.True(JoinCommand.TryRead(Hex.Concat(Hex.Octets("04 4A 4F 49 4E"), longest), out var joined));
        Assert.Equal(255, joined.Length);
        Assert.True(LeaveCommand.TryRead(Hex.Concat(Hex.Octets("05 4C 45 41 56 45"), longest), out _));
        Assert.False(JoinCommand.TryRead(Hex.Concat(Hex.Octets("04 4A 4F 49 4E"), tooLong), out _));
        Assert.False(LeaveCommand.TryRead(Hex.Concat(Hex.Octets("05 4C 45 41 56 45"), tooLong), out _));
        Assert.Equal(260, DirtyBufferWriter.Capture(output => JoinCommand.Write(longest, output)).Length);
        Assert.Throws<ArgumentException>("group", () => JoinCommand.Write(tooLong, new DirtyBufferWriter()));
        Assert.Throws<ArgumentException>("group", () => LeaveCommand.Write(tooLong, new DirtyBufferWriter()));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("67 00")]
    [InlineData("00 67")]
    public void Group_WithAZeroOctet_IsRefused(string hex)
    {
        var octets = Hex.Octets(hex);

        Assert.False(JoinCommand.TryRead(Hex.Concat(Hex.Octets("04 4A 4F 49 4E"), octets), out _));
        Assert.False(LeaveCommand.TryRead(Hex.Concat(Hex.Octets("05 4C 45 41 56 45"), octets), out _));
        Assert.Throws<ArgumentException>("group", () => JoinCommand.Write(octets, new DirtyBufferWriter()));
        Assert.Throws<ArgumentException>("group", () => LeaveCommand.Write(octets, new DirtyBufferWriter()));
    }

    [Fact]
    public void JOIN_LEAVE_EveryTruncationOfTheName_IsNotRead()
    {
        var join = Hex.Octets("04 4A 4F 49 4E");
        var leave = Hex.Octets("05 4C 45 41 56 45");
        for (var length = 0; length < join.Length; length++) Assert.False(JoinCommand.TryRead(join.AsSpan(0, length), out _));
        for (var length = 0; length < leave.Length; length++) Assert.False(LeaveCommand.TryRead(leave.AsSpan(0, length), out _));
        Assert.False(JoinCommand.TryRead(leave, out _));
        Assert.False(LeaveCommand.TryRead(join, out _));
    }
}
