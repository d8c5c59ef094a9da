using Xunit;
using Zmtp.Engine;

namespace Zmtp.Core.Tests.Engine;

public class ReadingTurnTests
{
    [Fact]
    public void TryLeave_NobodyReads_TheOwnerIsGoneAndTheReaderGetsNoTurn()
    {
        var turn = new ReadingTurn();
        Assert.True(turn.TryLeave());
        Assert.True(turn.HasLeft);
        Assert.False(turn.TryBegin());
    }

    [Fact]
    public void TryLeave_DuringATurn_TheReaderEndsItAndSeesTheOwnerOut()
    {
        var turn = new ReadingTurn();
        Assert.True(turn.TryBegin());
        Assert.False(turn.TryLeave());
        Assert.False(turn.HasLeft);
        Assert.False(turn.TryEnd());
        Assert.True(turn.HasLeft);
        Assert.False(turn.TryBegin());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryLeave_AfterTheEnd_IsTooLate(bool isInATurn)
    {
        var turn = new ReadingTurn();
        if (isInATurn) Assert.True(turn.TryBegin());
        turn.Finish();
        Assert.False(turn.TryLeave());
        Assert.True(turn.HasEnded);
        Assert.False(turn.HasLeft);
        Assert.False(turn.TryBegin());
    }

    [Fact]
    public void Finish_AfterTheOwnerLeft_ChangesNothing()
    {
        var turn = new ReadingTurn();
        Assert.True(turn.TryLeave());
        turn.Finish();
        Assert.True(turn.HasLeft);
        Assert.False(turn.HasEnded);
    }

    [Fact]
    public void TryLeave_AgainAndAgain_ChangesNothing()
    {
        var turn = new ReadingTurn();
        Assert.True(turn.TryLeave());
        Assert.False(turn.TryLeave());
        Assert.True(turn.HasLeft);
    }

    [Fact]
    public void Turns_OneAfterTheOther_AllBeginAndEnd()
    {
        var turn = new ReadingTurn();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(turn.TryBegin());
            Assert.True(turn.TryEnd());
        }
    }
}
